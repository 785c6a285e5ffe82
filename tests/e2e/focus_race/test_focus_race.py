"""Who wins the race between typing and the word that the focus is on a password field: nothing secret may leave."""

import pytest

from recorder.demo.desktop import VirtualDesktop
from tests.conftest import SOAK
from tests.desktop import enter
from tests.e2e.focus_race.matrix import APPS, cases, kept_share, reasons, share, table
from tests.e2e.focus_race.rounds import play

pytestmark = pytest.mark.desktop


@pytest.mark.timeout(240)
def test_nothing_that_went_into_a_secret_field_leaves_however_late_it_is_announced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with VirtualDesktop(size=(1280, 800)) as place:
        enter(place, monkeypatch)
        outcomes = play(place, share())

    assert [outcome for outcome in outcomes if outcome.leaked] == []
    assert all(outcome.secret for outcome in outcomes), "in some round nothing went into the secret field"
    calm = [outcome for outcome in outcomes if outcome.case.gap_ms == 60 and not outcome.case.stall_ms]
    assert kept_share(calm) >= 0.85, f"{table(calm)}\n{reasons(calm)}"


@pytest.mark.soak
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("app", APPS)
def test_the_race_in_every_combination(app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not SOAK:
        assert len(cases(app)) >= 9  # the rounds themselves are `make soak`
        return
    with VirtualDesktop(size=(1280, 800)) as place:
        enter(place, monkeypatch)
        outcomes = play(place, cases(app))

    assert [outcome for outcome in outcomes if outcome.leaked] == [], table(outcomes)

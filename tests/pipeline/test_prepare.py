"""Every refusal comes before anything is written; what starts has the identity that was agreed to."""

import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.consent import act
from recorder.consent.gate import ConsentGate
from recorder.consent.keeper import VaultKeeper
from recorder.control import socket_path
from recorder.errors import ExitCode, NoConsentError, PlatformError, PolicyError, RecorderError, UsageError
from recorder.guard.text import Detector
from recorder.model.policy import FramePacing, PictureMode, Policy
from recorder.pipeline.prepare import PolicyWatch, Wish, _uuid7, prepare
from recorder.store.policy_file import load_policy, policy_path, save_policy
from tests.pipeline.rig import MAIL, RULE, Desk, Running, prepared, running, until
from tests.recorded import RecordedHome


def attempt(home: RecordedHome, desk: Desk | None = None, wish: Wish | None = None) -> None:
    prepare(home.path, ConsentGate.open(home.path, home.head), lambda: desk or Desk(), wish or Wish())


class Unfit(Desk):
    def check(self) -> None:
        raise PlatformError("this desktop can't be recorded")


class Unjailed(Desk):
    def jail(self) -> list[str]:
        raise PlatformError("the network can't be given up")


def withdraw(home: RecordedHome) -> None:
    act.end(home.path, VaultKeeper(home.unlocked))


def allow_nothing(home: RecordedHome) -> None:
    save_policy(home.path, Policy())


def misspell(home: RecordedHome) -> None:
    policy_path(home.path).write_text("version = 1\n[[ap]]\n")


def leave(home: RecordedHome) -> None:
    return None


@pytest.mark.parametrize(
    ("spoil", "desk", "wish", "kind"),
    [
        (withdraw, Desk(), Wish(), NoConsentError),
        (allow_nothing, Desk(), Wish(), PolicyError),
        (misspell, Desk(), Wish(), PolicyError),
        (leave, Unfit(), Wish(), PlatformError),
        (leave, Unjailed(), Wish(), PlatformError),
        (leave, Desk(), Wish(purpose="dataset_publication"), PolicyError),
        (leave, Desk(), Wish(purpose="fun"), UsageError),
    ],
)
def test_a_refusal_comes_before_anything_is_written(
    home: RecordedHome, spoil: Callable[[RecordedHome], None], desk: Desk, wish: Wish, kind: type[RecorderError]
) -> None:
    save_policy(home.path, Policy(apps=(RULE,)))
    spoil(home)

    with pytest.raises(kind):
        attempt(home, desk, wish)

    assert list((home.path / "sessions").iterdir()) == []
    assert not socket_path(home.path).exists()


def test_nobody_asks_about_displays_before_there_is_a_consent(home: RecordedHome) -> None:
    withdraw(home)
    asked: list[int] = []

    def choose() -> Desk:
        asked.append(1)
        return Desk()

    with pytest.raises(NoConsentError):
        prepare(home.path, ConsentGate.open(home.path, home.head), choose, Wish())
    assert asked == []


def test_a_recording_that_cannot_be_made_leaves_no_session(home: RecordedHome) -> None:
    save_policy(home.path, Policy(apps=(RULE,)))
    socket_path(home.path).mkdir(parents=True)

    with pytest.raises(PlatformError) as refused:
        attempt(home)

    assert refused.value.exit_code == ExitCode.ENVIRONMENT
    assert list((home.path / "sessions").iterdir()) == []


def test_the_session_says_what_was_agreed_to(home: RecordedHome) -> None:
    save_policy(home.path, Policy(apps=(RULE,)))
    gate = ConsentGate.open(home.path, home.head)
    desk = Desk()
    recording = prepare(home.path, gate, lambda: desk, Wish(task="write", purpose="hci_research"))
    run = Running(home, desk, recording)
    run.start()
    until(lambda: run.status()["state"] == "recording")
    run.stop()

    manifest = run.reader.manifest
    grant = home.grant()
    assert (manifest.consent_id, manifest.consent_revision) == (grant.consent_id, grant.revision)
    assert uuid.UUID(recording.session_id).version == 7


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**48 - 1))
def test_session_ids_are_of_version_7_and_sort_by_time(one_ms: int, other_ms: int) -> None:
    one, other = _uuid7(one_ms), _uuid7(other_ms)
    made = uuid.UUID(one)

    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, one_ms)
    if one_ms != other_ms:
        assert (one < other) == (one_ms < other_ms)


# The policy while it is watched


def watched(path: Path) -> PolicyWatch:
    save_policy(path, Policy(apps=(RULE,)))
    return PolicyWatch(path, load_policy(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


def test_a_file_that_is_the_same_is_no_change(folder: Path) -> None:
    watch = watched(folder)
    assert watch.changed() is None
    save_policy(folder, Policy(apps=(RULE,)))  # another file with the same rules
    assert watch.changed() is None


def test_every_change_is_noticed_once(folder: Path) -> None:
    watch = watched(folder)
    for policy in (Policy(apps=(RULE, MAIL)), Policy(apps=(MAIL,)), Policy(apps=(RULE,))):
        save_policy(folder, policy)
        changed = watch.changed()
        assert changed is not None
        assert changed.apps == policy.apps
        assert watch.changed() is None


def test_a_change_between_reading_and_watching_is_noticed(folder: Path) -> None:
    save_policy(folder, Policy(apps=(RULE,)))
    read = load_policy(folder)
    save_policy(folder, Policy(apps=(MAIL,)))

    changed = PolicyWatch(folder, read).changed()

    assert changed is not None
    assert changed.apps == (MAIL,)


def test_an_unusable_file_stays_an_error_until_it_is_mended(folder: Path) -> None:
    watch = watched(folder)
    policy_path(folder).write_text("nonsense")
    for _ in range(2):
        with pytest.raises(PolicyError):
            watch.changed()
    policy_path(folder).unlink()
    with pytest.raises(PolicyError, match="no app is allowed"):
        watch.changed()
    save_policy(folder, Policy(apps=(MAIL,)))
    assert watch.changed() is not None


def test_a_new_pacing_reaches_the_one_who_asks_for_pictures(home: RecordedHome) -> None:
    with running(home) as run:
        save_policy(home.path, Policy(apps=(RULE,), pacing=FramePacing(min_gap_ms=2500)))
        until(lambda: run.recording._sources.min_gap_s == 2.5)


def test_two_recorders_of_one_home_are_told_apart(home: RecordedHome) -> None:
    from recorder.errors import BusyError
    from recorder.store.lock import RunLock

    with RunLock(home.path), pytest.raises(BusyError) as busy, RunLock(home.path):
        time.sleep(0)
    assert busy.value.exit_code == ExitCode.BUSY
    assert prepared(home, Desk()).session_id


def test_a_damaged_word_list_is_said_when_a_recording_starts(
    home: RecordedHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = prepared(home, Desk())
    monkeypatch.setattr("recorder.pipeline.prepare.Detector", partial(Detector, home=tmp_path))

    damaged = prepared(home, Desk())

    assert whole.troubles == ()
    assert damaged.troubles == ("the word lists' sums.txt is missing or damaged: all text is withheld",)


def test_pictures_that_stay_masked_for_want_of_a_reader_are_said_when_a_recording_starts(
    home: RecordedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tesserocr", None)
    words = Policy(apps=(replace(RULE, pictures=PictureMode.WORDS),))
    assert prepared(home, Desk()).troubles == ()

    assert prepared(home, Desk(), words).troubles == ("the package tesserocr is not installed: pictures stay masked",)

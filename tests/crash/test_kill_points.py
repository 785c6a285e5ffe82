"""Killed at any moment: 0 corrupt, at most a second lost, nothing that was deleted comes back, exports whole or absent.

`make test` takes a share of what `make soak` takes, the same each time; `make soak` takes others each time, by a seed
that it prints (RECORDER_CRASH_SEED repeats it), and with RECORDER_CRASH=all every moment there is.
"""

import sys
from pathlib import Path
from random import Random

import pytest

from recorder.store.steps import Step
from tests.crash.campaign import ALL_OF_IT, EVERYTHING, Report, Size, campaign, carry_out, chosen, new_seed
from tests.crash.harness import runner
from tests.crash.scenarios import ALL

NAMES = [scenario.name for scenario in ALL]
SHARE = Size(kills=2, moments=1, cuts=1)
SOAK = ALL_OF_IT if EVERYTHING else Size(steps=True, kills=20, moments=5, cuts=4)
SECOND_US = 1_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_a_share_of_all_moments_leaves_nothing_wrong(name: str, tmp_path: Path) -> None:
    report = Report("share")
    with runner(name, tmp_path) as cut:
        carry_out(cut, chosen(cut, SHARE, Random(name)), report)

    assert report.wrong == []
    assert report.kills > 0


@pytest.mark.soak
def test_hundreds_of_kills_and_power_cuts_leave_nothing_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        report = campaign(NAMES, SOAK, seed=new_seed(), say=lambda line: print(line, file=sys.stderr, flush=True))

    assert report.wrong == []
    assert (report.corrupt, report.canaries, report.resurrected) == (0, 0, 0)
    assert report.most_lost_us <= SECOND_US
    assert report.kills >= 500
    assert report.cuts >= 150
    assert {str(step) for step in Step} == report.passed == report.struck

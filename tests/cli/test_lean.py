"""No command loads what none has a use for."""

import os
import subprocess
import sys

from recorder.cli.lean import NoPandas
from tests.recorded import PASSPHRASE, RecordedHome, home

__all__ = ["home"]

LISTS = "import sys; from recorder.cli import main; main(); sys.stderr.write(f'pandas: {\"pandas\" in sys.modules}')"


def test_reading_a_session_loads_no_pandas(home: RecordedHome) -> None:
    session = home.record()
    done = subprocess.run(
        [sys.executable, "-c", LISTS, "show", session, "--events", "--json"],
        env=os.environ | {"RECORDER_HOME": str(home.path), "RECORDER_PASSPHRASE_COMMAND": f"echo '{PASSPHRASE}'"},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip

    assert done.stderr.endswith("pandas: False")
    assert '"kind"' in done.stdout


def test_a_program_that_calls_a_command_keeps_its_pandas() -> None:
    from recorder.cli import main

    assert main(["--version"]) == 0
    assert not [one for one in sys.meta_path if isinstance(one, NoPandas)]

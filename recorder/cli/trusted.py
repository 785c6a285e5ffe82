"""The consent's trusted head, fetched by a child process (see `child.py`), so that the recorder never holds a secret of
the vault. The child also tells the vault what time it is (see `consent.act.note_time`)."""

from pathlib import Path

from recorder.cli.child import ask_child, no_answer
from recorder.consent.state import TrustedHead
from recorder.store.vault import Vault


def trusted_head(home: Path) -> TrustedHead | None:
    """What `ConsentGate.open` needs; None where nothing was ever given (there is no vault, nobody is asked).

    Raises: whatever kept the child from opening the vault: PlatformError, UsageError (wrong passphrase), DamagedError.
    """
    if not Vault.exists(home):
        return None
    answer = ask_child("recorder.cli.unlock_head", home)
    try:
        return TrustedHead(
            n=int(answer["n"]),
            sha256=str(answer["sha256"]),
            high_water_us=int(answer["high_water_us"]),
            verify_key=bytes.fromhex(str(answer["verify_key"])),
        )
    except (KeyError, ValueError, TypeError):
        raise no_answer() from None

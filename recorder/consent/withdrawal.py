"""The notice of a withdrawal: signed, keyed by pseudonym, naming nobody. It says that a consent ended, and when."""

import base64
import json
import secrets
from pathlib import Path
from typing import Final

from recorder.consent import files
from recorder.consent.dsse import key_id, seal, unseal
from recorder.consent.keeper import Keeper
from recorder.consent.record import canonical
from recorder.consent.state import Standing
from recorder.errors import DamagedError

PAYLOAD_TYPE: Final = "application/vnd.recorder.withdrawal+json"


def write_notice(home: Path, keeper: Keeper, standing: Standing, at_us: int) -> Path:
    """Write and return the notice. The pseudonym is the hash of the key that stands beside it, so it proves itself.

    Raises: PlatformError when the disk is full.
    """
    payload = canonical(
        {
            "v": 1,
            "study_id": standing.study_id,
            "pseudonym": key_id(keeper.verify_key),
            "verify_key": keeper.verify_key.hex(),
            "consent_id": standing.consent_id,
            "withdrawn_at_us": at_us,
        }
    )
    path = files.folder(home) / f"withdrawn-{secrets.token_hex(4)}.dsse.json"
    files.write(path, seal(payload, PAYLOAD_TYPE, keeper) + b"\n")
    return path


def read_notice(envelope: bytes) -> dict[str, object]:
    """The notice's fields, once the key in it signed it and is the one that the pseudonym is the hash of.

    Raises: DamagedError.
    """
    claimed = _claimed_key(envelope)
    fields: dict[str, object] = json.loads(unseal(envelope, PAYLOAD_TYPE, claimed))
    if fields["pseudonym"] != key_id(claimed):
        raise DamagedError("the notice is not from the key that it names")
    return fields


def _claimed_key(envelope: bytes) -> bytes:
    try:
        payload = base64.b64decode(json.loads(envelope)["payload"], validate=True)
        return bytes.fromhex(json.loads(payload)["verify_key"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DamagedError("this is not a notice of withdrawal") from None

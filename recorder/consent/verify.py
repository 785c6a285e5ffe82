"""From the files of a home and the vault's head to a standing: every signature, hash and step, or DamagedError."""

from dataclasses import dataclass
from pathlib import Path

from recorder.consent import files
from recorder.consent.dsse import unseal
from recorder.consent.events import ConsentEvent, read_chain
from recorder.consent.record import PAYLOAD_TYPE, ConsentRecord, parse, sha256
from recorder.consent.state import Standing, TrustedHead, fold
from recorder.errors import DamagedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What the events say (expiry and the unsigned no aside), the head of all of them, and the latest time in them."""

    standing: Standing
    head: TrustedHead
    latest_us: int


def verify(home: Path, trusted: TrustedHead) -> Verified:
    """Raises: DamagedError for whatever the vault's head does not vouch for."""
    chain = read_chain(files.read(files.events_path(home)) or b"", trusted.verify_key)
    standing = fold(chain, trusted, lambda event: read_record(home, event, trusted.verify_key))
    # A signed event vouches for its time as much as the head does; earlier consents' clocks don't count against it.
    times_us = [event.at_us for event, _ in chain if event.consent_id == standing.consent_id]
    latest_us = max([trusted.high_water_us, *times_us])
    return Verified(standing=standing, head=_head(chain, trusted, latest_us), latest_us=latest_us)


def written_head(home: Path, verify_key: bytes) -> TrustedHead:
    """The head that the file itself claims. A cut or restored file goes unnoticed with it, so it is for display only.

    Raises: DamagedError.
    """
    chain = read_chain(files.read(files.events_path(home)) or b"", verify_key)
    return _head(chain, TrustedHead(n=0, sha256="", high_water_us=0, verify_key=verify_key), 0)


def read_record(home: Path, event: ConsentEvent, verify_key: bytes) -> ConsentRecord:
    """The record that an event names. Raises: DamagedError when it is missing, changed or not signed by this device."""
    if not _plain(event.consent_id):
        raise DamagedError("a consent event names no record")
    place = files.record_folder(home, event.consent_id)
    content, envelope = files.read(place / "record.json"), files.read(place / "record.dsse.json")
    if content is None or envelope is None or sha256(content) != event.record_sha256:
        raise DamagedError("the consent record is missing or changed")
    if unseal(envelope, PAYLOAD_TYPE, verify_key) != content:
        raise DamagedError("the consent record is not the one that was signed")
    return parse(content)


def _head(chain: list[tuple[ConsentEvent, str]], trusted: TrustedHead, latest_us: int) -> TrustedHead:
    return TrustedHead(
        n=len(chain),
        sha256=chain[-1][1] if chain else trusted.sha256,
        high_water_us=latest_us,
        verify_key=trusted.verify_key,
    )


def _plain(consent_id: str) -> bool:
    """Whether it can be a folder's name and nothing else."""
    return bool(consent_id) and all(c.isascii() and (c.isalnum() or c == "-") for c in consent_id)

"""A device key and clocks in memory, for consent that no vault or terminal is needed for."""

import dataclasses
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recorder.consent import act
from recorder.consent.gate import ConsentGate
from recorder.consent.notice import SELF
from recorder.consent.record import Choices
from recorder.consent.state import Standing
from recorder.model.consent import Category, Purpose

NOON_US = 1_800_000_000_000_000
DAY_US = 86_400_000_000
CLICKS_AND_PICTURES = frozenset({Category.POINTER_CLICKS, Category.SCREENSHOTS})


@dataclasses.dataclass(slots=True)
class SetClock:
    """Both clocks as a test sets them."""

    wall: int = NOON_US
    boot: int = 1_000

    def wall_us(self) -> int:
        return self.wall

    def boot_ns(self) -> int:
        return self.boot

    def let_pass(self, us: int) -> None:
        self.wall += us
        self.boot += us * 1000


class Device:
    """A real Ed25519 key and a head, kept in memory."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._head: str | None = None

    @property
    def verify_key(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, content: bytes) -> bytes:
        return self._key.sign(content)

    def get_head(self) -> str | None:
        return self._head

    def set_head(self, head: str) -> None:
        self._head = head


class Person:
    """Somebody with a home, a device and a clock."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.device = Device()
        self.clock = SetClock()

    def give(
        self,
        categories: frozenset[Category] = CLICKS_AND_PICTURES,
        purposes: frozenset[Purpose] = frozenset({Purpose.HCI_RESEARCH}),
        days: int = 90,
    ) -> Standing:
        choices = Choices(categories=categories, purposes=purposes, days=days, shown_s=12.5)
        return act.give(self.home, self.device, SELF, choices, self.clock)

    def narrow(self, **out: frozenset[str]) -> Standing:
        return act.narrow(self.home, self.device, act.Narrowing(**out), self.clock)  # type: ignore[arg-type]

    def gate(self) -> ConsentGate:
        """A gate as a recorder that starts now would open it."""
        return ConsentGate.open(self.home, act.note_time(self.home, self.device, self.clock), self.clock)

    @property
    def events(self) -> Path:
        return self.home / "consent" / "events.jsonl"

"""Rectangles and monitors in physical pixels of the virtual desktop (origin top left, y down)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rect:
    """A half-open rectangle: covers x <= px < x + width, y <= py < y + height. May be empty, never negative."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def area(self) -> int:
        return self.width * self.height

    def contains(self, x: int, y: int) -> bool:
        return self.x <= x < self.right and self.y <= y < self.bottom

    def intersect(self, other: "Rect") -> "Rect | None":
        """The common part, or None where there is none."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Rect(x, y, right - x, bottom - y) if right > x and bottom > y else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitor:
    """One screen of the virtual desktop; `index` counts from 0 in the platform's order."""

    index: int
    rect: Rect
    scale: float = 1.0

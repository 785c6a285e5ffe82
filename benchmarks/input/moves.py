"""Moves whose position says which one they are."""

WIDTH = 1_900


def position(number: int) -> tuple[int, int]:
    """Where the pointer goes for the `number`th move; never twice the same in a row."""
    return number % WIDTH, number // WIDTH


def number_of(x: int, y: int) -> int:
    """The inverse of `position`."""
    return y * WIDTH + x

"""A function that does what another does and notes what it was called with."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def noting(noted: list[T], of: Callable[..., T], whole: Callable[..., Any]) -> Callable[..., Any]:
    """`of` makes of the arguments what is noted."""

    def instead(*arguments: Any) -> Any:
        noted.append(of(*arguments))
        return whole(*arguments)

    return instead

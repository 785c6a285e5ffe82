"""`@memory_only`: a class decorator for values that may live in this process's memory and nowhere else."""

import dataclasses
from typing import Any, NoReturn, TypeVar, cast

T = TypeVar("T", bound=type)


def memory_only(cls: T) -> T:
    """Make pickle, copy, `asdict`, `replace` and json refuse instances, and `repr`/`str`/`format` hide them.

    A frozen dataclass is not enough: `asdict`, msgspec and pickle happily emit every field. They all find the fields
    through `__dataclass_fields__`, so that is taken away; attribute access and `match` keep working.

    Raises: TypeError from every refused operation; the message names the type, never a value.
    """
    name = cls.__name__

    def refuse(self: object, *_: object) -> NoReturn:
        raise TypeError(f"{name} lives in memory only")

    def hide(self: object, _spec: str = "") -> str:
        return f"<{name}: memory only>"

    # `__replace__` is Python 3.13's door to the same room.
    doors = ("__reduce__", "__reduce_ex__", "__copy__", "__deepcopy__", "__getstate__", "__setstate__", "__replace__")
    for method in doors:
        setattr(cls, method, refuse)
    for method in ("__repr__", "__str__", "__format__"):
        setattr(cls, method, hide)
    if dataclasses.is_dataclass(cls):
        delattr(cast(Any, cls), "__dataclass_fields__")
    return cls

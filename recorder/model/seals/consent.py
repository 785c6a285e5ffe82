"""The stamp of the consent gate: only `recorder.consent` imports `SEAL`; the types of `model` check it."""

from typing import final


@final
class ConsentSeal:
    """One instance exists. A look-alike is refused when a sealed type is made."""

    __slots__ = ()


SEAL = ConsentSeal()


def check(seal: ConsentSeal) -> None:
    """Refuse anything but this gate's own stamp.

    Raises: TypeError (a programming error: someone made a sealed value outside its gate).
    """
    if seal is not SEAL:
        raise TypeError("this type is minted by the consent gate alone")

"""Memory that a long call took is given back when it is done: a page is open for hours, and rarely asked for so much.

Arrow's own allocator keeps what it had, for each thread apart; the system's can be told to let go of it. Pages that use
no Arrow do not load it for this.
"""

import sys


def use_the_systems() -> None:
    """For everything that Arrow allocates from now on."""
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())


def give_back() -> None:
    """What is free, to the operating system. Takes some tens of milliseconds."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()

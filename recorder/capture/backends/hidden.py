"""A command that holds secrets hides its memory: no core dump, and no other program of the same account may read it.

A hurdle, not a wall: whoever may read the keyring while it is unlocked needs no memory. See docs/threat-model.md.
"""

import contextlib
import ctypes

_PR_SET_DUMPABLE = 4  # linux/prctl.h


def hide_memory() -> None:
    """Before the first secret (prctl(2), PR_SET_DUMPABLE; setrlimit(2), RLIMIT_CORE). Does what the system can do."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows has no such module
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(AttributeError, OSError, TypeError):  # only Linux' library has the call
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)

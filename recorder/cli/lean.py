"""What no command has a use for, and what importing it would cost."""

import sys
from importlib.abc import MetaPathFinder


class NoPandas(MetaPathFinder):
    """pyarrow imports pandas, where it is installed, as soon as it sees a list: 50 MB and 0.3 s for nothing. An import
    that fails is all the answer it needs."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("not in this process", name=fullname)


def without_pandas() -> None:
    """For the rest of this process. pyarrow asks once and remembers the answer."""
    sys.meta_path.insert(0, NoPandas())

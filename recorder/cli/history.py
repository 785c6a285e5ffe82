"""Writing what a command did into the tamper-evident history: what was done and how often, never content."""

from pathlib import Path


def note(home: Path, action: str, *, object_id: str = "", count: int = 0) -> None:
    """Provisional until the history is in the store."""

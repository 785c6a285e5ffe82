"""A session's `manifest.json`, read and replaced."""

from pathlib import Path

from recorder.errors import DamagedError
from recorder.format import manifest as manifest_format
from recorder.format.manifest import Manifest
from recorder.store.home import write_private
from recorder.store.steps import Step, step

MANIFEST = "manifest.json"
SEGMENTS = "segments"


def read_manifest(folder: Path) -> Manifest:
    """Raises: DamagedError naming the session."""
    try:
        manifest = manifest_format.decode((folder / MANIFEST).read_bytes())
    except FileNotFoundError:
        raise DamagedError(f"session {folder.name} has no manifest") from None
    except DamagedError as error:
        raise DamagedError(f"session {folder.name}: {error.message}", hint=error.hint) from None
    if manifest.session_id != folder.name:
        raise DamagedError(f"session {folder.name} has another session's manifest")
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    write_private(folder / MANIFEST, manifest_format.encode(manifest))
    step(Step.MANIFEST_WRITTEN)

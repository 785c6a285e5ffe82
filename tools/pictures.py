"""Makes README.md's pictures from one demonstration: `python -m tools.pictures`. Everything on them is synthetic."""

import tempfile
from pathlib import Path

from PIL import Image

from recorder.demo.story import tell_story

TARGET = Path(__file__).parent.parent / "docs" / "images"
WIDTH_PX = 960


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        outcome = tell_story(Path(folder), print)
        screen = Image.open(Path(folder) / "the-real-screen.png")
        kept = Image.open(outcome.pictures[-1])
        save(screen, "screen.png")
        save(kept, "masked.png")
        save_plain(badge(screen), "badge.png")
        save_plain(Image.open(outcome.export / "redaction-report.png"), "redaction-report.png")


def badge(screen: Image.Image) -> Image.Image:
    """The badge stands at the top, in the middle."""
    middle = screen.width // 2
    return screen.crop((middle - 130, 0, middle + 130, 52))


def save(image: Image.Image, name: str) -> None:
    save_plain(image.resize((WIDTH_PX, WIDTH_PX * image.height // image.width), Image.Resampling.LANCZOS), name)


def save_plain(image: Image.Image, name: str) -> None:
    image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(TARGET / name, optimize=True)


if __name__ == "__main__":
    main()

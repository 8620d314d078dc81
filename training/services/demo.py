"""The demo project's frames: photographs that pinned packages ship, whole and as windows around the people in them,
as a meeting's tiles would show them. Nobody is labeled: that is what the demo is for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from PIL import Image

INSTRUCTIONS = """\
What is the person in the frame doing? Look at the face first, then at the hands.

- **engaged**: looks at the camera or the screen, follows what happens
- **non-engaged**: looks away, eyes closed, busy with something else
- **animated**: speaks with hands or face, laughs, reacts

Press the category's number. `S` skips a frame that shows nobody.
"""
CATEGORIES = [
    {"name": "engaged", "color": "#0072B2", "hotkey": "1"},
    {"name": "non-engaged", "color": "#E69F00", "hotkey": "2"},
    {"name": "animated", "color": "#009E73", "hotkey": "3"},
]


@dataclass(frozen=True)
class Photograph:
    """A file of a distribution, and windows of it as shares of width and height (x1, y1, x2, y2)."""

    distribution: str
    path: str
    windows: tuple[tuple[float, float, float, float], ...] = ()


PHOTOGRAPHS = (
    Photograph("scikit-image", "skimage/data/astronaut.png", ((0.15, 0.0, 0.75, 0.55), (0.25, 0.05, 0.62, 0.42), (0.0, 0.0, 0.8, 1.0))),
    Photograph("scikit-image", "skimage/data/camera.png", ((0.25, 0.05, 0.75, 0.6), (0.1, 0.0, 0.9, 0.8))),
    Photograph("scikit-image", "skimage/data/chelsea.png", ((0.1, 0.0, 0.8, 1.0),)),
    Photograph("scikit-image", "skimage/data/coffee.png", ((0.2, 0.0, 0.9, 0.9),)),
    Photograph(
        "ultralytics", "ultralytics/assets/bus.jpg",
        ((0.03, 0.34, 0.33, 0.62), (0.26, 0.36, 0.45, 0.6), (0.8, 0.35, 1.0, 0.63), (0.05, 0.37, 0.25, 0.5), (0.3, 0.37, 0.42, 0.47),
         (0.0, 0.3, 0.5, 0.85), (0.25, 0.33, 0.48, 0.8)),
    ),
    Photograph(
        "ultralytics", "ultralytics/assets/zidane.jpg",
        ((0.3, 0.2, 0.65, 1.0), (0.6, 0.0, 0.95, 0.65), (0.4, 0.28, 0.56, 0.66), (0.68, 0.08, 0.86, 0.45), (0.35, 0.15, 0.7, 0.9),
         (0.55, 0.0, 1.0, 1.0), (0.1, 0.0, 1.0, 1.0)),
    ),
)  # fmt: skip


def frames() -> Iterator[tuple[str, str, bytes]]:
    """(file name, group, JPEG) of every frame whose photograph is installed."""
    for photograph in PHOTOGRAPHS:
        path = locate(photograph)
        if path is None:
            continue
        with Image.open(path, formats=("JPEG", "PNG")) as file:
            whole = file.convert("RGB")
        windows = ((0.0, 0.0, 1.0, 1.0), *photograph.windows)
        for number, (x1, y1, x2, y2) in enumerate(windows):
            box = (
                int(x1 * whole.width),
                int(y1 * whole.height),
                int(x2 * whole.width),
                int(y2 * whole.height),
            )
            data = io.BytesIO()
            whole.crop(box).save(data, "JPEG", quality=92)
            yield f"{path.stem}-{number}.jpg", path.stem, data.getvalue()


def locate(photograph: Photograph) -> Path | None:
    try:
        found = [file for file in files(photograph.distribution) or [] if str(file) == photograph.path]
    except PackageNotFoundError:
        return None
    return Path(str(found[0].locate())) if found else None

"""The BIWI Kinect Head Pose Database: a folder for each recording, with `frame_00003_rgb.png` and `frame_00003_pose.txt`.

A pose file holds the head's rotation (three rows of three numbers) and, behind it, its centre in millimetres, both as
the depth camera sees them. The angles are those that head pose papers report for this set since FSA-Net and Hopenet:
with R the transposed matrix, pitch = atan2(R32, R33), yaw = -atan2(-R31, sqrt(R32² + R33²)), roll = -atan2(R21, R11),
in degrees, and all three 0 where a face looks straight into the camera.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from labeling.converters.packing import BadSet, Picture, every

COLUMNS = ["subject", "yaw", "pitch", "roll", "head_x", "head_y", "head_z"]
QUALITY = 95
LARGEST = 25_000_000  # pixels; a frame of the set has 307,200


def biwi_pictures(folder: Path, *, step: int = 1) -> Iterator[Picture]:
    """Every `step`th frame that has a pose, as JPEG: the set's PNG files are larger than an import may be. Raises BadSet."""
    frames = sorted(folder.glob("*/frame_*_rgb.png"))
    if not frames:
        raise BadSet(f"{folder} holds no NN/frame_00000_rgb.png: name the folder hpdb of the set.")
    for frame in every(frames, step):
        pose = frame.with_name(frame.name.replace("_rgb.png", "_pose.txt"))
        if not pose.exists():
            continue
        subject = frame.parent.name
        picture = io.BytesIO()
        with Image.open(frame, formats=("PNG",)) as image:
            if image.width * image.height > LARGEST:
                raise BadSet(
                    f"{frame} has {image.width} × {image.height} pixels, more than any frame of the set."
                )
            image.convert("RGB").save(picture, "JPEG", quality=QUALITY, subsampling=0)
        name = f"{subject}/{subject}_{frame.name.removesuffix('_rgb.png')}.jpg"
        yield name, picture.getvalue(), {"subject": subject, **read_pose(pose)}


def read_pose(path: Path) -> dict[str, float]:
    """Raises BadSet for what is no rotation with a place."""
    try:
        numbers = [float(word) for word in path.read_text("ascii").split()]
    except ValueError as error:
        raise BadSet(f"{path} holds something else than numbers.") from error
    if len(numbers) != 12 or not all(map(math.isfinite, numbers)):
        raise BadSet(
            f"{path} holds {len(numbers)} numbers: a rotation of nine and a place of three are looked for."
        )
    rows = [numbers[0:3], numbers[3:6], numbers[6:9]]
    for i in range(3):
        for j in range(3):
            if abs(sum(rows[i][k] * rows[j][k] for k in range(3)) - (i == j)) > 0.01:
                raise BadSet(f"The matrix in {path} is no rotation.")
    turned = list(zip(*rows, strict=True))
    degrees = {
        "yaw": -math.atan2(-turned[2][0], math.hypot(turned[2][1], turned[2][2])),
        "pitch": math.atan2(turned[2][1], turned[2][2]),
        "roll": -math.atan2(turned[1][0], turned[0][0]),
    }
    said = {name: round(math.degrees(angle), 3) + 0.0 for name, angle in degrees.items()}
    return said | dict(zip(("head_x", "head_y", "head_z"), numbers[9:], strict=True))

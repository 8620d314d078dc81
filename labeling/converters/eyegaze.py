"""The eye-gaze set on Kaggle (4quant/eye-gaze): grey pictures of single eyes in HDF5.

`gaze.h5` (rendered eyes) has three groups with the same keys: `image` (rows × columns, bytes), `look_vec` (where the
eye looks: x to the right of the picture, y up, z along the camera's axis, and for some a fourth number that says
nothing) and `path` (the picture's name before). `real_gaze.h5` (photographed eyes) has `image` alone: its pictures
come without a gaze. The angles are in degrees, 0 for an eye that looks into the camera: gaze_yaw = atan2(x, |z|),
gaze_pitch = atan2(y, sqrt(x² + z²)). The sign of z is no part of them, for every eye of the set faces the camera.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image

from labeling.converters.packing import BadSet, Picture, every

COLUMNS = ["gaze_yaw", "gaze_pitch", "gaze_x", "gaze_y", "gaze_z", "path"]
LARGEST = 4096  # pixels on a side


def eyegaze_pictures(path: Path, *, step: int = 1) -> Iterator[Picture]:
    """Every `step`th picture, with its gaze where the file has one. Raises BadSet."""
    import h5py

    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise BadSet(f"{path} is no HDF5 file.") from error
    with file:
        images = _group(file, "image")
        if images is None:
            raise BadSet(
                f"{path} has no group `image` with a picture for each key: is it gaze.h5 or real_gaze.h5?"
            )
        looks, paths = _group(file, "look_vec"), _group(file, "path")
        keys = sorted(images.keys(), key=lambda key: (len(key), key) if key.isdigit() else (99, key))
        for key in every(keys, step):
            said: dict[str, Any] = {}
            if looks is not None:
                if key not in looks:
                    raise BadSet(f"Picture {key} has no look_vec.")
                said |= _gaze(key, looks[key][()])
            if paths is not None and key in paths:
                said["path"] = _text(paths[key][()])
            yield f"images/{_safe(key)}.png", _png(key, images[key]), said


def _group(file: Any, name: str) -> Any:
    import h5py

    return file[name] if isinstance(file.get(name), h5py.Group) else None


def _png(key: str, data: Any) -> bytes:
    if data.ndim != 2 or data.dtype != "uint8" or not 0 < min(data.shape) <= max(data.shape) <= LARGEST:
        raise BadSet(f"Picture {key} is no grey picture of bytes, but {data.dtype} of {data.shape}.")
    out = io.BytesIO()
    Image.fromarray(data[()]).save(out, "PNG")
    return out.getvalue()


def _gaze(key: str, vector: Any) -> dict[str, float]:
    numbers = [float(number) for number in vector.ravel()] if hasattr(vector, "ravel") else []
    x, y, z = numbers[:3] if len(numbers) in (3, 4) else (0.0, 0.0, 0.0)
    length = math.sqrt(x * x + y * y + z * z)
    if not math.isfinite(length) or not 0.9 < length < 1.1:
        raise BadSet(f"The look_vec of picture {key} is no direction of three numbers.")
    return {
        "gaze_yaw": round(math.degrees(math.atan2(x, abs(z))), 3), "gaze_pitch": round(math.degrees(math.atan2(y, math.hypot(x, z))), 3),
        "gaze_x": round(x, 6), "gaze_y": round(y, 6), "gaze_z": round(z, 6),
    }  # fmt: skip


def _text(value: Any) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _safe(key: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in key) or "_"

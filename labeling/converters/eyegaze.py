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
LONGEST = 1000  # bytes of a path


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
                if (look := _dataset(looks, key)) is None:
                    raise BadSet(f"Picture {key} has no look_vec.")
                said |= _gaze(key, look)
            if paths is not None and (text := _dataset(paths, key)) is not None:
                said["path"] = _text(key, text)
            yield f"images/{_safe(key)}.png", _png(key, _dataset(images, key)), said


def _group(file: Any, name: str) -> Any:
    import h5py

    found = _member(file, name)
    return found if isinstance(found, h5py.Group) else None


def _dataset(group: Any, key: str) -> Any:
    """Numbers that lie in this very file, if any: HDF5 has three ways of naming other files of this machine."""
    import h5py

    found = _member(group, key)
    if found is None:
        return None
    if not isinstance(found, h5py.Dataset):
        raise BadSet(f"{found.name} is no array.")
    if found.external or found.is_virtual:
        raise BadSet(f"{found.name} keeps its numbers in another file.")
    return found


def _member(group: Any, name: str) -> Any:
    import h5py

    link = group.get(name, getlink=True)
    if link is not None and not isinstance(link, h5py.HardLink):
        raise BadSet(f"{name} in {group.name} is a link, which may lead out of the file.")
    return None if link is None else group[name]


def _png(key: str, data: Any) -> bytes:
    if data.ndim != 2 or data.dtype != "uint8" or not 0 < min(data.shape) <= max(data.shape) <= LARGEST:
        raise BadSet(f"Picture {key} is no grey picture of bytes, but {data.dtype} of {data.shape}.")
    out = io.BytesIO()
    Image.fromarray(data[()]).save(out, "PNG")
    return out.getvalue()


def _gaze(key: str, vector: Any) -> dict[str, float]:
    few = vector.size in (3, 4) and vector.dtype.kind in "fiu"
    numbers = [float(number) for number in vector[()].ravel()] if few else []
    x, y, z = numbers[:3] or (0.0, 0.0, 0.0)
    length = math.sqrt(x * x + y * y + z * z)
    if not math.isfinite(length) or not 0.9 < length < 1.1:
        raise BadSet(f"The look_vec of picture {key} is no direction of three numbers.")
    return {
        "gaze_yaw": round(math.degrees(math.atan2(x, abs(z))), 3), "gaze_pitch": round(math.degrees(math.atan2(y, math.hypot(x, z))), 3),
        "gaze_x": round(x, 6), "gaze_y": round(y, 6), "gaze_z": round(z, 6),
    }  # fmt: skip


def _text(key: str, data: Any) -> str:
    """Of a text of variable length HDF5 tells the length by reading it; it is no longer than the file."""
    if data.shape != () or data.dtype.kind not in "OS" or data.dtype.itemsize > LONGEST:
        raise BadSet(f"The path of picture {key} is no text.")
    value = data[()]
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    if len(text) > LONGEST:
        raise BadSet(f"The path of picture {key} is longer than {LONGEST:,} characters.")
    return text


def _safe(key: str) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in key) or "_"

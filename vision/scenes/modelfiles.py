"""Somebody's own models (.glb, .obj), judged before Blender opens them: whole, not too large, and naming no other file."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import struct
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from PIL import Image

MOST_BYTES = 50 * 1024**2
MOST_CORNERS = 2_000_000  # of all surfaces together
MOST_TRIANGLES = 500_000
MOST_VALUES = 24 * MOST_TRIANGLES  # of all that is stored of corners, each as often as it is used
MOST_PIXELS = 8192 * 8192  # of a texture
MAGIC, JSON_CHUNK = 0x46546C67, 0x4E4F534A
# What holds more than the file shows: packed, or put up many times.
PACKED = {"KHR_draco_mesh_compression", "EXT_meshopt_compression", "EXT_mesh_gpu_instancing"}
SUFFIXES = (".glb", ".obj")
# Of an .obj what says where surfaces are; materials would name other files.
KEPT = ("v", "vn", "vt", "f", "o", "g", "s")


class BadModel(ValueError):
    """The message is for people, and says what to do."""


def model_checked(name: str, data: bytes) -> tuple[str, bytes]:
    """The suffix, and what is to be kept of the file. Raises BadModel."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise BadModel("A .glb or an .obj file is expected: export the model as one of these.")
    if not data:
        raise BadModel("The file is empty.")
    if len(data) > MOST_BYTES:
        raise BadModel(
            f"The file is larger than {MOST_BYTES // 1024**2} MB: reduce its surfaces or textures."
        )
    if suffix == ".glb":
        _check_glb(data)
        return suffix, data
    return suffix, _cleaned_obj(data)


def _check_glb(data: bytes) -> None:
    if len(data) < 20 or struct.unpack_from("<I", data)[0] != MAGIC:
        raise BadModel("This is no .glb file: export the model as glTF binary.")
    version, length, size, chunk = struct.unpack_from("<IIII", data, 4)
    if version != 2:
        raise BadModel("Only glTF 2.0 is read.")
    if length != len(data) or chunk != JSON_CHUNK or 20 + size > len(data):
        raise BadModel("The file is cut off or damaged.")
    try:
        said = json.loads(data[20 : 20 + size])
    except (ValueError, RecursionError) as error:
        raise BadModel("The file is damaged: its description is no JSON.") from error
    if not isinstance(said, dict):
        raise BadModel("The file is damaged: its description is no object.")
    for part in ("buffers", "images"):
        for row in _rows(said, part):
            uri = row.get("uri")
            if uri is not None and not (isinstance(uri, str) and uri.startswith("data:")):
                raise BadModel(
                    f"The file names another file ({str(uri)[:60]}): export it with everything inside."
                )
    if packed := PACKED & {str(name) for name in _list(said, "extensionsUsed")}:
        raise BadModel(
            f"The model is packed ({sorted(packed)[0]}): export it without compression and instancing."
        )
    if sum(_uses(said)) > MOST_VALUES:
        raise BadModel(f"The model has too many corners: reduce it to {MOST_TRIANGLES:,} triangles.")
    _check_textures(said, data[20 + size + 8 :])


def _check_textures(said: dict[str, Any], binary: bytes) -> None:
    for picture in _pictures(said, binary):
        try:
            with Image.open(io.BytesIO(picture)) as opened:  # no pixel is decoded
                width, height = opened.size
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise BadModel(
                "A texture cannot be read, or is too large: use PNG or JPEG of at most 8,192 pixels a side."
            ) from error
        if width * height > MOST_PIXELS:
            raise BadModel(f"A texture has {width} × {height} pixels: reduce it to 8,192 a side.")


def _uses(said: dict[str, Any]) -> Iterator[int]:
    """How many values are read for each use of an accessor: a mesh counts for every node that shows it."""
    counts = []
    for row in _rows(said, "accessors"):
        count = row.get("count")
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise BadModel("The file is damaged: a count is no number.")
        counts.append(count)
        if count > 3 * MOST_TRIANGLES:
            raise BadModel(
                f"The model has too many corners ({count:,}): reduce it to {MOST_TRIANGLES:,} triangles."
            )

    def of(places: list[Any]) -> int:
        return sum(counts[at] for at in places if isinstance(at, int) and 0 <= at < len(counts))

    meshes = []
    for mesh in _rows(said, "meshes"):
        parts = _rows(mesh, "primitives")
        attributes = [part.get("attributes", {}) for part in parts] + [
            target for part in parts for target in _rows(part, "targets")
        ]
        if not all(isinstance(named, dict) for named in attributes):
            raise BadModel("The file is damaged: attributes are no object.")
        meshes.append(
            of(
                [part.get("indices") for part in parts]
                + [at for named in attributes for at in named.values()]
            )
        )
    for node in _rows(said, "nodes"):
        at = node.get("mesh")
        yield meshes[at] if isinstance(at, int) and 0 <= at < len(meshes) else 0
    for animation in _rows(said, "animations"):
        for sampler in _rows(animation, "samplers"):
            yield of([sampler.get("input"), sampler.get("output")])


def _pictures(said: dict[str, Any], binary: bytes) -> Iterator[bytes]:
    """The files of its textures."""
    views = _rows(said, "bufferViews")
    for row in _rows(said, "images"):
        uri, at = row.get("uri"), row.get("bufferView")
        if isinstance(uri, str):
            try:
                yield base64.b64decode(uri.partition(",")[2], validate=True)
            except ValueError as error:
                raise BadModel("The file is damaged: a texture is no Base64.") from error
        elif isinstance(at, int) and 0 <= at < len(views):
            begin, length = views[at].get("byteOffset", 0), views[at].get("byteLength", 0)
            if not all(isinstance(one, int) and one >= 0 for one in (begin, length)):
                raise BadModel("The file is damaged: a place is no number.")
            yield binary[begin : begin + length]


def _list(said: dict[str, Any], part: str) -> list[Any]:
    found = said.get(part, [])
    if not isinstance(found, list):
        raise BadModel(f"The file is damaged: {part} is no list.")
    return found


def _rows(said: dict[str, Any], part: str) -> list[dict[str, Any]]:
    rows = _list(said, part)
    if not all(isinstance(row, dict) for row in rows):
        raise BadModel(f"The file is damaged: {part} is no list of objects.")
    return rows


def _cleaned_obj(data: bytes) -> bytes:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise BadModel("This is no .obj file: it is no text.") from error
    kept, vertices, corners = [], 0, 0
    for number, line in enumerate(text.splitlines(), 1):
        word, _, rest = line.strip().partition(" ")
        if word not in KEPT:
            continue
        if word == "v":
            vertices += 1
            _numbers(rest, number)
        elif word == "f":
            corners += len(rest.split())
            if not re.fullmatch(r"[-0-9/ \t]+", rest):
                raise BadModel(f"Line {number}: a face is made of whole numbers.")
        if vertices > MOST_CORNERS or corners > 4 * MOST_TRIANGLES:
            raise BadModel(f"The model has too many surfaces: reduce it to {MOST_TRIANGLES:,} triangles.")
        kept.append(line.strip())
    if not vertices or not corners:
        raise BadModel("The file holds no surface: export the model with its meshes.")
    return ("\n".join(kept) + "\n").encode()


def _numbers(rest: str, number: int) -> None:
    try:
        place = [float(one) for one in rest.split()[:3]]
    except ValueError as error:
        raise BadModel(f"Line {number}: three numbers are expected.") from error
    if len(place) != 3 or not all(math.isfinite(one) and abs(one) < 1e6 for one in place):
        raise BadModel(f"Line {number}: three finite numbers are expected.")

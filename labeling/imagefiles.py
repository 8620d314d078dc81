"""What an image file says of itself, without decoding it, and the file without what it should not say.

Uploads are judged here: the content decides, never the name or what a client claims. Full decoding is the worker's.
"""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from django.conf import settings
from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
ORIENTATION = 0x0112
Image.MAX_IMAGE_PIXELS = None  # settings.MAX_IMAGE_PIXELS, checked here before any decoding, is the limit


class RejectedImage(ValueError):
    """The message is the reason, for the person who sent the file."""


@dataclass(frozen=True)
class ImageFacts:
    """`width` and `height` are of the upright image."""

    format: str
    width: int
    height: int
    orientation: int


def inspect(data: bytes) -> ImageFacts:
    """Raises RejectedImage for what is no whole, still JPEG, PNG or WebP within the limits."""
    if not data:
        raise RejectedImage("The file is empty.")
    if len(data) > settings.MAX_IMAGE_BYTES:
        raise RejectedImage(f"The file is larger than {settings.MAX_IMAGE_BYTES // 1024**2} MB.")
    _refuse_known(data)
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            width, height, kind = image.width, image.height, image.format or ""
            frames = getattr(image, "n_frames", 1) if kind != "MPO" else 1
            orientation = _orientation(image)
    except UnidentifiedImageError as error:
        raise RejectedImage("This is no JPEG, PNG or WebP image.") from error
    except Exception as error:  # Pillow's parsers raise anything at all on hostile bytes
        raise RejectedImage("The file is damaged.") from error
    if width * height > settings.MAX_IMAGE_PIXELS:
        raise RejectedImage(
            f"{width} × {height} pixels are more than the {settings.MAX_IMAGE_PIXELS // 10**6} megapixels allowed."
        )
    if frames > 1:
        raise RejectedImage("The image is animated: send its frames as single images.")
    kind = "JPEG" if kind == "MPO" else kind
    if not _complete(kind, data):
        raise RejectedImage("The file is truncated or damaged.")
    if orientation >= 5:
        width, height = height, width
    return ImageFacts(kind, width, height, orientation)


def _refuse_known(data: bytes) -> None:
    """A better reason than "no image" for what people often send."""
    head = data[:512].lstrip().lower()
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim"):
        raise RejectedImage("HEIC is not supported: export it as JPEG.")
    if brand in (b"avif", b"avis"):
        raise RejectedImage("AVIF is not supported: export it as JPEG, PNG or WebP.")
    if data[:4] == b"GIF8":
        raise RejectedImage("GIF is not supported: export its frames as PNG.")
    if data[:4] in (b"II*\0", b"MM\0*"):
        raise RejectedImage("TIFF is not supported: export it as PNG.")
    if head.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html", b"<script")):
        raise RejectedImage("SVG and HTML are not supported: send a JPEG, PNG or WebP.")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a malformed EXIF block: the pixels are good
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _complete(kind: str, data: bytes) -> bool:
    """Whether the end of the file is there; a truncated one would only fail later, in the worker."""
    try:
        if kind == "JPEG":
            *_, (marker, start, _) = _jpeg_segments(data)
            return marker == 0xDA and data.find(b"\xff\xd9", start) >= 0
        if kind == "PNG":
            *_, last = _png_chunks(data, check=True)
            return last[0] == b"IEND"
        return len(data) >= 8 + struct.unpack_from("<I", data, 4)[0]
    except (ValueError, struct.error, IndexError):
        return False


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of every segment up to and including the first scan's header."""
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        if data[at] != 0xFF:
            raise ValueError("no marker where one has to be")
        marker = data[at + 1]
        length = struct.unpack_from(">H", data, at + 2)[0]
        yield marker, at, at + 2 + length
        if marker == 0xDA:
            return
        at += 2 + length


def _png_chunks(data: bytes, *, check: bool = False) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end) of every chunk up to IEND."""
    at = len(PNG_SIGNATURE)
    while True:
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise ValueError("truncated")
        if (
            check
            and zlib.crc32(memoryview(data)[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]
        ):
            raise ValueError("a chunk is damaged")
        yield kind, at, end
        if kind == b"IEND":
            return
        at = end


def strip_metadata(data: bytes, kind: str, orientation: int = 1) -> bytes:
    """The same pixels without EXIF, XMP, IPTC, comments and whatever follows the image; colour profiles stay, and of
    EXIF the orientation. Nothing is decoded or compressed again."""
    exif = b"" if orientation == 1 else _exif(orientation)
    return {"JPEG": _strip_jpeg, "PNG": _strip_png, "WEBP": _strip_webp}[kind](data, exif)


def _exif(orientation: int) -> bytes:
    """A TIFF structure with this one entry."""
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", ORIENTATION, 3, 1, orientation, 0) + b"\0\0\0\0"


def _strip_jpeg(data: bytes, exif: bytes) -> bytes:
    kept = [data[:2]]
    if exif:
        body = b"Exif\0\0" + exif
        kept.append(b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body)
    for marker, start, end in _jpeg_segments(data):
        if marker == 0xDA:
            # All scans up to the end of this image: a second one (MPO) would bring its own metadata.
            kept.append(data[start : data.find(b"\xff\xd9", start) + 2])
        elif not _tells_tales(marker, data[start + 4 : start + 16]):
            kept.append(data[start:end])
    return b"".join(kept)


def _tells_tales(marker: int, body: bytes) -> bool:
    """Application segments and comments, but for JFIF, ICC profiles and Adobe's colour transform."""
    if marker == 0xE2:
        return not body.startswith(b"ICC_PROFILE\0")
    return marker == 0xFE or (0xE1 <= marker <= 0xEF and marker != 0xEE)


def _strip_png(data: bytes, exif: bytes) -> bytes:
    kept = [PNG_SIGNATURE]
    for kind, start, end in _png_chunks(data):
        if kind == b"IEND" and exif:
            body = b"eXIf" + exif
            kept.append(struct.pack(">I", len(exif)) + body + struct.pack(">I", zlib.crc32(body)))
        if kind not in (b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"):
            kept.append(data[start:end])
    return b"".join(kept)


def _strip_webp(data: bytes, exif: bytes) -> bytes:
    at, end, kept = 12, 8 + struct.unpack_from("<I", data, 4)[0], []
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        after = at + 8 + length + (length & 1)
        chunk = data[at:after]
        if kind == b"VP8X":  # its flags announce EXIF (8) and XMP (4)
            flags = (chunk[8] & ~0x0C) | (0x08 if exif else 0)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if kind not in (b"EXIF", b"XMP "):
            kept.append(chunk)
        at = after
    if exif:
        kept.append(b"EXIF" + struct.pack("<I", len(exif)) + exif + (b"\0" if len(exif) & 1 else b""))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def clean_name(name: str) -> str:
    """A file name to show: the last part of any path, without control, direction and look-alike-space characters."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    return name.strip(" .")[-255:] or "image"

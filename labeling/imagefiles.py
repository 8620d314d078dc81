"""What an image file says of itself, without decoding it, and the file without what it should not say.

Uploads are judged here: the content decides, never the name or what a client claims. Full decoding is the worker's.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

from django.conf import settings
from PIL import Image, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
ORIENTATION = 0x0112
# What pixels, colours and transparency need; every other chunk may tell where and by whom a picture was taken.
PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs",
}  # fmt: skip
PNG_SAYING = {b"eXIf", b"tEXt", b"zTXt", b"iTXt"}  # where an orientation may stand
WEBP_KEPT = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP"}
JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # within a scan: what is neither stuffed nor a restart
FILLED = re.compile(rb"\xff*")
# No camera or program writes more. Parsers here and in Pillow go through parts one by one; a decoder goes over all
# pixels for each scan.
MOST_PARTS = 100_000
MOST_FILLING = 1000
MOST_SCANS = 100
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
    _refuse_endless(data)
    try:
        kind, width, height, orientation = _header(data)
    except RejectedImage:
        raise
    except UnidentifiedImageError as error:
        raise RejectedImage("This is no JPEG, PNG or WebP image.") from error
    except Exception as error:  # Pillow's parsers raise anything at all on hostile bytes
        raise RejectedImage("The file is damaged.") from error
    if not _complete(kind, data):
        raise RejectedImage("The file is truncated or damaged.")
    if orientation >= 5:
        width, height = height, width
    return ImageFacts(kind, width, height, orientation)


def _header(data: bytes) -> tuple[str, int, int, int]:
    """(format, width, height, orientation), the size as stored. No pixel is decoded, and the size comes first:
    libwebp makes room for the whole canvas when it opens a file, Pillow decodes a PNG to look for its EXIF."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        _refuse_large(*_webp_size(data))
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        _refuse_large(image.width, image.height)
        kind = "JPEG" if image.format == "MPO" else image.format or ""
        if kind != "JPEG" and getattr(image, "n_frames", 1) > 1:
            raise RejectedImage("The image is animated: send its frames as single images.")
        if kind == "PNG":
            return kind, image.width, image.height, _png_orientation(data)
        return kind, image.width, image.height, _orientation(image)


def _refuse_large(width: int, height: int) -> None:
    if width * height > settings.MAX_IMAGE_PIXELS:
        raise RejectedImage(
            f"{width} × {height} pixels are more than the {settings.MAX_IMAGE_PIXELS // 10**6} megapixels allowed."
        )


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


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


def _refuse_endless(data: bytes) -> None:
    """Few bytes that would keep a parser or a decoder busy. What is damaged is said by those that come next."""
    try:
        if data[:2] == b"\xff\xd8":
            _count(_jpeg_segments(data), MOST_PARTS)
            if data.count(b"\xff\xda") > MOST_SCANS:  # metadata may hold the like by chance
                _count((part for part in _jpeg_parts(data) if part[0] == 0xDA), MOST_SCANS)
        elif data[:8] == PNG_SIGNATURE:
            _count(png_chunks(data), MOST_PARTS)
    except RejectedImage:
        raise
    except (ValueError, IndexError, struct.error):
        return


def _count(parts: Iterable[object], most: int) -> None:
    if next(islice(parts, most, None), None) is not None:
        raise RejectedImage("The file is made of more parts than any picture needs: save it anew.")


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a malformed EXIF block: the pixels are good
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _png_orientation(data: bytes) -> int:
    """Asked of one pixel with the same notes beside it, since Pillow decodes a PNG before it looks for them."""
    try:
        notes = [data[start:end] for kind, start, end in png_chunks(data) if kind in PNG_SAYING]
    except (ValueError, struct.error):  # truncated, which is found next
        return 1
    if not notes:
        return 1
    pixel = BytesIO()
    Image.new("L", (1, 1)).save(pixel, "PNG")
    after = len(PNG_SIGNATURE) + 25  # behind the header chunk
    stub = pixel.getvalue()
    try:
        with Image.open(BytesIO(stub[:after] + b"".join(notes) + stub[after:]), formats=("PNG",)) as image:
            return _orientation(image)
    except Exception:  # notes that cannot be read say nothing
        return 1


def _complete(kind: str, data: bytes) -> bool:
    """Whether the end of the file is there; a truncated one would only fail later, in the worker."""
    try:
        if kind == "JPEG":
            *_, (marker, start, _) = _jpeg_segments(data)
            return marker == 0xDA and data.rfind(b"\xff\xd9", start) >= 0
        if kind == "PNG":
            *_, last = png_chunks(data, check=True)
            return last[0] == b"IEND"
        return len(data) >= 8 + struct.unpack_from("<I", data, 4)[0]
    except (ValueError, struct.error, IndexError):
        return False


def _jpeg_segments(data: bytes, at: int = 2) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of every segment up to and including the next scan's header."""
    while True:
        if data[at] != 0xFF:
            raise ValueError("no marker where one has to be")
        filled = FILLED.match(data, at, at + MOST_FILLING)
        at = filled.end() - 1 if filled else at
        marker = data[at + 1]
        length = struct.unpack_from(">H", data, at + 2)[0]
        yield marker, at, at + 2 + length
        if marker == 0xDA:
            return
        at += 2 + length


def png_chunks(data: bytes, *, check: bool = False) -> Iterator[tuple[bytes, int, int]]:
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
    EXIF the orientation. Nothing is decoded or compressed again. Raises RejectedImage: shown with everything, never."""
    exif = b"" if orientation == 1 else _exif(orientation)
    try:
        return {"JPEG": _strip_jpeg, "PNG": _strip_png, "WEBP": _strip_webp}[kind](data, exif)
    except (ValueError, IndexError, struct.error) as error:
        raise RejectedImage("The file is damaged.") from error


def _exif(orientation: int) -> bytes:
    """A TIFF structure with this one entry."""
    return b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", ORIENTATION, 3, 1, orientation, 0) + b"\0\0\0\0"


def _strip_jpeg(data: bytes, exif: bytes) -> bytes:
    kept = [data[:2]]
    if exif:
        body = b"Exif\0\0" + exif
        kept.append(b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body)
    for marker, start, end in _jpeg_parts(data):
        kept.append(data[start:end] if marker == 0xDA else _kept_of(marker, data[start:end]))
    return b"".join([*kept, b"\xff\xd9"])


def _jpeg_parts(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of every segment and scan, until this image ends: a second one (MPO) has metadata of its
    own."""
    at = 2
    while data[at : at + 2] != b"\xff\xd9":
        for marker, start, end in _jpeg_segments(data, at):
            at = _scan_end(data, end) if marker == 0xDA else end
            yield marker, start, at


def _scan_end(data: bytes, at: int) -> int:
    """Where the marker behind a scan's data begins. `inspect` has seen that the image ends."""
    found = JPEG_MARKER.search(data, at)
    if not found:
        raise ValueError("truncated")
    return found.end() - 2


def _kept_of(marker: int, segment: bytes) -> bytes:
    """Nothing of application segments and comments, but for JFIF (without its thumbnail), colour profiles, and
    Adobe's colour transform."""
    if marker == 0xE0:
        is_jfif = segment[4:9] == b"JFIF\0" and len(segment) >= 18
        return b"\xff\xe0\0\x10" + segment[4:16] + b"\0\0" if is_jfif else b""
    if marker == 0xE2:
        return segment if segment[4:16] == b"ICC_PROFILE\0" else b""
    if marker == 0xEE:
        return b"\xff\xee\0\x0e" + segment[4:16] if segment[4:9] == b"Adobe" and len(segment) >= 16 else b""
    return b"" if marker == 0xFE or 0xE1 <= marker <= 0xEF else segment


def _strip_png(data: bytes, exif: bytes) -> bytes:
    kept = [PNG_SIGNATURE]
    for kind, start, end in png_chunks(data):
        if kind in PNG_KEPT:
            kept.append(data[start:end])
        if kind == b"IHDR" and exif:  # behind the pixels, browsers would pass it over
            body = b"eXIf" + exif
            kept.append(struct.pack(">I", len(exif)) + body + struct.pack(">I", zlib.crc32(body)))
    return b"".join(kept)


def _strip_webp(data: bytes, exif: bytes) -> bytes:
    at, end, kept = 12, 8 + struct.unpack_from("<I", data, 4)[0], []
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        after = at + 8 + length + (length & 1)
        chunk = data[at:after]
        if kind == b"VP8X":  # its flags announce EXIF (8), XMP (4) and an animation (2)
            flags = (chunk[8] & 0x30) | (0x08 if exif else 0)  # a profile (32) and transparency (16) stay
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if kind in WEBP_KEPT:
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

"""Files to arrays: RGB uint8 HWC, upright."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np
from PIL import ExifTags, Image, ImageCms, ImageOps, UnidentifiedImageError

if TYPE_CHECKING:
    from vision.base import RGBImage

FORMATS = ("JPEG", "PNG", "WEBP")  # and no other decoder is ever run
MAX_PIXELS = 200_000_000
Image.MAX_IMAGE_PIXELS = None  # the limit below, set before any decoding, is the one that counts


class UnreadableImage(ValueError):
    """The message is for people, and carries nothing of the file."""


def open_image(source: Path | bytes, *, max_pixels: int = MAX_PIXELS, draft: int = 0) -> Image.Image:
    """Decoded, upright, mode RGB: CMYK and 16 bits converted, transparency put on white.

    `draft` > 0 lets a JPEG be decoded at a fraction, not below that many pixels on either side.
    Raises UnreadableImage.
    """
    try:
        with Image.open(
            io.BytesIO(source) if isinstance(source, bytes) else source, formats=FORMATS
        ) as image:
            if image.width * image.height > max_pixels:
                raise UnreadableImage(f"{image.width} × {image.height} pixels are more than {max_pixels:,}")
            if draft:
                image.draft("RGB" if image.mode in ("RGB", "YCbCr") else None, (draft, draft))
            image.load()
            return to_rgb(_upright(image))
    except UnreadableImage:
        raise
    except UnidentifiedImageError as error:
        raise UnreadableImage("no JPEG, PNG or WebP") from error
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, ImageCms.PyCMSError) as error:
        raise UnreadableImage("the file is damaged") from error


def upright_size(path: Path) -> tuple[int, int]:
    """Width and height with the EXIF orientation applied, by the header alone. Raises UnreadableImage."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
            try:
                turned = image.getexif().get(ExifTags.Base.Orientation, 1) in (5, 6, 7, 8)
            except Exception:  # a malformed EXIF block raises anything at all
                turned = False
    except (OSError, SyntaxError, ValueError, TypeError, EOFError) as error:
        raise UnreadableImage("the file is damaged") from error
    return (height, width) if turned else (width, height)


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # a malformed EXIF block raises anything at all; the pixels are good
        return image


def read_rgb(source: Path | bytes, *, max_pixels: int = MAX_PIXELS) -> RGBImage:
    """uint8 [H, W, 3], writable. Raises UnreadableImage."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    if _is_plain_jpeg(data, max_pixels):
        pixels = cv2.imdecode(
            np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
        )
        if pixels is not None:
            return cast("RGBImage", pixels)
    return np.array(open_image(data, max_pixels=max_pixels))


def jpeg(pixels: RGBImage, quality: int) -> bytes:
    """The same bytes for the same pixels, always."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()


def png(pixels: RGBImage) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def _is_plain_jpeg(data: bytes, max_pixels: int) -> bool:
    """Whether OpenCV makes the same pixels of it as Pillow, in half the time and without holding up other threads.

    It fills what a truncated file lacks with grey, and says nothing: such a file is Pillow's to refuse.
    """
    if not (data.startswith(b"\xff\xd8") and data.endswith(b"\xff\xd9")):
        return False
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            plain = image.format == "JPEG" and image.mode in ("RGB", "L") and "exif" not in image.info
            return plain and image.width * image.height <= max_pixels
    except Exception:  # it is said in the other place why
        return False


def to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image
    if image.mode.startswith("I") or image.mode == "F":
        # 16 bits: the high byte. Pillow's own conversion clips everything above 255 to white.
        values = np.asarray(image)
        scaled = values >> 8 if values.dtype.kind in "iu" and values.max(initial=0) > 255 else values
        return Image.fromarray(scaled.clip(0, 255).astype(np.uint8)).convert("RGB")
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _from_cmyk(image: Image.Image) -> Image.Image:
    """By the embedded profile where there is one, else by the plain formula."""
    profile: Any = image.info.get("icc_profile")
    if profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError):
            pass  # a broken profile: the plain formula is what every browser falls back to
    return image.convert("RGB")

"""Whatever a file holds, models and people see the same upright RGB pixels of it, or one reason why not."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.pictures import encoded, jpeg, picture
from vision.images import UnreadableImage, open_image, read_rgb

TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: np.rot90,
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", TURNS)
def test_every_exif_orientation_is_shown_upright(orientation):
    """What a camera that is held in this way would store, comes back as it was seen."""
    seen = np.asarray(picture(3, (24, 16)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = encoded(Image.fromarray(np.ascontiguousarray(TURNS[orientation](seen))), "PNG", exif=exif)
    np.testing.assert_array_equal(read_rgb(stored), seen)


def test_a_damaged_exif_block_costs_nothing_but_itself():
    data = jpeg()
    broken = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 60
    data = data[:2] + b"\xff\xe1" + (len(broken) + 2).to_bytes(2, "big") + broken + data[2:]
    np.testing.assert_array_equal(read_rgb(data), read_rgb(jpeg()))


def test_what_is_read_may_be_written_on():
    pixels = read_rgb(jpeg())
    assert pixels.dtype == np.uint8 and pixels.shape == (48, 64, 3)
    pixels[:] = 0


@pytest.mark.parametrize(
    "options",
    [{}, {"subsampling": 0}, {"subsampling": 1}, {"progressive": True}, {"restart_marker_blocks": 3}],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_has_the_same_pixels_whichever_decoder_reads_it(mode, options):
    """What is trained on and what is shown must not depend on whether a camera left a note in the file."""
    plain = encoded(picture(5, (201, 147)).convert(mode), "JPEG", quality=83, **options)
    exif = Image.Exif()
    exif[0x010F] = "a maker of cameras"
    noted = encoded(picture(5, (201, 147)).convert(mode), "JPEG", quality=83, exif=exif, **options)
    np.testing.assert_array_equal(read_rgb(plain), np.asarray(open_image(plain)))
    np.testing.assert_array_equal(read_rgb(plain), read_rgb(noted))


@pytest.mark.parametrize("profile", [None, b"this is no colour profile"])
def test_cmyk_becomes_the_colours_that_browsers_show(profile):
    ink = Image.new("CMYK", (16, 16), (0, 255, 255, 0))  # no cyan, all magenta and yellow: red
    options = {"icc_profile": profile} if profile else {}
    red, green, blue = read_rgb(encoded(ink, quality=95, **options))[8, 8]
    assert red > 240 and green < 15 and blue < 15


def test_a_profile_of_another_colour_space_does_not_break_a_cmyk_file():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    ink = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    red, green, blue = read_rgb(encoded(ink, quality=95, icc_profile=srgb))[8, 8]
    assert red < 15 and green > 240 and blue > 240


def test_sixteen_bits_keep_their_brightness():
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[None].repeat(4, axis=0)
    pixels = read_rgb(encoded(Image.fromarray(ramp), "PNG"))
    np.testing.assert_array_equal(pixels[0, :, 0], np.arange(256))
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_a_grey_picture_with_transparency_and_one_bit_pictures_are_rgb_too():
    half = Image.new("LA", (4, 4), (0, 128))
    assert read_rgb(encoded(half, "PNG"))[0, 0] == pytest.approx([127, 127, 127], abs=1)
    assert read_rgb(encoded(Image.new("1", (4, 4), 1), "PNG"))[0, 0].tolist() == [255, 255, 255]


def test_a_transparent_colour_of_a_palette_is_white():
    painted = Image.new("P", (4, 2), 0)
    painted.putpalette([255, 0, 0, 0, 0, 255])
    painted.putpixel((1, 0), 1)
    pixels = read_rgb(encoded(painted, "PNG", transparency=0))
    assert pixels[0, 0].tolist() == [255, 255, 255] and pixels[0, 1].tolist() == [0, 0, 255]


def test_a_transparent_webp_stands_on_white():
    clear = Image.new("RGBA", (8, 8), (200, 0, 0, 0))
    assert read_rgb(encoded(clear, "WEBP", lossless=True))[4, 4].tolist() == [255, 255, 255]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_file_is_refused_wherever_it_ends(kind):
    data = encoded(picture(1, (200, 150)), kind)
    for share in (0.2, 0.5, 0.9):
        with pytest.raises(UnreadableImage):
            read_rgb(data[: int(len(data) * share)])


@pytest.mark.parametrize("data", [b"", b"not a picture", b"GIF89a" + b"\0" * 100, b"BM" + b"\0" * 100])
def test_other_formats_are_never_decoded(data):
    with pytest.raises(UnreadableImage, match="no JPEG, PNG or WebP"):
        read_rgb(data)


def test_real_files_of_other_formats_are_refused_as_well():
    for kind in ("GIF", "BMP", "TIFF", "PPM"):
        with pytest.raises(UnreadableImage, match="no JPEG, PNG or WebP"):
            read_rgb(encoded(picture(), kind))


def test_too_many_pixels_are_refused_before_they_are_decoded(monkeypatch):
    def no(*args, **kwargs):
        raise AssertionError("it was decoded")

    data = encoded(picture(size=(64, 48)), "PNG")
    assert read_rgb(data, max_pixels=64 * 48).shape == (48, 64, 3)
    monkeypatch.setattr(Image.Image, "load", no)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no)
    with pytest.raises(UnreadableImage, match="64 × 48 pixels are more than 3,071"):
        read_rgb(data, max_pixels=64 * 48 - 1)


def test_a_draft_is_smaller_but_never_below_what_was_asked():
    large = io.BytesIO(encoded(picture(1, (1600, 1200))))
    image = open_image(large.getvalue(), draft=256)
    assert 256 <= min(image.size) < 1200 and image.width / image.height == pytest.approx(4 / 3)
    assert open_image(large.getvalue()).size == (1600, 1200)

"""Files judged by their bytes alone: nothing is decoded, and what is served says nothing but the picture."""

import io
import struct
import zlib

import pytest
from PIL import Image as Pillow
from PIL import PngImagePlugin, WebPImagePlugin

from labeling.imagefiles import RejectedImage, clean_name, inspect, strip_metadata
from tests.pictures import encoded, jpeg, picture

SECRET = b"48.8584 N, by Somebody"


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(*extra, before=b"IDAT", data=None):
    data = data or encoded(picture(), "PNG")
    at = data.index(before) - 4
    return data[:at] + b"".join(extra) + data[at:]


def segment(marker, body):
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def exif(orientation):
    data = Pillow.Exif()
    data[0x0112] = orientation
    return data.tobytes()


def pixels(data):
    return Pillow.open(io.BytesIO(data)).convert("RGB").tobytes()


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_flood_of_pixels_is_refused_before_room_is_made_for_it(kind, settings, monkeypatch):
    def no(self):
        raise AssertionError("room was made")

    settings.MAX_IMAGE_PIXELS = 1_000_000
    flood = encoded(Pillow.new("L", (8000, 8000)), kind, **({"lossless": True} if kind == "WEBP" else {}))
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", no)
    monkeypatch.setattr(WebPImagePlugin.WebPImageFile, "_open", no)
    with pytest.raises(RejectedImage, match="megapixels"):
        inspect(flood)


def test_a_png_is_never_decoded_to_be_judged(monkeypatch):
    def load(self):
        assert self.size == (1, 1), "the picture itself was decoded"
        return original(self)

    original = PngImagePlugin.PngImageFile.load
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    inspect(encoded(picture(), "PNG"))
    assert inspect(encoded(picture(), "PNG", exif=exif(6))).orientation == 6


@pytest.mark.parametrize("where", [b"IDAT", b"IEND"])
def test_an_orientation_counts_wherever_it_stands_in_a_png_and_is_served_where_browsers_look(where):
    body = exif(6).removeprefix(b"Exif\0\0")
    facts = inspect(png := png_with(chunk(b"eXIf", body), before=where))
    assert (facts.width, facts.height, facts.orientation) == (48, 64, 6)
    served = strip_metadata(png, "PNG", facts.orientation)
    assert served.index(b"eXIf") < served.index(b"IDAT") and inspect(served).orientation == 6


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (16383, 2)])
@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"quality": 50, "exif": exif(1)}])
def test_the_size_of_a_webp_is_read_from_each_of_its_headers(size, options, settings):
    data = encoded(picture(size=size), "WEBP", **options)
    assert (inspect(data).width, inspect(data).height) == size
    settings.MAX_IMAGE_PIXELS = size[0] * size[1] - 1
    with pytest.raises(RejectedImage, match="megapixels"):
        inspect(data)


@pytest.mark.parametrize(
    "garbage", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + b"\xff" * 500]
)
def test_malformed_exif_costs_nothing_but_itself(garbage):
    data = jpeg()
    facts = inspect(data[:2] + segment(0xE1, garbage) + data[2:])
    assert (facts.width, facts.height, facts.orientation) == (64, 48, 1)


def telling_jpeg():
    """A progressive JPEG with something told in every place that has room for it."""
    data = jpeg(progressive=True)
    thumbnail = b"JFIF\0\1\2\0\0\1\0\1" + bytes([3, 3]) + (SECRET * 2)[:27]
    first = data.index(b"\xff\xda")
    scan = data.index(b"\xff\xc4", first)  # the tables between two scans
    notes = (
        segment(0xFE, SECRET) + segment(0xED, b"Photoshop 3.0\0" + SECRET) + segment(0xE2, b"MPF\0" + SECRET)
    )
    return (
        data[:2] + segment(0xE0, thumbnail) + segment(0xE0, b"JFXX\0\x10" + SECRET) + notes
        + data[2 + 18 : scan] + notes + data[scan:] + SECRET
    )  # fmt: skip


def test_a_served_jpeg_tells_nothing_in_any_of_its_segments_and_shows_the_same():
    data = telling_jpeg()
    inspect(data)
    served = strip_metadata(data, "JPEG")
    assert data.count(SECRET) == 9 and SECRET not in served
    assert pixels(served) == pixels(data)
    Pillow.open(io.BytesIO(served)).verify()


def test_a_served_png_keeps_what_its_colours_need_and_no_other_chunk():
    told = [chunk(kind, SECRET) for kind in (b"tEXt", b"caBX", b"meTa")]
    gamma = chunk(b"gAMA", struct.pack(">I", 45455))
    data = png_with(*told, gamma) + SECRET
    inspect(data)
    served = strip_metadata(data, "PNG")
    assert SECRET not in served and gamma in served and pixels(served) == pixels(data)


def test_a_served_webp_keeps_transparency_and_profile_and_no_other_chunk():
    clear = Pillow.new("RGBA", (20, 10), (255, 0, 0, 90))
    from PIL import ImageCms

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(clear, "WEBP", icc_profile=profile, xmp=SECRET, exif=exif(1))
    extra = b"meTa" + struct.pack("<I", len(SECRET)) + SECRET + b"\0" * (len(SECRET) & 1)
    data = data[:4] + struct.pack("<I", len(data) - 8 + len(extra)) + data[8:] + extra
    inspect(data)
    served = strip_metadata(data, "WEBP")
    shown = Pillow.open(io.BytesIO(served))
    assert SECRET not in served and shown.info["icc_profile"] == profile
    assert shown.convert("RGBA").getpixel((3, 3))[3] == 90


def test_adobes_colour_transform_and_colour_profiles_survive():
    red = Pillow.new("CMYK", (40, 40), (0, 255, 255, 0))
    data = encoded(red, "JPEG", icc_profile=b"a profile" * 9000)
    served = strip_metadata(data, "JPEG")
    shown = Pillow.open(io.BytesIO(served))
    assert shown.info["icc_profile"] == b"a profile" * 9000 and shown.info["adobe_transform"] == 0
    assert pixels(served) == pixels(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_no_broken_file_gets_past_with_another_error_than_its_reason(kind):
    """Every length of a file, and every byte of its first and last part turned round."""
    data = encoded(picture(1, (32, 24)), kind, exif=exif(6))
    broken = [data[:length] for length in range(0, len(data), 7)]
    for at in [*range(0, min(400, len(data))), *range(max(0, len(data) - 60), len(data))]:
        broken.append(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
    for one in broken:
        try:
            facts = inspect(one)
            strip_metadata(one, facts.format, facts.orientation)
        except RejectedImage:
            pass
    with pytest.raises(RejectedImage):
        inspect(data[:-5])


def test_a_scan_filled_to_the_brim_is_served_without_end_of_patience():
    """A search that began anew at each of a million bytes would not end within hours."""
    data = jpeg()
    end = data.rindex(b"\xff\xd9")
    data = data[:end] + b"\xff" * 1_000_000 + b"\0" + data[end:]
    inspect(data)
    assert len(strip_metadata(data, "JPEG")) > 1_000_000


def progressive(scans):
    """The last scan of a picture as often as is said."""
    data = encoded(picture(), "JPEG", progressive=True)
    begin, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    return data[:begin] + data[begin:end] * scans + data[end:]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(progressive(500), id="scans, each of which is decoded over all pixels"),
        pytest.param(jpeg()[:2] + segment(0xFE, b"") * 200_000 + jpeg()[2:], id="segments of nothing"),
        pytest.param(jpeg()[:2] + b"\xff" * 50_000_000 + jpeg()[2:], id="filling"),
        pytest.param(png_with(chunk(b"tEXt", b"") * 200_000), id="chunks of nothing"),
    ],
)
def test_what_would_keep_a_parser_or_a_decoder_busy_is_refused_before_one_opens_it(data, monkeypatch):
    def never(*_, **__):
        raise AssertionError("it was opened")

    monkeypatch.setattr(Pillow, "open", never)
    with pytest.raises(RejectedImage):
        inspect(data)


def test_a_picture_in_many_scans_and_one_with_odd_metadata_are_good():
    inspect(progressive(20))
    like = jpeg()[:2] + segment(0xFE, b"\xff\xda" * 1000) + jpeg()[2:] + b"\xff\xda" * 1000
    inspect(like)
    assert pixels(strip_metadata(like, "JPEG")) == pixels(jpeg())
    inspect(jpeg()[:2] + b"\xff" * 500 + jpeg()[2:])


def test_a_page_within_an_image_is_not_served_with_it():
    page = b"<html><script>alert(1)</script></html>"
    data = jpeg()
    data = data[:2] + segment(0xFE, page) + data[2:] + page
    inspect(data)
    assert b"script" not in strip_metadata(data, "JPEG")


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"avif", b"avis"])
def test_what_phones_send_is_named(brand):
    with pytest.raises(RejectedImage, match="export it as"):
        inspect(b"\0\0\0\x18ftyp" + brand + b"\0" * 64)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a\0b.jpg", "ab.jpg"), ("C:\\photos\\b.jpg", "b.jpg"), ("/etc/passwd", "passwd"), ("..", "image"), ("", "image"),
        ("e\u0301.jpg", "é.jpg"), ("\u2066x\u2069\u200b.jpg", "x.jpg"), ("\ud800.jpg", "jpg"), ("\uff0e\uff0e\uff0fx.jpg", "．．／x.jpg"),
    ],
)  # fmt: skip
def test_names_are_cleaned(sent, shown):
    assert clean_name(sent) == shown

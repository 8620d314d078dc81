"""Uploads: kept once and whole, or refused with a reason that helps."""

import hashlib
import io
import struct
import zlib

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow
from PIL import ImageChops

from labeling.models import Image, QueueItem
from labeling.services.renditions import renditions_catch_up, renditions_make
from labeling.uploads import incoming_folder
from tests.pictures import encoded, jpeg, picture, upload


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def make_ready():
    renditions_make(project_id=Image.objects.values_list("project_id", flat=True)[0])


def exif(orientation):
    data = Pillow.Exif()
    data[0x0112] = orientation
    data[0x010F] = "Camera of a secret place"
    data.get_ifd(0x8825)[1] = "N"
    return data.tobytes()


def test_files_are_created_and_known_ones_are_named_as_duplicates(manager_api, project):
    answer = upload(
        manager_api, project, {"a.jpg": jpeg(1), "b.png": encoded(picture(2), "PNG")}, group="monday"
    )
    assert answer.status_code == 201 and len(answer.json()["created"]) == 2
    first = Image.objects.get(name="a.jpg")
    assert (first.width, first.height, first.format, first.group) == (64, 48, "JPEG", "monday")
    assert first.sha256 == hashlib.sha256(jpeg(1)).hexdigest()
    assert default_storage.open(first.file_key).read() == jpeg(1)
    assert QueueItem.objects.get(pk=first.pk).slots == 1
    again = upload(
        manager_api, project, {"other-name.jpg": jpeg(1), "c.jpg": jpeg(3), "c-again.jpg": jpeg(3)}
    ).json()
    assert len(again["created"]) == 1
    assert again["duplicates"] == [
        {"name": "other-name.jpg", "id": first.pk}, {"name": "c-again.jpg", "id": again["created"][0]},
    ]  # fmt: skip
    assert not list(incoming_folder().iterdir())


def test_webp_is_taken(manager_api, project):
    assert len(upload(manager_api, project, {"a.webp": encoded(picture(), "WEBP")}).json()["created"]) == 1


def _png_with(*chunks):
    data = encoded(picture(), "PNG")
    extra = b"".join(
        struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in chunks
    )
    return data[:33] + extra + data[33:]


REFUSED = {
    "empty.jpg": (b"", "empty"),
    "half.jpg": (jpeg()[: len(jpeg()) // 2], "damaged"),
    "half.png": (encoded(picture(), "PNG")[:-20], "truncated"),
    "half.webp": (encoded(picture(), "WEBP")[:-20], "damaged"),
    "flipped.png": (encoded(picture(), "PNG").replace(b"IDAT", b"IDAT\x01", 1), "truncated"),
    "photo.heic": (b"\0\0\0\x18ftypheic" + b"\0" * 64, "HEIC"),
    "photo.avif": (b"\0\0\0\x18ftypavif" + b"\0" * 64, "AVIF"),
    "logo.svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "SVG"),
    "page.jpg": (b"<!DOCTYPE html><script>alert(1)</script>", "SVG and HTML"),
    "text.jpg": (b"not an image at all", "no JPEG"),
    "moving.gif": (encoded(picture(), "GIF"), "GIF"),
    "scan.tif": (encoded(picture(), "TIFF"), "TIFF"),
    "moving.png": (encoded(picture(1), "PNG", save_all=True, append_images=[picture(2)]), "animated"),
    "moving.webp": (encoded(picture(1), "WEBP", save_all=True, append_images=[picture(2)]), "animated"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_whole_still_image_is_refused_with_its_reason_and_the_rest_is_kept(
    manager_api, project, name
):
    content, reason = REFUSED[name]
    answer = upload(manager_api, project, {name: content, "good.jpg": jpeg()}).json()
    assert len(answer["created"]) == 1
    assert [row["name"] for row in answer["rejected"]] == [name] and reason in answer["rejected"][0]["reason"]


def test_size_limits_hold_before_anything_is_decoded(manager_api, project, settings):
    flood = encoded(Pillow.new("1", (30_000, 20_000)), "PNG")
    assert len(flood) < 200_000
    assert "megapixels" in upload(manager_api, project, {"a.png": flood}).json()["rejected"][0]["reason"]
    settings.MAX_IMAGE_BYTES = 500
    assert "larger than" in upload(manager_api, project, {"a.jpg": jpeg()}).json()["rejected"][0]["reason"]


def test_a_project_takes_no_more_images_than_its_quota(manager_api, project, settings):
    settings.MAX_PROJECT_IMAGES = 2
    answer = upload(manager_api, project, {f"{n}.jpg": jpeg(n) for n in range(3)}).json()
    assert len(answer["created"]) == 2 and "as many images" in answer["rejected"][0]["reason"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.jpg", "passwd.jpg"),
        ("..\\..\\boot.jpg", "boot.jpg"),
        ("näme with späce & 冰箱.jpg", "näme with späce & 冰箱.jpg"),
        ("gpj.\u202eexe.jpg", "gpj.exe.jpg"),
        ("a" * 400 + ".jpg", None),
    ],
)
def test_a_file_name_is_shown_and_never_a_path(manager_api, project, sent, kept):
    upload(manager_api, project, {sent: jpeg()})
    name = Image.objects.get().name
    assert name == kept if kept else len(name) <= 255
    assert "/" not in name and "\\" not in name


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_orientation_holds_for_sizes_files_and_renditions(manager_api, project, orientation, kind):
    from PIL import ImageOps

    image = picture(5, (64, 48))
    sent = encoded(image, kind, exif=exif(orientation), **({"quality": 95} if kind != "PNG" else {}))
    upright = ImageOps.exif_transpose(Pillow.open(io.BytesIO(sent))).convert("RGB")
    upload(manager_api, project, {"a": sent})
    make_ready()
    row = Image.objects.get()
    assert (row.width, row.height) == upright.size == ((48, 64) if orientation > 4 else (64, 48))
    for path in ("file/", "file/?size=screen", "thumbnail/"):
        served = manager_api.get(f"/api/images/{row.pk}/{path}").content
        shown = ImageOps.exif_transpose(Pillow.open(io.BytesIO(served))).convert("RGB")
        difference = ImageChops.difference(shown, upright).convert("L")
        assert shown.size == upright.size and sum(difference.getdata()) / (64 * 48) < 6, path
        assert b"secret place" not in served
        assert not dict(Pillow.open(io.BytesIO(served)).getexif().get_ifd(0x8825))


def test_a_served_original_keeps_its_pixels_to_the_bit(manager_api, project):
    for number, kind in enumerate(("JPEG", "PNG", "WEBP")):
        sent = encoded(
            picture(number), kind, exif=exif(1), xmp=b"<x>secret place</x>" if kind != "PNG" else None
        )
        (pk,) = upload(manager_api, project, {"a": sent}).json()["created"]
        served = manager_api.get(f"/api/images/{pk}/file/").content
        assert b"secret place" in sent and b"secret place" not in served
        both = [Pillow.open(io.BytesIO(data)).convert("RGB").tobytes() for data in (sent, served)]
        assert both[0] == both[1]


def test_cmyk_and_sixteen_bits_are_shown_in_their_colours(manager_api, project):
    red = Pillow.new("CMYK", (40, 40), (0, 255, 255, 0))
    import numpy as np

    grey = Pillow.fromarray(np.full((40, 40), 128 * 257, np.uint16))
    upload(
        manager_api, project, {"red.jpg": encoded(red, "JPEG", quality=95), "grey.png": encoded(grey, "PNG")}
    )
    make_ready()
    shown = {}
    for row in Image.objects.all():
        content = manager_api.get(f"/api/images/{row.pk}/thumbnail/").content
        shown[row.name] = Pillow.open(io.BytesIO(content)).convert("RGB").getpixel((20, 20))
    assert shown["red.jpg"][0] > 200 and max(shown["red.jpg"][1:]) < 60
    assert all(abs(value - 128) < 6 for value in shown["grey.png"])


def test_renditions_are_made_in_their_sizes_and_once(manager_api, project):
    upload(manager_api, project, {"a.jpg": encoded(picture(1, (3000, 1000)))})
    assert Image.objects.get().ready is False
    make_ready()
    row = Image.objects.get()
    assert row.ready and row.perceptual_hash is not None
    sizes = [
        Pillow.open(io.BytesIO(manager_api.get(f"/api/images/{row.pk}/{path}").content)).size
        for path in ("file/?size=screen", "thumbnail/", "file/")
    ]
    assert sizes == [(1600, 533), (256, 85), (3000, 1000)]
    assert renditions_make(project_id=row.project_id) == 0


def test_an_image_that_cannot_be_decoded_is_kept_with_its_reason_out_of_the_queue(manager_api, project):
    # Right to the last checksum, and garbage inside: only decoding finds out.
    broken = _png_with((b"IDAT", b"no zlib stream"))
    upload(manager_api, project, {"bad.png": broken, "good.jpg": jpeg()})
    make_ready()
    bad = Image.objects.get(name="bad.png")
    assert bad.error and not bad.ready and QueueItem.objects.get(pk=bad.pk).slots == 0
    listed = manager_api.get(f"/api/projects/{project.pk}/images/?error=1").json()["results"]
    assert [row["id"] for row in listed] == [bad.pk]
    assert Image.objects.get(name="good.jpg").ready


def test_an_image_left_behind_by_a_lost_worker_is_picked_up_again(manager_api, project):
    from datetime import timedelta

    from django.utils import timezone

    upload(manager_api, project, {"a.jpg": jpeg()})
    assert renditions_catch_up() == 0
    Image.objects.update(created=timezone.now() - timedelta(minutes=5))
    assert renditions_catch_up() == 1


def test_files_are_sandboxed_and_never_sniffed(manager_api, project):
    (pk,) = upload(manager_api, project, {'x".html': jpeg()}).json()["created"]
    answer = manager_api.get(f"/api/images/{pk}/file/")
    assert answer["Content-Type"] == "image/jpeg" and answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"] and answer["Cache-Control"].startswith("private")
    assert manager_api.get(f"/api/images/{pk}/file/", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


def test_labelers_and_strangers_upload_nothing_and_strangers_see_nothing(
    api, manager_api, stranger_api, project
):
    (pk,) = upload(manager_api, project, {"a.jpg": jpeg()}).json()["created"]
    assert upload(api, project, {"b.jpg": jpeg(2)}).status_code == 403
    assert upload(stranger_api, project, {"b.jpg": jpeg(2)}).status_code == 404
    for path in ("", "file/", "thumbnail/"):
        assert stranger_api.get(f"/api/images/{pk}/{path}").status_code == 404
    assert stranger_api.delete(f"/api/images/{pk}/").status_code == 404
    assert stranger_api.get(f"/api/projects/{project.pk}/images/").status_code == 404
    assert Image.objects.count() == 1


def test_an_upload_without_files_is_refused(manager_api, project):
    assert upload(manager_api, project, {}).status_code == 400


def test_one_projects_image_is_no_duplicate_of_anothers(manager_api, stranger_api, stranger, project):
    from labeling.models import Project

    elsewhere = Project.objects.get(name="Elsewhere")
    upload(manager_api, project, {"a.jpg": jpeg()})
    assert len(upload(stranger_api, elsewhere, {"a.jpg": jpeg()}).json()["created"]) == 1

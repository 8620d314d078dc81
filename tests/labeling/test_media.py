"""Files as they are served: to members, unsniffed, uncached while they may change, and never with another's."""

import io
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from PIL import Image as Pillow
from PIL import ImageCms
from rest_framework.test import APIClient

from labeling.models import Image, Membership
from labeling.services.renditions import renditions_make
from tests.pictures import encoded, jpeg, picture, upload

PATHS = ("file/", "file/?size=screen", "thumbnail/")


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def image(manager_api, project):
    upload(manager_api, project, {"a.jpg": jpeg()})
    return Image.objects.get()


def get(api, image, path, **headers):
    return api.get(f"/api/images/{image.pk}/{path}", **headers)


@pytest.mark.parametrize("path", PATHS)
def test_members_see_it_and_nobody_else(api, stranger_api, labeler, project, image, path, make_user):
    renditions_make(project_id=project.pk)
    etag = get(api, image, path)["ETag"]
    for client, status in ((stranger_api, 404), (APIClient(), 401)):
        answer = get(client, image, path, HTTP_IF_NONE_MATCH=etag)
        assert answer.status_code == status and "ETag" not in answer
    Membership.objects.filter(user=labeler).delete()
    assert get(api, image, path, HTTP_IF_NONE_MATCH=etag).status_code == 404
    admin = APIClient()
    admin.force_authenticate(make_user("admin", is_staff=True))
    assert get(admin, image, path).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_nothing_of_a_deleted_image_or_project_is_served(api, manager_api, project, image, path):
    manager_api.delete(f"/api/images/{image.pk}/")
    assert get(manager_api, image, path).status_code == 404
    manager_api.post(f"/api/images/{image.pk}/restore/")
    assert get(api, image, path).status_code == 200
    manager_api.delete(f"/api/projects/{project.pk}/")
    assert get(manager_api, image, path).status_code == 404


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_sandboxed_and_kept_by_the_browser_alone(api, image, project, path):
    renditions_make(project_id=project.pk)
    answer = get(api, image, path)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer["Content-Type"] == ("image/jpeg" if path == "file/" else "image/webp")
    assert Pillow.open(io.BytesIO(answer.content)).format == ("JPEG" if path == "file/" else "WEBP")


def test_until_a_rendition_is_made_the_original_stands_in_and_is_asked_for_again(api, image, project):
    early = get(api, image, "thumbnail/")
    assert early["Content-Type"] == "image/jpeg" and early["Cache-Control"] == "private, no-cache"
    assert get(api, image, "file/")["Cache-Control"].endswith("immutable")
    renditions_make(project_id=project.pk)
    late = get(api, image, "thumbnail/", HTTP_IF_NONE_MATCH=early["ETag"])
    assert late.status_code == 200 and late["Content-Type"] == "image/webp"


@pytest.mark.parametrize("said", ["{}", "W/{}", '"other", {}', "*"])
def test_what_the_browser_has_is_not_sent_again(api, image, said):
    etag = get(api, image, "file/")["ETag"]
    status = 200 if said == "*" else 304
    assert get(api, image, "file/", HTTP_IF_NONE_MATCH=said.format(etag)).status_code == status


def test_a_lost_rendition_is_replaced_by_the_original_and_a_lost_original_is_a_plain_404(api, image, project):
    renditions_make(project_id=project.pk)
    default_storage.delete(image.rendition_key("thumbnail"))
    answer = get(api, image, "thumbnail/")
    assert answer["Content-Type"] == "image/jpeg" and answer["Cache-Control"] == "private, no-cache"
    default_storage.delete(image.file_key)
    answer = get(api, image, "thumbnail/")
    assert answer.status_code == 404 and "/" not in answer.json()["detail"]


@pytest.mark.parametrize("name", ['a"; filename="x.html', "a\r\nSet-Cookie: x=1.jpg", "冰箱.jpg", "a;b.jpg"])
def test_a_name_stays_within_its_header(api, manager_api, project, name):
    (pk,) = upload(manager_api, project, {"a.jpg": jpeg()}).json()["created"]
    Image.objects.filter(pk=pk).update(name=name)
    answer = get(api, Image.objects.get(), "file/")
    disposition = answer["Content-Disposition"]
    assert disposition.startswith("inline; filename*=UTF-8''") and disposition.isascii()
    assert (
        not any(c in disposition.removeprefix("inline; ") for c in '"\r\n; ') and "Set-Cookie" not in answer
    )


@pytest.mark.parametrize("size", ["../../etc/passwd", "thumbnail", "x", "screen\0"])
def test_a_size_is_one_of_ours(api, image, size):
    assert api.get(f"/api/images/{image.pk}/file/", {"size": size}).status_code == 400


def test_a_file_lies_where_its_content_says_whatever_it_was_called(manager_api, project, settings):
    upload(manager_api, project, {"..%2f..%2fetc%2fpasswd": jpeg()})
    stored = [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
    assert [path.name for path in stored] == [Image.objects.get().sha256]


def test_wide_colours_stay_right_in_renditions_and_others_profiles_stay_out(api, manager_api, project):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    grey = bytes(profile[:16] + b"GRAY" + profile[20:])
    files = {
        "rgb.jpg": encoded(picture(1), icc_profile=bytes(profile)),
        "grey.jpg": encoded(picture(2, mode="L"), icc_profile=grey),
    }
    upload(manager_api, project, files)
    renditions_make(project_id=project.pk)
    for row in Image.objects.all():
        shown = Pillow.open(io.BytesIO(get(api, row, "thumbnail/").content))
        assert shown.info.get("icc_profile") == (bytes(profile) if row.name == "rgb.jpg" else None)

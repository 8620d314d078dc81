"""Mattes: what may be sent as one, whose it is, what a label of one says, and where it came from."""

import hashlib
import io
import struct
import zlib
from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image as Pillow

from labeling.kinds import KINDS
from labeling.models import Annotation, Matte, Membership, QueueItem, Role
from labeling.models.matte import matte_key
from labeling.services import mattes
from labeling.services.mattes import KEPT_DAYS, matte_store, mattes_forget
from labeling.services.projects import project_create
from tests.labeling.mattes import disc, png, send, submit_matte, uploaded
from tests.labeling.test_queue import lease
from tests.pictures import encoded, picture

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.fixture
def image(portraits, make_images):
    return make_images(portraits, 1)[0].pk


@pytest.fixture
def twice(portraits, make_images):
    """An image that two people label."""
    portraits.overlap = 2
    portraits.save()
    return make_images(portraits, 1)[0].pk


@pytest.fixture
def second_api(make_user, client_for, portraits):
    user = make_user("second")
    Membership.objects.create(project=portraits, user=user, role=Role.LABELER)
    return client_for(user)


def levels_of(answer):
    assert answer.status_code == 200, answer.content
    return np.array(Pillow.open(io.BytesIO(answer.content)))


# --- files ---------------------------------------------------------------------------------------------------------
def test_every_level_of_a_matte_comes_back_as_it_was_sent(api):
    levels = np.arange(256, dtype=np.uint8).repeat(4).reshape(32, 32)
    sent = png(levels)
    answer = send(api, sent)
    assert answer.status_code == 201 and answer.json()["sha256"] == hashlib.sha256(sent).hexdigest()
    fetched = api.get(f"/api/mattes/{answer.json()['sha256']}/")
    assert (levels_of(fetched) == levels).all() and fetched["Content-Type"] == "image/png"
    assert fetched["X-Content-Type-Options"] == "nosniff" and "sandbox" in fetched["Content-Security-Policy"]


def test_a_matte_may_be_the_body_itself_and_the_same_one_again_is_the_same(api):
    sent = png(disc())
    answers = [
        api.post("/api/mattes/", sent, content_type="image/png"),
        send(api, sent),
        send(api, sent, "alpha"),
    ]
    assert {answer.status_code for answer in answers} == {201} and Matte.objects.count() == 1
    assert len({answer.json()["sha256"] for answer in answers}) == 1


def test_what_a_png_says_beside_its_pixels_is_not_kept(api):
    from PIL.PngImagePlugin import PngInfo

    notes = PngInfo()
    notes.add_text("Author", "somebody at home")
    sha256 = send(api, png(disc(), pnginfo=notes, dpi=(300, 300))).json()["sha256"]
    kept = default_storage.open(matte_key(sha256)).read()
    assert b"somebody" not in kept and hashlib.sha256(kept).hexdigest() == sha256
    assert sha256 == send(api, png(disc())).json()["sha256"]


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width, height, depth=8, colour=0, *more):
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
        + b"".join(more)
    )


def second(width, height):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))


FEW = chunk(b"IDAT", zlib.compress(b"\0" * 12)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png(disc().astype(np.uint16) * 257), "16 bits"), (png(disc() > 0), "1 bits"), (encoded(picture(), "PNG"), "RGB"),
        (encoded(picture(mode="RGBA"), "PNG"), "RGBA"), (encoded(picture(mode="P"), "PNG"), "palette"),
        (encoded(picture(mode="LA"), "PNG"), "grey with transparency"), (png(disc(), transparency=7), "transparent level"),
        (encoded(picture(mode="L"), "PNG", save_all=True, append_images=[picture(1, mode="L")]), "animated"),
        (encoded(picture(mode="L")), "no PNG"), (b"", "empty"), (b"<svg/>", "no PNG"), (png(disc())[:-40], "truncated"),
        (png(disc())[:20], "truncated"), (header(640, 480, 8, 0, FEW), "truncated"), (header(0, 0, 8, 0, FEW), "pixels"),
        (header(60_000, 60_000, 8, 0, FEW), "megapixels"), (header(8, 8, 8, 0, chunk(b"IEND", b"")), "truncated"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "truncated"),
        # A decoder goes by the last header.
        (header(8, 8, 8, 0, second(60_000, 60_000), FEW), "truncated"), (header(8, 8, 8, 0, second(2, 2), FEW), "truncated"),
    ],
)  # fmt: skip
def test_what_is_no_grey_png_of_eight_bits_is_refused(api, data, said):
    answer = send(api, data)
    assert answer.status_code == 400 and said in answer.json()["detail"], answer.content
    assert not Matte.objects.exists() and not default_storage.exists("mattes")


def test_all_old_uploads_are_gone_however_many_they_are(api, monkeypatch):
    monkeypatch.setattr(mattes, "SWEPT_AT_ONCE", 2)
    for radius in range(40, 45):
        uploaded(api, disc(radius))
    Matte.objects.update(created=timezone.now() - timedelta(days=KEPT_DAYS + 1))
    assert mattes_forget() == 5 and not Matte.objects.exists()


def test_a_matte_that_is_swept_while_it_is_submitted_is_asked_for_again(api, image, monkeypatch):
    sha256 = uploaded(api, disc())
    lock = mattes.content_lock

    def late(name):
        Matte.objects.all().delete()
        lock(name)

    monkeypatch.setattr(mattes, "content_lock", late)
    answer = submit_matte(api, image, {"alpha": sha256})
    assert answer.status_code == 400 and "upload it again" in answer.json()["detail"]
    assert not Annotation.objects.exists()


def test_one_file_a_call_is_expected(api):
    files = [io.BytesIO(png(disc())) for _ in range(2)]
    assert api.post("/api/mattes/", {"file": files}, format="multipart").status_code == 400
    assert api.post("/api/mattes/", {"note": "x"}, format="multipart").status_code == 400
    assert api.post("/api/mattes/", {}, format="json").status_code == 415


def test_a_pixel_is_a_matte(api):
    sha256 = uploaded(api, np.full((1, 1), 77, np.uint8))
    assert levels_of(api.get(f"/api/mattes/{sha256}/")).tolist() == [[77]]


def test_a_matte_is_its_authors_and_its_projects(api, stranger_api, second_api, portraits, image):
    sha256 = uploaded(api, disc())
    for other in (stranger_api, second_api):
        assert other.get(f"/api/mattes/{sha256}/").status_code == 404
    assert submit_matte(api, image, {"alpha": sha256}).status_code == 201
    assert second_api.get(f"/api/mattes/{sha256}/").status_code == 200
    assert stranger_api.get(f"/api/mattes/{sha256}/").status_code == 404
    assert api.get(f"/api/mattes/{'0' * 64}/").status_code == 404
    assert api.get("/api/mattes/nonsense/").status_code == 404


def test_uploads_that_no_label_names_are_gone_after_a_week(api, image):
    named, forgotten, fresh = (uploaded(api, disc(radius)) for radius in (100, 50, 60))
    assert submit_matte(api, image, {"alpha": named}).status_code == 201
    old = timezone.now() - timedelta(days=KEPT_DAYS + 1)
    Matte.objects.filter(sha256__in=[named, forgotten]).update(created=old)
    assert mattes_forget() == 2
    assert [default_storage.exists(matte_key(one)) for one in (named, forgotten, fresh)] == [
        True,
        False,
        True,
    ]
    assert set(Matte.objects.values_list("sha256", flat=True)) == {named, fresh}
    assert uploaded(api, disc(50)) == forgotten and default_storage.exists(matte_key(forgotten))


# --- labels --------------------------------------------------------------------------------------------------------
def test_a_matte_labels_an_image(api, portraits, image):
    item = lease(api, portraits)[0]
    alpha, trimap = (
        uploaded(api, disc()),
        uploaded(api, np.where(disc() == 255, 255, np.where(disc() == 0, 0, 128)).astype(np.uint8)),
    )
    answer = submit_matte(
        api, image, {"alpha": alpha, "trimap": trimap}, assignment=item["assignment"]["id"], lead_time_ms=900
    )
    assert answer.status_code == 201 and answer.json()["status"] == "labeled"
    kept = Annotation.objects.get()
    assert kept.result == {"alpha": alpha, "trimap": trimap} and kept.regions == [{"origin": "drawn"}]
    assert (levels_of(api.get(f"/api/annotations/{kept.pk}/alpha.png")) == disc()).all()
    assert set(np.unique(levels_of(api.get(f"/api/annotations/{kept.pk}/trimap.png")))) == {0, 128, 255}
    assert (QueueItem.objects.get().category, QueueItem.objects.get().categories) == ("", [])


def test_a_label_without_a_trimap_has_none(api, image):
    assert submit_matte(api, image, {"alpha": uploaded(api, disc()), "trimap": None}).status_code == 201
    kept = Annotation.objects.get()
    assert (
        "trimap" not in kept.result and api.get(f"/api/annotations/{kept.pk}/trimap.png").status_code == 404
    )


@pytest.mark.parametrize(
    "result",
    [
        {}, {"alpha": None}, {"alpha": "x"}, {"alpha": 7}, {"alpha": ["a"]}, {"alpha": "A" * 64}, {"category": "person"}, {"boxes": []},
        {"alpha": "0" * 64}, {"alpha": "../../etc/passwd"},
    ],
)  # fmt: skip
def test_what_names_no_matte_is_refused(api, image, result):
    answer = submit_matte(api, image, result)
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json", answer.content
    assert not Annotation.objects.exists() and QueueItem.objects.get().status == "unlabeled"


@pytest.mark.parametrize("field", ["alpha", "trimap"])
def test_a_matte_of_another_size_is_refused(api, image, field):
    result = {"alpha": uploaded(api, disc()), field: uploaded(api, disc(size=(480, 640)))}
    answer = submit_matte(api, image, result)
    assert (
        answer.status_code == 400
        and "480 × 640" in answer.json()["detail"]
        and "640 × 480" in answer.json()["detail"]
    )


def test_nobody_labels_with_another_projects_matte(api, stranger_api, stranger, image, make_images):
    elsewhere = project_create(by=stranger, name="Elsewhere", kind="matting", categories=[])
    sha256 = uploaded(stranger_api, disc())
    assert submit_matte(stranger_api, make_images(elsewhere, 1)[0].pk, {"alpha": sha256}).status_code == 201
    answer = submit_matte(api, image, {"alpha": sha256})
    assert answer.status_code == 400 and "upload it first" in answer.json()["detail"]


def test_a_kept_matte_cannot_be_looked_at_by_who_may_not_see_the_label(api, second_api, twice):
    uuid = uuid4()
    assert submit_matte(api, twice, {"alpha": uploaded(api, disc())}, uuid).status_code == 201
    assert api.get(f"/api/annotations/{uuid}/alpha.png").status_code == 200
    assert second_api.get(f"/api/annotations/{uuid}/alpha.png").status_code == 404


def predicted(portraits, image, levels):
    sha256 = matte_store(project_id=portraits.pk, data=png(levels)).sha256
    said = {
        "id": 1,
        "model_version": 7,
        "number": 1,
        "model": "unet_matting",
        "score": 0.9,
        "uncertainty": 0.1,
        "result": {"alpha": sha256},
    }
    QueueItem.objects.filter(image=image).update(prediction=said)
    return sha256


@pytest.mark.parametrize(
    ("made", "origin"), [(disc(), "accepted"), (disc(125), "corrected"), (disc(40, at=(60, 60)), "drawn")]
)
def test_where_a_matte_came_from_is_told_by_the_predicted_one(api, portraits, image, made, origin):
    predicted(portraits, image, disc())
    item = lease(api, portraits)[0]
    assert item["prediction"]["result"]["alpha"]
    alpha = uploaded(api, made)
    assert submit_matte(api, image, {"alpha": alpha}, assignment=item["assignment"]["id"]).status_code == 201
    (region,) = Annotation.objects.get().regions
    assert region == {"origin": origin, **({"model_version": 7} if origin != "drawn" else {})}


def test_a_predicted_matte_is_accepted_without_being_uploaded(api, portraits, image):
    sha256 = predicted(portraits, image, disc())
    item = lease(api, portraits)[0]
    assert submit_matte(api, image, {"alpha": sha256}, assignment=item["assignment"]["id"]).status_code == 201


@pytest.mark.parametrize(("other", "status"), [(disc(121), "labeled"), (disc(60), "in_review")])
def test_two_people_agree_on_mattes_that_are_alike(api, second_api, portraits, twice, other, status):
    for client, levels in ((api, disc()), (second_api, other)):
        item = lease(client, portraits)[0]
        sha256 = uploaded(client, levels)
        assert (
            submit_matte(client, twice, {"alpha": sha256}, assignment=item["assignment"]["id"]).status_code
            == 201
        )
    assert QueueItem.objects.get().status == status


def test_a_reviewer_mends_a_matte_and_sends_one_back_to_go_on_from(api, manager_api, portraits, image):
    portraits.review = True
    portraits.save()
    first, uuid = uploaded(api, disc()), uuid4()
    assert submit_matte(api, image, {"alpha": first}, uuid).json()["status"] == "in_review"
    sent = {"verdict": "reject", "comment": "The hair is missing."}
    assert manager_api.post(f"/api/annotations/{uuid}/review/", sent, format="json").status_code == 201
    item = lease(api, portraits)[0]
    assert item["sent_back"]["alpha"] == first and item["sent_back"]["comment"] == "The hair is missing."
    again = uuid4()
    assert (
        submit_matte(api, image, {"alpha": first}, again, assignment=item["assignment"]["id"]).status_code
        == 201
    )
    better = uploaded(manager_api, disc(122))
    mended = {"verdict": "accept", "result": {"alpha": better}}
    assert (
        manager_api.post(f"/api/annotations/{again}/review/", mended, format="json").json()["status"]
        == "done"
    )
    assert Annotation.objects.get(current=True).result == {"alpha": better}


def test_a_matting_project_needs_no_category_and_others_do(manager_api):
    made = manager_api.post("/api/projects/", {"name": "Hair", "kind": "matting"}, format="json")
    assert made.status_code == 201 and made.json()["categories"] == []
    named = {"name": "People", "kind": "matting", "categories": [{"name": "person"}]}
    assert (
        manager_api.post("/api/projects/", named, format="json").json()["categories"][0]["name"] == "person"
    )
    for kind in ("classification", "detection"):
        assert (
            manager_api.post("/api/projects/", {"name": "x", "kind": kind}, format="json").status_code == 400
        )
        empty = {"name": "x", "kind": kind, "categories": []}
        assert manager_api.post("/api/projects/", empty, format="json").status_code == 400
    path = f"/api/projects/{made.json()['id']}/"
    assert manager_api.patch(path, {"name": "Long hair"}, format="json").json()["categories"] == []


def test_statistics_tell_how_mattes_came_to_be(api, manager_api, portraits, make_images):
    images = make_images(portraits, 3)
    for image in images[:2]:
        predicted(portraits, image.pk, disc())
    for made in (disc(), disc(125), disc(60)):
        item = lease(api, portraits)[0]
        alpha = uploaded(api, made)
        sent = submit_matte(
            api, item["image"]["id"], {"alpha": alpha}, assignment=item["assignment"]["id"], lead_time_ms=2000
        )
        assert sent.status_code == 201
    said = manager_api.get(f"/api/projects/{portraits.pk}/statistics/").json()
    assert [(row["accepted"], row["corrected"], row["shown"]) for row in said["accepted"]] == [(1, 1, 2)]
    assert said["drawn"] == 1 and said["seconds"]["a_count"] == 2 and said["seconds"]["b_count"] == 1


def test_a_likeness_of_nothing_and_nothing_is_whole():
    from labeling.mattefiles import likeness, preview_of

    empty, full, half = (preview_of(Pillow.new("L", (50, 30), level)) for level in (0, 255, 128))
    assert likeness(empty, empty) == 1 and likeness(empty, full) == 0
    assert likeness(half, full) == pytest.approx(0.5, abs=0.01) and likeness(full, full) == 1


def test_every_kind_says_which_files_its_labels_name():
    assert (
        KINDS["classification"].mattes({"category": "x"}) == []
        and KINDS["detection"].mattes({"boxes": []}) == []
    )
    assert KINDS["matting"].mattes({"alpha": "a", "trimap": "b"}) == ["a", "b"]

"""Near-duplicates: found whatever bits differ, shown as such, and kept out on request."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Image, Project
from labeling.services.images import images_delete, images_restore
from labeling.services.nearduplicates import near_duplicates, near_duplicates_mark, near_duplicates_renew
from labeling.services.renditions import perceptual_hash, renditions_make
from labeling.tasks.imports import import_page_run, import_urls_run
from tests.labeling.test_images import listed
from tests.labeling.test_page_imports import asked, imported, photo, site  # noqa: F401
from tests.pictures import upload


def signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def hashed(make_images, project, values):
    made = make_images(project, len(values))
    for image, value in zip(made, values, strict=True):
        Image.objects.filter(pk=image.pk).update(perceptual_hash=signed(value))
    near_duplicates_mark(project_id=project.pk, ids=[image.pk for image in made])
    return [image.pk for image in made]


def renewed(project, ids):
    """What the worker does after images went or came back."""
    near_duplicates_renew(project_id=project.pk, ids=ids)


def test_images_up_to_six_bits_apart_are_near_wherever_the_bits_are(project, make_images):
    chance = random.Random(5)
    base = chance.getrandbits(64)
    apart = [[], *(chance.sample(range(64), bits) for bits in range(1, 9) for _ in range(40))]
    ids = hashed(make_images, project, [base ^ sum(1 << bit for bit in bits) for bits in apart])
    found = near_duplicates(project_id=project.pk, perceptual_hash=signed(base), of=ids[0], most=1000)
    assert {near.id for near in found} == {
        pk for pk, bits in zip(ids, apart, strict=True) if 0 < len(bits) <= 6
    }
    assert [near.distance for near in found] == sorted(near.distance for near in found)


def test_an_image_shows_its_near_duplicates_and_the_list_those_that_have_any(
    api, stranger_api, project, make_images
):
    first, same, alone, near, unknown = hashed(
        make_images, project, [0xFF00, 0xFF00, 0xABCDEF << 40, 0xFF07, 0]
    )
    Image.objects.filter(pk=unknown).update(perceptual_hash=None)
    other = Project.objects.get(name="Elsewhere")
    hashed(make_images, other, [0xFF00])
    rows = api.get(f"/api/images/{first}/").json()["near_duplicates"]
    assert [(row["id"], row["distance"]) for row in rows] == [(same, 0), (near, 3)]
    assert rows[0]["name"] == Image.objects.get(pk=same).name
    assert api.get(f"/api/images/{alone}/").json()["near_duplicates"] == []
    assert api.get(f"/api/images/{unknown}/").json()["near_duplicates"] == []
    assert listed(api, project, "?near_duplicates=1") == [first, same, near]
    assert listed(api, project, "?near_duplicates=0") == [alone, unknown]
    url = f"/api/projects/{project.pk}/images/"
    for ordering in ("id", "-name"):
        rows = api.get(url, {"ordering": ordering}).json()["results"]
        assert {row["id"] for row in rows if row["has_near_duplicates"]} == {first, same, near}
    assert api.get(url + "?near_duplicates=x").status_code == 400
    assert stranger_api.get(url + "?near_duplicates=1").status_code == 404


def test_a_page_asks_for_near_duplicates_once_however_many_images_it_shows(
    api, project, make_images, django_assert_num_queries
):
    hashed(make_images, project, [0xFF00] * 3)
    url = f"/api/projects/{project.pk}/images/"
    api.get(url)  # which notes that the token is in use
    with CaptureQueriesContext(connection) as few:
        assert all(row["has_near_duplicates"] for row in api.get(url).json()["results"])
    hashed(make_images, project, [0xFF00] * 30)
    with django_assert_num_queries(len(few)):
        assert len(api.get(url).json()["results"]) == 33


def test_what_was_deleted_is_nobodys_near_duplicate_until_it_is_back(api, manager_api, project, make_images):
    first, second, third = hashed(make_images, project, [1, 1, 1 << 60 | 1])
    images_delete(project=project, ids=[first])
    renewed(project, [second, third])
    assert listed(api, project, "?near_duplicates=1") == [second, third]
    images_delete(project=project, ids=[second])  # and the worker has not come to it yet
    assert listed(api, project, "?near_duplicates=1") == []
    rows = api.get(f"/api/projects/{project.pk}/images/").json()["results"]
    assert [(row["id"], row["has_near_duplicates"]) for row in rows] == [(third, False)]
    assert api.get(f"/api/images/{third}/").json()["near_duplicates"] == []
    renewed(project, [third])
    images_restore(project=project, ids=[first])
    renewed(project, [first])
    assert listed(api, project, "?near_duplicates=1") == [first, third]
    assert listed(manager_api, project, "?deleted=1&near_duplicates=1") == []


def test_going_and_coming_back_have_the_marks_made_again(project, make_images, monkeypatch):
    sent = []
    monkeypatch.setattr(
        "labeling.services.nearduplicates.enqueue", lambda *args, **more: sent.append(args[1:])
    )
    first, second, alone = hashed(make_images, project, [3, 3, 0xABCDEF << 40])
    images_delete(project=project, ids=[alone])
    assert sent == []  # nobody was marked with it
    images_delete(project=project, ids=[first])
    images_restore(project=project, ids=[first])
    assert sent == [(project.pk, [second]), (project.pk, [first])]


def test_the_worker_marks_what_it_makes_renditions_of(manager_api, project, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    upload(manager_api, project, {"a.jpg": photo("a"), "b.jpg": photo("b"), "c.jpg": photo("a", quality=60)})
    renditions_make(project_id=project.pk)
    a, _, c = Image.objects.order_by("id").values_list("id", flat=True)
    assert listed(manager_api, project, "?near_duplicates=1") == [a, c]


def test_a_hash_before_the_import_is_the_one_after_it(manager_api, project, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    content = photo("large", (2400, 1800))
    upload(manager_api, project, {"a.jpg": content})
    renditions_make(project_id=project.pk)
    image = Image.objects.get()
    assert perceptual_hash(content=content, sha256=image.sha256) == image.perceptual_hash
    assert perceptual_hash(content=content[:3000], sha256="x") is None


@pytest.mark.django_db(transaction=True)
def test_near_duplicates_are_kept_out_within_a_job_and_across_jobs(manager_api, project, site):  # noqa: F811
    site.pages |= {
        "/p": '<img src="a.jpg"><img src="again.jpg"><img src="b.jpg"><img src="tiny.jpg">',
        "/again.jpg": (200, {}, photo("/a.jpg", quality=50)),
        "/tiny.jpg": (200, {}, photo("/a.jpg", (100, 90))),
    }
    job = imported(manager_api, project, f"{site.url}/p", skip_near_duplicates=True)
    a = Image.objects.get(name="a.jpg").pk
    (kept_out,) = job["result"]["near_duplicates"]
    assert (kept_out["name"], kept_out["id"]) == (f"{site.url}/again.jpg", a) and kept_out["distance"] <= 6
    assert (job["done"], len(job["result"]["created"]), len(job["result"]["rejected"])) == (4, 2, 1)
    site.pages["/q"] = '<img src="a.jpg"><img src="later.jpg">'
    site.pages["/later.jpg"] = (200, {}, photo("/b.jpg", (480, 440)))
    job = imported(manager_api, project, f"{site.url}/q", skip_near_duplicates=True)
    assert [row["id"] for row in job["result"]["duplicates"]] == [a]
    assert [row["id"] for row in job["result"]["near_duplicates"]] == [Image.objects.get(name="b.jpg").pk]
    renditions_make(project_id=project.pk)
    pk = asked(manager_api, project, f"{site.url}/q")  # nobody asked for it this time
    import_page_run(pk, 1)
    assert Image.objects.filter(name="later.jpg").exists()


@pytest.mark.django_db(transaction=True)
def test_a_list_of_addresses_can_keep_them_out_too(manager_api, project, site):  # noqa: F811
    site.pages["/again.jpg"] = (200, {}, photo("/a.jpg", quality=50))
    urls = [f"{site.url}/a.jpg", f"{site.url}/again.jpg"]
    for skip, count in ((True, 1), (False, 2)):
        body = {"urls": urls, "skip_near_duplicates": skip}
        pk = manager_api.post(f"/api/projects/{project.pk}/imports/", body, format="json").json()["id"]
        import_urls_run(pk, 1)
        assert Image.objects.count() == count


@pytest.mark.django_db(transaction=True)
def test_a_deleted_image_keeps_nothing_out(manager_api, project, site):  # noqa: F811
    site.pages |= {"/p": '<img src="a.jpg">', "/q": '<img src="again.jpg">'}
    site.pages["/again.jpg"] = (200, {}, photo("/a.jpg", quality=50))
    imported(manager_api, project, f"{site.url}/p", skip_near_duplicates=True)
    images_delete(project=project, ids=list(Image.objects.values_list("id", flat=True)))
    job = imported(manager_api, project, f"{site.url}/q", skip_near_duplicates=True)
    assert len(job["result"]["created"]) == 1

"""Listing, deleting and restoring images."""

import pytest

from labeling.models import Image, QueueItem
from tests.labeling.test_queue import images_of, lease
from tests.labeling.test_submit import submit


def listed(api, project, query=""):
    answer = api.get(f"/api/projects/{project.pk}/images/{query}")
    assert answer.status_code == 200, answer.json()
    return [row["id"] for row in answer.json()["results"]]


def test_filters_by_status_category_author_split_and_score(api, project, make_images):
    images = make_images(project, 4)
    submit(api, images[0].pk, "engaged")
    submit(api, images[1].pk, "animated")
    Image.objects.filter(pk=images[2].pk).update(split="test", group="g")
    QueueItem.objects.filter(pk=images[3].pk).update(score=0.9)
    pks = [image.pk for image in images]
    assert listed(api, project) == pks
    assert listed(api, project, "?status=labeled") == pks[:2]
    assert listed(api, project, "?category=animated") == [pks[1]]
    assert listed(api, project, "?author=labeler") == pks[:2]
    assert listed(api, project, "?split=test") == listed(api, project, "?group=g") == [pks[2]]
    assert listed(api, project, "?score_min=0.5") == [pks[3]]
    assert listed(api, project, "?ordering=-id") == pks[::-1]


def test_pages_follow_a_cursor(api, project, make_images):
    images = make_images(project, 5)
    first = api.get(f"/api/projects/{project.pk}/images/?page_size=3&ordering=name").json()
    second = api.get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == [image.pk for image in images]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query",
    [
        "?author__password__startswith=p",
        "?ordering=annotations__author__password",
        "?status=x",
        "?score_min=nan1",
        "?queue__slots=1",
    ],
)
def test_filters_and_orderings_are_allow_lists(api, project, query):
    assert api.get(f"/api/projects/{project.pk}/images/{query}").status_code == 400


def test_a_deleted_image_leaves_the_queue_and_comes_back(api, manager_api, project, make_images):
    first, second = make_images(project, 2)
    lease(api, project)
    assert api.delete(f"/api/images/{first.pk}/").status_code == 403
    assert manager_api.delete(f"/api/images/{first.pk}/").status_code == 204
    assert listed(api, project) == [second.pk] and listed(manager_api, project, "?deleted=1") == [first.pk]
    assert api.get(f"/api/projects/{project.pk}/images/?deleted=1").status_code == 403
    assert images_of(lease(api, project, 5)) == [second.pk]
    assert submit(api, first.pk).status_code == 404
    assert manager_api.get(f"/api/projects/{project.pk}/").json()["counts"]["total"] == 1
    assert manager_api.post(f"/api/images/{first.pk}/restore/").status_code == 204
    assert images_of(lease(manager_api, project)) == [first.pk]


def test_skipped_images_are_put_back_into_the_queue(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    api.post(f"/api/assignments/{lease(api, project)[0]['assignment']['id']}/skip/")
    body = {"ids": [image.pk], "action": "requeue"}
    assert manager_api.post(f"/api/projects/{project.pk}/images/bulk/", body, format="json").json() == {
        "changed": 1
    }
    assert images_of(lease(api, project)) == [image.pk]


def test_bulk_changes_touch_no_other_project(stranger_api, stranger, project, make_images):
    from labeling.models import Project

    (image,) = make_images(project, 1)
    elsewhere = Project.objects.get(name="Elsewhere")
    for body in ({"action": "delete"}, {"action": "split", "split": "test"}):
        url = f"/api/projects/{elsewhere.pk}/images/bulk/"
        assert stranger_api.post(url, {"ids": [image.pk], **body}, format="json").json() == {"changed": 0}
        assert (
            stranger_api.post(
                f"/api/projects/{project.pk}/images/bulk/", {"ids": [1], **body}, format="json"
            ).status_code
            == 404
        )
    assert Image.objects.get().split == "" and Image.objects.get().deleted_at is None


def test_renders_never_stand_on_the_held_out_side(manager_api, project, make_images):
    photo, render = make_images(project, 2)
    Image.objects.filter(pk=render.pk).update(source="render")
    body = {"ids": [photo.pk, render.pk], "action": "split", "split": "test"}
    assert manager_api.post(f"/api/projects/{project.pk}/images/bulk/", body, format="json").json() == {
        "changed": 1
    }
    assert Image.objects.get(pk=render.pk).split == ""


def test_an_image_says_why_it_was_skipped(api, labeler, project, make_images):
    (image,) = make_images(project, 1)
    path = f"/api/assignments/{lease(api, project)[0]['assignment']['id']}/skip/"
    assert api.post(path, {"reason": "blurred"}, format="json").status_code == 204
    (skip,) = api.get(f"/api/images/{image.pk}/").json()["skips"]
    assert (skip["reason"], skip["user"]["username"]) == ("blurred", labeler.username)

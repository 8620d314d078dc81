"""More like this one: images by what the production model saw of them."""

import numpy as np
import pytest

from inference.services.results import Said, store
from inference.services.versions import version_set_production
from labeling.models import QueueItem
from labeling.services.images import images_delete
from tests.labeling.test_submit import submit
from vision.embedding import embeddings
from vision.results import Classes

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(make_version, make_images, project):
    """Images whose embeddings turn away from the first one's, further and further."""
    version = make_version()
    version_set_production(version=version)
    images = make_images(project, 6)
    angles = np.linspace(0, 2, 6)
    features = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    result = Classes("engaged", {"engaged": 1.0}).to_json()
    store(version, [
        Said(image.pk, result, 1.0, 0.0, 1.0, embedding=embedding)
        for image, embedding in zip(images, embeddings(features), strict=True)
    ])  # fmt: skip
    return images


def similar(api, image, **params):
    answer = api.get(f"/api/images/{image.pk}/similar/", params)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_the_nearest_come_first_and_the_image_itself_not_at_all(api, seen):
    found = similar(api, seen[0])
    assert [row["id"] for row in found["results"]] == [image.pk for image in seen[1:]]
    assert found["results"][0]["similarity"] == pytest.approx(np.cos(0.4), abs=0.02)
    assert (found["seen"], found["next"], found["reason"], found["unseen"]) == (5, None, "", False)
    middle = similar(api, seen[3])["results"]
    assert {row["id"] for row in middle[:2]} == {seen[2].pk, seen[4].pk}


def test_filters_are_those_of_the_list_and_deleted_images_are_gone(api, project, seen):
    seen[1].split = "test"
    seen[1].save()
    images_delete(project=project, ids=[seen[2].pk])
    assert [row["id"] for row in similar(api, seen[0])["results"]] == [seen[n].pk for n in (1, 3, 4, 5)]
    assert [row["id"] for row in similar(api, seen[0], split="test")["results"]] == [seen[1].pk]
    assert api.get(f"/api/images/{seen[0].pk}/similar/", {"author__password": "x"}).status_code == 400
    assert api.get(f"/api/images/{seen[0].pk}/similar/", {"start": "-1"}).status_code == 400


def test_pages_follow_each_other(api, seen, monkeypatch):
    monkeypatch.setattr("inference.api.similar.PAGE", 2)
    first = similar(api, seen[0])
    second = similar(api, seen[0], start=first["next"])
    third = similar(api, seen[0], start=second["next"])
    ids = [row["id"] for page in (first, second, third) for row in page["results"]]
    assert ids == [image.pk for image in seen[1:]] and third["next"] is None


def test_where_nothing_can_be_compared_the_answer_says_why(api, project, make_images, make_version):
    image, faceless, failed, damaged = make_images(project, 4)
    nobody = similar(api, image)
    assert "No version is in production" in nobody["reason"] and not nobody["unseen"]
    version = make_version()
    version_set_production(version=version)
    unseen = similar(api, image)
    assert "has not seen this image yet: pre-label all" in unseen["reason"] and unseen["unseen"]
    store(version, [
        Said(faceless.pk, Classes(None, {}, reason="no face").to_json(), None, None, 1.0),
        Said(failed.pk, None, None, None, 1.0, error="its file is missing"),
    ])  # fmt: skip
    for seen in (faceless, failed):
        found = similar(api, seen)
        assert "has seen this image, and found nothing" in found["reason"] and not found["unseen"]
    damaged.error = "truncated"
    damaged.save()
    assert "damaged" in similar(api, damaged)["reason"] and not similar(api, damaged)["unseen"]


def test_a_labeler_learns_of_no_open_image_what_another_person_said(api, manager_api, project, seen):
    project.overlap = 2
    project.save()
    QueueItem.objects.filter(image=seen[1]).update(slots=2)
    assert submit(manager_api, seen[1].pk, "animated").status_code == 201
    by_id = {row["id"]: row["category"] for row in similar(api, seen[0])["results"]}
    assert by_id[seen[1].pk] is None
    assert similar(api, seen[0], category="animated")["results"] == []
    assert [row["id"] for row in similar(manager_api, seen[0], category="animated")["results"]] == [
        seen[1].pk
    ]
    assert api.get(f"/api/images/{seen[0].pk}/similar/", {"deleted": "1"}).status_code == 403

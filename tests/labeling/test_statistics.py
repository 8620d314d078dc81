"""What the project's page says of the work is what the labels say."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from labeling.models import Annotation, Assignment, Image, QueueItem
from labeling.services.images import images_delete


@pytest.fixture
def labeled(project, labeler, make_images):
    """`labeled(seconds, origin=…, version=…)`: an image with a label of the labeler's."""

    def make(
        seconds=2.0, *, version=None, accepted=True, category="engaged", created=None, split="", **fields
    ):
        (image,) = make_images(project, 1, status="labeled", category=category)
        Image.objects.filter(pk=image.pk).update(split=split)
        said = {"model_version": version, "model": "two_stage", "number": 4} if version else None
        lease = Assignment.objects.create(
            image=image,
            project=project,
            user=labeler,
            state="submitted",
            expires=timezone.now(),
            prediction=said,
        )
        region = (
            {"origin": "accepted" if accepted else "corrected", "model_version": version}
            if version
            else {"origin": "drawn"}
        )
        row = Annotation.objects.create(
            image=image, project=project, author=labeler, assignment=lease, digest="x", regions=[region],
            result={"category": category}, lead_time_ms=int(seconds * 1000), **fields,
        )  # fmt: skip
        if created:
            Annotation.objects.filter(pk=row.pk).update(created=created)
        return row

    return make


def statistics(api, project, **params):
    answer = api.get(f"/api/projects/{project.pk}/statistics/", params)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def test_a_project_without_labels_has_empty_figures(api, project):
    said = statistics(api, project)
    assert (said["days"], said["accepted"], said["balance"]) == ([], [], [])
    assert said["seconds"] == {"a": None, "b": None, "a_count": 0, "b_count": 0, "difference": None, "low": None, "high": None}  # fmt: skip


def test_days_begin_where_the_person_lives(api, project, labeled):
    day = datetime.now(UTC).replace(hour=23, minute=30) - timedelta(days=2)
    labeled(created=day)
    labeled(created=day + timedelta(hours=2))
    labeled(created=day - timedelta(days=90))
    assert [row["labels"] for row in statistics(api, project)["days"]] == [1, 1]
    assert [row["labels"] for row in statistics(api, project, timezone="Asia/Tokyo")["days"]] == [2]
    answer = api.get(f"/api/projects/{project.pk}/statistics/", {"timezone": "Nowhere'; --"})
    assert answer.status_code == 400 and "Europe/Berlin" in answer.json()["detail"]


def test_what_pre_labels_save_has_an_interval_that_says_how_sure_it_is(api, project, labeled):
    for n in range(12):
        labeled(1.0 + n / 100, version=7)
        labeled(3.0 + n / 100)
    found = statistics(api, project)["seconds"]
    assert (found["a_count"], found["b_count"]) == (12, 12)
    assert found["difference"] == pytest.approx(-2.0) and found["low"] < -2.0 < found["high"] < 0


def test_with_few_labels_no_difference_is_claimed(api, project, labeled):
    for _ in range(9):
        labeled(1.0, version=7)
        labeled(3.0)
    found = statistics(api, project)["seconds"]
    assert found["a"] == 1.0 and found["b"] == 3.0 and found["difference"] is None


def test_undone_corrected_late_and_imported_labels_do_not_count_as_first_ones(api, project, labeled):
    first = labeled(2.0)
    labeled(50.0, withdrawn=True)
    labeled(50.0, origin="import")
    labeled(50.0, replaces=first)
    labeled(50.0, late=True)
    found = statistics(api, project)
    assert found["seconds"]["b_count"] == 1 and found["seconds"]["b"] == 2.0
    assert [row["labels"] for row in found["days"]] == [2]  # a late one was made, too


def test_the_accepted_share_is_told_by_model_version(api, project, labeled):
    for accepted in (True, True, False):
        labeled(version=7, accepted=accepted)
    labeled(version=9)
    labeled()
    rows = statistics(api, project)["accepted"]
    assert [(row["model_version"], row["accepted"], row["shown"]) for row in rows] == [(9, 1, 1), (7, 2, 3)]
    assert rows[0]["model"] == "two_stage" and rows[0]["number"] == 4


def test_the_balance_counts_what_stands_in_each_split(api, project, labeled):
    labeled(split="train")
    labeled(split="train", category="animated")
    gone = labeled(split="test")
    QueueItem.objects.filter(image=labeled(split="test").image).update(status="done")
    images_delete(project=project, ids=[gone.image_id])
    rows = statistics(api, project)["balance"]
    assert rows == [
        {"split": "test", "categories": {"engaged": 1}},
        {"split": "train", "categories": {"engaged": 1, "animated": 1}},
    ]

"""A queue of what the model is least sure of in which no two look alike."""

import numpy as np
import pytest

from inference.services.diversity import RANKED, queue_diversify, queues_diversify_due
from inference.services.results import Said, store
from inference.services.versions import version_set_production
from inference.tasks import queue_diversify as task
from labeling.models import Project, QueueItem
from tests.labeling.test_queue import images_of, lease
from vision.embedding import SIZE, embeddings
from vision.sampling import diverse

pytestmark = pytest.mark.django_db
RESULT = {
    "category": "engaged",
    "scores": {"engaged": 0.8},
    "faces": [],
    "entities": [],
    "distracted": False,
    "reason": "",
}


def looks(*directions):
    """Embeddings of images that look in these directions, given as numbers of unlike ones."""
    return embeddings(np.eye(SIZE, dtype=np.float32)[list(directions)])


@pytest.fixture
def version(make_version, project):
    Project.objects.filter(pk=project.pk).update(sampling="diverse")
    version = make_version()
    version_set_production(version=version)
    return version


def saw(version, images, directions, uncertainty):
    rows = zip(images, looks(*directions), uncertainty, strict=True)
    store(version, [Said(image.pk, RESULT, 0.8, unsure, 1.0, embedding=look) for image, look, unsure in rows])


def test_what_looks_like_what_was_chosen_comes_later():
    rows = b"".join(looks(0, 0, 1, 2))
    assert diverse(rows, np.array([0.9, 0.8, 0.5, 0.2]), b"", 10).tolist() == [0, 2, 3, 1]
    assert diverse(rows, np.array([0.9, 0.8, 0.5, 0.2]), b"".join(looks(1)), 2).tolist() == [0, 3]
    assert diverse(b"", np.array([]), b"", 5).tolist() == []


def test_the_next_images_are_unsure_and_unlike(api, project, make_images, version):
    images = make_images(project, 5)
    saw(version, images, [0, 0, 0, 1, 2], [0.9, 0.8, 0.7, 0.5, 0.4])
    assert queue_diversify(project_id=project.pk) == 5
    ids = [image.pk for image in images]
    assert images_of(lease(api, project, 5)) == [ids[0], ids[3], ids[4], ids[1], ids[2]]


def test_what_no_version_has_seen_comes_last_and_is_given_out_all_the_same(
    api, project, make_images, version
):
    unseen, seen = make_images(project, 2)
    saw(version, [seen], [0], [0.1])
    task(project.pk)
    assert images_of(lease(api, project, 2)) == [seen.pk, unseen.pk]


def test_labeled_images_are_kept_away_from(api, project, make_images, version):
    labeled, twin, other = make_images(project, 3)
    saw(version, [labeled, twin, other], [0, 0, 1], [0.9, 0.9, 0.5])
    QueueItem.objects.filter(image=labeled).update(slots=0, status="labeled", labeled_at="2026-01-01T00:00Z")
    queue_diversify(project_id=project.pk)
    assert images_of(lease(api, project, 2)) == [other.pk, twin.pk]
    assert QueueItem.objects.get(image=labeled).rank is None


def test_ranks_of_before_go_when_others_come(project, make_images, version):
    images = make_images(project, 3)
    QueueItem.objects.update(rank=7)
    saw(version, images[:1], [0], [0.5])
    assert queue_diversify(project_id=project.pk) == 1
    assert list(QueueItem.objects.order_by("image").values_list("rank", flat=True)) == [1, None, None]


def test_beat_ranks_where_few_are_left(project, make_images, version):
    assert queues_diversify_due() == 0
    saw(version, make_images(project, 2), [0, 1], [0.5, 0.6])
    assert queues_diversify_due() == 1
    assert queues_diversify_due() == 0  # nothing waits unranked
    assert RANKED > 2


def test_another_order_or_no_version_ranks_nothing(project, make_images, make_version):
    make_images(project, 1)
    Project.objects.update(sampling="diverse")
    assert queue_diversify(project_id=project.pk) == 0
    version_set_production(version=make_version())
    Project.objects.update(sampling="random")
    assert queue_diversify(project_id=project.pk) == 0


def test_a_manager_chooses_it_and_it_is_ranked(
    manager_api, project, monkeypatch, django_capture_on_commit_callbacks
):
    from celery import current_app

    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args, **_: sent.append((name, args)))
    with django_capture_on_commit_callbacks(execute=True):
        answer = manager_api.patch(f"/api/projects/{project.pk}/", {"sampling": "diverse"}, format="json")
    assert answer.status_code == 200 and ("inference.tasks.queue_diversify", (project.pk,)) in sent

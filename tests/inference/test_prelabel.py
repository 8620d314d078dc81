"""Pre-labeling, one task of the chain after another in this process, on the real database."""

import time
from collections import deque
from threading import Thread

import numpy as np
import pytest
from django.db import connection, transaction

from inference.models import Prediction
from inference.services import predicting, prelabel
from inference.services.prelabel import prelabel_new, prelabel_start
from inference.services.results import Said, store
from inference.services.versions import version_set_production
from inference.tasks import prelabel_chunk
from labeling.models import Image, Job, QueueItem
from labeling.services.jobs import job_cancel, jobs_requeue_stale
from tests.conftest import until
from tests.inference.conftest import shown
from vision.results import Classes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sent(monkeypatch):
    """What would go to the inference queue."""
    tasks = []
    monkeypatch.setattr(prelabel, "enqueue", lambda task, *args, **kwargs: tasks.append((task, args)))
    return tasks


def go(job, sent, most=100):
    """Carry the chain on until it ends; how many tasks it took."""
    args, count = (job.pk, job.attempt, job.step), 0
    while args and count < most:
        before = len(sent)
        prelabel_chunk(*args)
        args, count = (sent[-1][1] if len(sent) > before else None), count + 1
    job.refresh_from_db()
    return count


class Stub:
    """A predictor that does what a test tells it."""

    def __init__(self, predict):
        self.predict = predict


@pytest.fixture
def predictor(monkeypatch):
    def use(predict):
        monkeypatch.setattr(prelabel, "predictor_for", lambda version: Stub(predict))

    return use


ENGAGED = Classes("engaged", {"engaged": 0.7, "non-engaged": 0.2, "animated": 0.1})


def test_every_image_is_predicted_stored_and_shown(make_version, make_frames, project, sent):
    make_frames(project, 30)
    version = make_version()
    version_set_production(version=version)
    job = Job.objects.get()
    go(job, sent)
    assert (job.state, job.done, job.total, job.errors) == ("succeeded", 30, 30, [])
    assert job.result == {"predicted": 30, "failed": 0}
    assert Prediction.objects.filter(model_version=version).count() == 30
    assert shown(project) == ["engaged"] * 30
    row = QueueItem.objects.first()
    assert row.score == pytest.approx(0.8) and row.uncertainty == pytest.approx(0.3)


def test_equal_places_in_a_random_queue_lose_no_image(make_version, make_frames, project, sent, monkeypatch):
    monkeypatch.setattr(prelabel, "FIRST", 4)
    monkeypatch.setattr(prelabel, "MOST", 4)
    project.sampling = "random"
    project.save()
    make_frames(project, 25)
    QueueItem.objects.update(random=0.5)
    job = prelabel_start(version=make_version(), by=None)
    assert go(job, sent) > 5
    assert Prediction.objects.count() == 25 and job.state == "succeeded"


def test_what_people_meet_next_comes_first(make_version, make_frames, project, sent):
    project.sampling = "random"
    project.save()
    done = make_frames(project, 3, status="done", slots=0)
    queued = make_frames(project, 8)
    for place, image in enumerate(reversed(queued)):
        QueueItem.objects.filter(image=image).update(random=place / 10)
    go(prelabel_start(version=make_version(), by=None), sent)
    order = list(Prediction.objects.order_by("id").values_list("image_id", flat=True))
    assert order == [image.pk for image in [*reversed(queued), *done]]


def test_a_status_or_ids_narrow_the_job(make_version, make_frames, project, sent):
    frames = make_frames(project, 4)
    done = make_frames(project, 2, status="done", slots=0)
    version = make_version()
    go(prelabel_start(version=version, by=None, status="done"), sent)
    assert set(Prediction.objects.values_list("image", flat=True)) == {image.pk for image in done}
    go(prelabel_start(version=version, by=None, ids=[frames[1].pk, done[0].pk]), sent)
    assert Prediction.objects.count() == 3


def test_ids_of_another_project_are_passed_over(make_version, make_frames, project, stranger, sent):
    from labeling.models import Project

    (theirs,) = make_frames(Project.objects.get(name="Elsewhere"), 1)
    job = prelabel_start(version=make_version(), by=None, ids=[theirs.pk])
    go(job, sent)
    assert (job.state, job.done) == ("succeeded", 0) and not Prediction.objects.exists()


def test_deleted_and_unreadable_images_are_left_out(make_version, make_frames, project, sent):
    gone, bad, raw, _ = make_frames(project, 4)
    Image.objects.filter(pk=gone.pk).update(deleted_at="2026-01-01T00:00Z")
    Image.objects.filter(pk=bad.pk).update(error="damaged")
    Image.objects.filter(pk=raw.pk).update(ready=False)
    go(prelabel_start(version=make_version(), by=None), sent)
    assert Prediction.objects.count() == 1


def test_an_image_that_fails_is_recorded_and_holds_up_nothing(make_version, make_frames, project, sent):
    images = make_frames(project, 20, broken=(3, 11))
    from django.core.files.storage import default_storage

    default_storage.delete(images[5].file_key)
    version = make_version()
    version_set_production(version=version)
    job = Job.objects.get()
    go(job, sent)
    assert job.state == "succeeded" and job.result == {"predicted": 17, "failed": 3}
    assert {row["item"] for row in job.errors} == {f"image {images[n].pk}" for n in (3, 5, 11)}
    failed = Prediction.objects.get(image=images[3])
    assert failed.result is None and failed.error == "no JPEG, PNG or WebP"
    assert "missing" in Prediction.objects.get(image=images[5]).error
    assert [n for n, category in enumerate(shown(project)) if category is None] == [3, 5, 11]
    assert prelabel_new(project_id=project.pk) is None  # it is not tried for ever


def test_of_a_batch_that_fails_only_the_culprit_does(
    make_version, make_frames, project, sent, predictor, monkeypatch
):
    monkeypatch.setattr(prelabel, "SECONDS", 60)  # so that a batch is a whole one on however busy a machine
    images = make_frames(project, 12)
    calls = []

    def predict(arrays):
        calls.append(len(arrays))
        if any(array.shape[0] == 7 for array in arrays):
            raise RuntimeError("seven\0 rows")
        return [ENGAGED] * len(arrays)

    read = predicting.read
    odd = np.zeros((7, 7, 3), np.uint8)
    predictor(predict)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predicting, "read", lambda image: odd if image.pk == images[2].pk else read(image))
        job = prelabel_start(version=make_version(), by=None)
        go(job, sent)
    assert Prediction.objects.exclude(error="").get().error == "the model failed: RuntimeError: seven rows"
    assert Prediction.objects.filter(error="").count() == 11 and calls == [1, 8] + [1] * 8 + [3]


@pytest.mark.parametrize(
    "answer",
    [
        Classes("engaged", {"engaged": float("nan")}),
        Classes("engaged", {"engaged": 1.2}),
        Classes("other", {"engaged": 0.2}),
        None,
    ],
)
def test_a_result_that_is_not_valid_is_not_stored(
    make_version, make_frames, project, sent, predictor, answer
):
    make_frames(project, 2)
    predictor(lambda arrays: [answer] * len(arrays))
    job = prelabel_start(version=make_version(), by=None)
    go(job, sent)
    assert job.result == {"predicted": 0, "failed": 2}
    assert all(row.result is None and "not valid" in row.error for row in Prediction.objects.all())


def test_a_predictor_that_answers_too_little_fails_its_images_and_not_the_job(
    make_version, make_frames, project, sent, predictor
):
    make_frames(project, 3)
    predictor(lambda arrays: [])
    job = prelabel_start(version=make_version(), by=None)
    go(job, sent)
    assert job.state == "succeeded" and job.result["failed"] == 3


def test_a_task_delivered_twice_changes_nothing(make_version, make_frames, project, sent, monkeypatch):
    monkeypatch.setattr(prelabel, "FIRST", 5)
    monkeypatch.setattr(prelabel, "MOST", 5)
    make_frames(project, 12)
    job = prelabel_start(version=make_version(), by=None)
    prelabel_chunk(job.pk, 1, 0)
    done = Prediction.objects.count()
    assert done == 5 and len(sent) == 1
    prelabel_chunk(job.pk, 1, 0)
    assert Prediction.objects.count() == done and len(sent) == 1


def test_an_attempt_that_was_taken_over_writes_nothing(make_version, make_frames, project, sent):
    make_frames(project, 3)
    job = prelabel_start(version=make_version(), by=None)
    Job.objects.filter(pk=job.pk).update(attempt=2)
    prelabel_chunk(job.pk, 1, 0)
    assert not Prediction.objects.exists() and not sent


def test_an_image_that_kills_its_worker_is_passed_over_by_the_third_attempt(
    make_version, make_frames, project, sent, predictor
):
    images = make_frames(project, 6)
    poison = images[2].pk

    class Death(BaseException):
        pass

    deadly = []
    read = predicting.read

    def reads(image):
        pixels = read(image)
        if image.pk == poison:
            deadly.append(pixels)
        return pixels

    def predict(arrays):
        if any(array is one for array in arrays for one in deadly):
            raise Death
        return [ENGAGED] * len(arrays)

    predictor(predict)
    job = prelabel_start(version=make_version(), by=None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(predicting, "read", reads)
        for attempt in (1, 2):
            job.refresh_from_db()
            assert job.attempt == attempt
            with pytest.raises(Death):
                prelabel_chunk(job.pk, attempt, 0)
            Job.objects.update(heartbeat="2026-01-01T00:00Z")
            assert jobs_requeue_stale() == 1
        job.refresh_from_db()
        go(job, sent)
    assert job.state == "succeeded" and job.result == {"predicted": 5, "failed": 1}
    assert Prediction.objects.get(image=poison).error == "the worker died while it was predicted"


def sizes(images: list[Image]) -> list[int]:
    waiting, found = deque(images), []
    while waiting:
        found.append(len(predicting._next_batch(waiting, 8)))
    return found


def test_a_batch_is_bounded_by_its_pixels():
    assert sizes([Image(width=10_000, height=4_000) for _ in range(5)]) == [2, 2, 1]
    assert sizes([Image(width=20_000, height=10_000) for _ in range(2)]) == [1, 1]
    assert sizes([Image(width=640, height=480) for _ in range(20)]) == [8, 8, 4]


def test_a_slow_model_is_given_few_images_at_once(make_version, make_frames, project, sent, predictor):
    make_frames(project, 7)
    job = prelabel_start(version=make_version(), by=None)
    asked = []

    def predict(arrays):
        asked.append(len(arrays))
        time.sleep(0.3 * len(arrays))
        return [ENGAGED] * len(arrays)

    predictor(predict)
    go(job, sent)
    assert job.state == "succeeded" and sum(asked) == 7 and max(asked) <= 2


def test_a_quick_model_is_given_whole_batches_from_its_second_call_on(
    make_version, make_frames, project, sent, predictor, monkeypatch
):
    monkeypatch.setattr(prelabel, "SECONDS", 60)  # on however busy a machine
    make_frames(project, 20)
    job = prelabel_start(version=make_version(), by=None)
    asked = []

    def predict(arrays):
        asked.append(len(arrays))
        return [ENGAGED] * len(arrays)

    predictor(predict)
    go(job, sent)
    assert job.state == "succeeded" and asked == [1, 8, 8, 3]


def test_cancel_ends_it_between_batches(make_version, make_frames, project, sent, predictor, monkeypatch):
    monkeypatch.setattr(prelabel, "LOOK_SECONDS", 0)
    make_frames(project, 60)
    job = prelabel_start(version=make_version(), by=None)
    asked = []

    def predict(arrays):
        asked.append(len(arrays))
        if len(asked) == 2:
            job_cancel(job=job)
        return [ENGAGED] * len(arrays)

    predictor(predict)
    go(job, sent)
    assert job.state == "cancelled" and len(asked) == 2
    assert Prediction.objects.count() == job.done == sum(asked)  # what was done stays


def test_a_model_whose_files_are_broken_fails_the_job_with_the_reason(
    make_version, make_frames, project, sent, media
):
    make_frames(project, 1)
    version = make_version()
    for file in (media / version.weights).iterdir():
        file.write_text("{}")
    job = prelabel_start(version=version, by=None)
    with pytest.raises(ValueError):
        prelabel_chunk(job.pk, 1, 0)
    job.refresh_from_db()
    assert job.state == "failed" and "missing or were changed" in job.errors[0]["reason"]


def test_new_images_start_a_job_once(make_version, make_frames, project, sent):
    assert prelabel_new(project_id=project.pk) is None  # no version
    version_set_production(version=make_version())
    go(Job.objects.get(), sent)
    assert prelabel_new(project_id=project.pk) is None  # no images
    make_frames(project, 3)
    job = prelabel_new(project_id=project.pk)
    assert job.total == 3 and prelabel_new(project_id=project.pk) is None
    go(job, sent)
    assert shown(project) == ["engaged"] * 3 and prelabel_new(project_id=project.pk) is None


def test_images_that_come_while_a_job_runs_are_met_by_it(make_version, make_frames, project, sent, predictor):
    project.sampling = "random"
    project.save()
    make_frames(project, 3, random=0.9)
    late = []

    def predict(arrays):
        if not late:
            late.extend(make_frames(project, 2, random=0.1))  # before the place where the job stands
            assert prelabel_new(project_id=project.pk) is None
        return [ENGAGED] * len(arrays)

    predictor(predict)
    version_set_production(version=make_version())
    job = Job.objects.get()
    go(job, sent)
    assert job.state == "succeeded" and Prediction.objects.count() == 5 and Job.objects.count() == 1


def test_a_job_ends_when_its_version_leaves_production(make_version, make_frames, project, sent):
    make_frames(project, 3)
    version_set_production(version=make_version())
    old = Job.objects.get()
    version_set_production(version=make_version("animated"))
    go(old, sent)
    assert old.state == "cancelled" and not Prediction.objects.exists()
    go(Job.objects.latest("id"), sent)
    assert shown(project) == ["animated"] * 3


def test_a_large_queue_is_rewritten_a_few_rows_at_a_time(
    make_version, make_images, project, sent, monkeypatch
):
    from inference.services import versions

    monkeypatch.setattr(versions, "SHOWN_AT_ONCE", 3)
    monkeypatch.setattr(prelabel, "SHOW", 4)
    images = make_images(project, 12)
    for version in (old := make_version(), new := make_version("animated")):
        category = "engaged" if version == old else "animated"
        result = {"category": category, "scores": {category: 0.9}}
        store(version, [Said(image.pk, result, 0.9, 0.2, 1) for image in images])
    version_set_production(version=new)
    assert shown(project).count("animated") == 3
    go(Job.objects.get(), sent)
    assert shown(project) == ["animated"] * 12


@pytest.mark.parametrize("promotion_first", [True, False])
def test_a_prediction_stored_beside_a_promotion_is_shown(make_version, make_images, project, promotion_first):
    """Whichever of the two commits first, the other one waits for it and sees it."""
    (image,) = make_images(project, 1)
    version = make_version()
    said = [Said(image.pk, ENGAGED.to_json(), 0.7, 0.5, 1)]
    works = [lambda: version_set_production(version=version), lambda: store(version, said)]
    first, second = works if promotion_first else works[::-1]

    def other():
        try:
            second()
        finally:
            connection.close()

    thread = Thread(target=other)
    with transaction.atomic():
        first()
        thread.start()
        until(lambda: waiting_for_a_lock() or not thread.is_alive(), 10, "the other one to wait")
        assert thread.is_alive()
    thread.join(10)
    assert shown(project) == ["engaged"]


def waiting_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_uploads_go_on_while_a_job_is_decided_on(make_version, make_images, project):
    from inference.services.prelabel import _locked

    begun = []

    def upload():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
            begun.append(len(make_images(project, 1)))
        finally:
            connection.close()

    with transaction.atomic():
        _locked(project.pk)
        thread = Thread(target=upload)
        thread.start()
        thread.join(10)
    assert begun == [1]

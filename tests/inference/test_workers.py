"""Pre-labeling and predictions by real Celery workers, killed in the middle."""

import io
import time
from threading import Timer

import pytest

from inference.models import Prediction
from inference.services.calls import ALIVE
from inference.services.prelabel import CHUNK, SECONDS, prelabel_start
from inference.services.versions import version_set_production
from labeling.enqueue import enqueue
from labeling.models import Job
from labeling.services import jobs
from labeling.services.jobs import job_cancel, jobs_requeue_stale
from tests.conftest import until
from tests.inference.conftest import shown
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)


def state(job):
    job.refresh_from_db()
    return job.state


def pairs():
    return list(Prediction.objects.values_list("image", "model_version"))


def test_a_worker_killed_in_the_middle_loses_nothing_and_repeats_nothing(
    workers, make_version, make_frames, project, monkeypatch
):
    make_frames(project, 6_000)
    version = make_version()
    version_set_production(version=version)
    job = Job.objects.get()
    first = workers.start("inference")
    until(Prediction.objects.exists, 60, "the first chunk")
    workers.kill(first)
    before = pairs()
    assert 0 < len(before) < 6_000
    monkeypatch.setattr(jobs, "STALE_SECONDS", 0)  # as if its last sign of life were half a minute old
    # Its transaction may hold the row until the database notices: beat, too, asks again.
    until(lambda: jobs_requeue_stale() == 1, 20, "the job to be found")
    assert state(job) == "queued" and job.attempt == 2
    workers.start("inference")
    until(lambda: state(job) in Job.FINISHED, 60, "the second attempt")
    assert job.state == "succeeded" and job.attempt == 2 and job.result == {"predicted": 6_000, "failed": 0}
    after = pairs()
    assert len(after) == len(set(after)) == 6_000 and set(before) <= set(after)
    assert shown(project) == ["engaged"] * 6_000


def test_tasks_delivered_twice_to_two_workers_predict_once(workers, make_version, make_frames, project):
    make_frames(project, 1_500)
    job = prelabel_start(version=make_version(), by=None)
    for step in (0, 0, 1, 2, 3):
        enqueue(CHUNK, job.pk, 1, step, queue="inference")
    workers.start("inference")
    workers.start("inference")
    until(lambda: state(job) in Job.FINISHED, 60, "the job")
    assert job.state == "succeeded" and job.done == 1_500
    assert len(pairs()) == len(set(pairs())) == 1_500


def test_a_running_job_is_cancelled_within_seconds(workers, make_version, make_frames, project):
    make_frames(project, 6_000)
    job = prelabel_start(version=make_version(), by=None)
    workers.start("inference")
    until(Prediction.objects.exists, 60, "the first chunk")
    begun = time.monotonic()
    job_cancel(job=job)
    until(lambda: state(job) in Job.FINISHED, 10, "the end")
    assert job.state == "cancelled" and time.monotonic() - begun < 5
    assert Prediction.objects.count() == job.done < 6_000


def test_the_prediction_api_answers_while_images_are_pre_labeled(
    workers, broker, make_version, make_frames, project, api
):
    make_frames(project, 6_000)
    version = make_version()
    version_set_production(version=version)
    workers.start("inference")
    until(lambda: broker.exists(ALIVE) and Prediction.objects.exists(), 60, "a busy worker")
    job, times = Job.objects.get(), []
    for number in range(5):
        file = io.BytesIO(jpeg(number))
        file.name = "a.jpg"
        begun = time.monotonic()
        answer = api.post(f"/api/projects/{project.pk}/predict/", {"image": file}, format="multipart")
        times.append(time.monotonic() - begun)
        assert answer.status_code == 200 and answer.json()["model_version"] == version.pk
    assert state(job) == "running" and sorted(times)[2] < SECONDS  # they did not wait for a chunk's end


def test_a_worker_told_to_stop_leaves_no_caller_waiting(
    workers, broker, make_version, project, api, settings
):
    settings.PREDICT_TIMEOUT = 60
    version = make_version()
    process = workers.start("inference")
    until(lambda: broker.exists(ALIVE), 60, "the worker")
    answers, times = [], []
    while answers.count(503) < 3:
        if answers == [200]:  # its model is loaded
            Timer(0.3, process.terminate).start()
            settings.PREDICT_TIMEOUT = 10
        file = io.BytesIO(jpeg(len(answers)))
        file.name = "a.jpg"
        begun = time.monotonic()
        answer = api.post(f"/api/models/{version.pk}/predict/", {"image": file}, format="multipart")
        answers.append(answer.status_code)
        times.append(time.monotonic() - begun)
    assert set(answers) == {200, 503} and answers == sorted(answers)
    assert max(times[1:]) < 3  # the refusals came at once
    process.wait(60)

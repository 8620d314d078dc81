"""The job machine: one attempt at a time, nothing lost when a worker dies, nothing done by an attempt that is over."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from labeling.models import Job
from labeling.services import jobs
from labeling.services.jobs import (
    MAX_ATTEMPTS,
    Cancelled,
    Superseded,
    job_cancel,
    job_continue,
    job_create,
    job_resume,
    job_start,
    jobs_requeue_stale,
)
from tests.conftest import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(project, manager):
    return job_create(
        project=project,
        kind="import",
        task="no.such.task",
        queue="nobody-listens",
        by=manager,
        params={},
        total=3,
    )


def silence(job, seconds=120):
    Job.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(seconds=seconds))


def test_a_message_delivered_twice_starts_the_job_once(job):
    assert job_start(job_id=job.pk, attempt=1) is not None
    assert job_start(job_id=job.pk, attempt=1) is None


def test_a_block_that_ends_well_succeeds_and_one_that_raises_fails_with_its_reason(job, project, manager):
    with job_start(job_id=job.pk, attempt=1) as run:
        run.progress(2)
        run.log("two of three")
        run.error("c.jpg", "is damaged")
    job.refresh_from_db()
    assert (job.state, job.done, job.log) == ("succeeded", 2, "two of three\n")
    assert job.errors == [{"item": "c.jpg", "reason": "is damaged"}] and job.finished
    other = job_create(project=project, kind="import", task="t", queue="q", by=manager, params={})
    with pytest.raises(ZeroDivisionError), job_start(job_id=other.pk, attempt=1):
        1 / 0  # noqa: B018
    other.refresh_from_db()
    assert other.state == "failed" and "ZeroDivisionError" in other.errors[0]["reason"]


def test_cancelling_a_running_job_ends_it_at_its_next_look(job):
    with job_start(job_id=job.pk, attempt=1) as run:
        job_cancel(job=job)
        with pytest.raises(Cancelled):
            run.check_cancelled()
        raise Cancelled
    job.refresh_from_db()
    assert job.state == "cancelled" and job.finished


def test_a_job_whose_worker_died_goes_on_as_a_new_attempt_and_the_old_one_writes_nothing(job):
    old = job_start(job_id=job.pk, attempt=1)
    assert jobs_requeue_stale() == 0
    silence(job)
    assert jobs_requeue_stale() == 1
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("queued", 2)
    for write in (lambda: old.progress(3), lambda: old.log("x"), lambda: old.finish("succeeded")):
        with pytest.raises(Superseded):
            write()
    assert old.cancelled()
    assert job_start(job_id=job.pk, attempt=1) is None
    with job_start(job_id=job.pk, attempt=2) as run:
        run.progress(3)
    job.refresh_from_db()
    assert (job.state, job.done) == ("succeeded", 3)


def test_a_job_is_given_up_after_three_attempts_with_a_word_of_why(job):
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert job_start(job_id=job.pk, attempt=attempt)
        silence(job)
        jobs_requeue_stale()
    job.refresh_from_db()
    assert job.state == "failed" and "worker" in job.errors[0]["item"]


def test_a_job_that_is_resumed_has_three_attempts_again_and_forgets_what_ended_it(job):
    with job_start(job_id=job.pk, attempt=1) as run:
        run.progress(2)
        run.error("c.jpg", "is damaged")
        job_cancel(job=job)
        raise Cancelled
    assert job_resume(job=job) and not job_resume(job=job)
    assert (job.state, job.attempt, job.done, job.finished) == ("queued", 4, 2, None)
    assert job_start(job_id=job.pk, attempt=1) is None
    for attempt in (4, 5, 6):
        assert job_start(job_id=job.pk, attempt=attempt)
        silence(job)
        jobs_requeue_stale()
    job.refresh_from_db()
    assert (job.state, len(job.errors)) == ("failed", 2)
    assert job_resume(job=job) and job.attempt == 7
    assert job.errors == [{"item": "c.jpg", "reason": "is damaged"}] and not job.cancel_requested
    with job_start(job_id=job.pk, attempt=7):
        pass
    assert not job_resume(job=job) and job.state == "succeeded"


def test_a_queued_job_whose_message_was_lost_is_sent_again_as_the_same_attempt(job):
    silence(job, 3600)
    assert jobs_requeue_stale() == 1
    job.refresh_from_db()
    assert (job.state, job.attempt) == ("queued", 1)


def test_a_chain_goes_on_step_by_step_and_a_twin_of_a_step_is_not_continued(job):
    first = job_continue(job_id=job.pk, attempt=1, step=0)
    assert first.advance(0, done=1) is True
    assert first.advance(0, done=1) is False
    assert job_continue(job_id=job.pk, attempt=1, step=0) is None
    second = job_continue(job_id=job.pk, attempt=1, step=1)
    assert second.advance(1, done=2) is True


def test_a_poll_that_changes_nothing_answers_304(job, manager_api):
    first = manager_api.get(f"/api/jobs/{job.pk}/")
    assert first.json()["state"] == "queued"
    assert manager_api.get(f"/api/jobs/{job.pk}/", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 304
    job_start(job_id=job.pk, attempt=1)
    assert manager_api.get(f"/api/jobs/{job.pk}/", HTTP_IF_NONE_MATCH=first["ETag"]).status_code == 200


def test_jobs_are_listed_by_kind(job, manager_api, stranger_api, project):
    rows = manager_api.get(f"/api/projects/{project.pk}/jobs/?kind=import").json()["results"]
    assert [row["id"] for row in rows] == [job.pk]
    assert manager_api.get(f"/api/projects/{project.pk}/jobs/?kind=training").json()["results"] == []
    assert manager_api.get(f"/api/projects/{project.pk}/jobs/?kind=x").status_code == 400
    assert stranger_api.get(f"/api/projects/{project.pk}/jobs/").status_code == 404


def test_a_database_that_goes_away_costs_an_attempt_and_not_the_job(job):
    with pytest.raises(OperationalError), job_start(job_id=job.pk, attempt=1), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    job.refresh_from_db()
    assert (job.state, job.errors) == ("running", [])
    silence(job)
    assert jobs_requeue_stale() == 1
    with job_start(job_id=job.pk, attempt=2) as run:
        run.progress(3)
    job.refresh_from_db()
    assert job.state == "succeeded"


def test_the_heart_goes_on_beating_after_the_database_went_away(job, monkeypatch):
    monkeypatch.setattr(jobs, "HEARTBEAT_SECONDS", 0.05)
    with job_start(job_id=job.pk, attempt=1) as run:
        time.sleep(0.2)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        silence(job)
        begun = timezone.now() - timedelta(seconds=10)
        until(lambda: Job.objects.filter(pk=job.pk, heartbeat__gt=begun).exists(), 5)
        assert run._thread.is_alive()
    job.refresh_from_db()
    assert job.state == "succeeded"


def test_a_project_has_so_many_imports_and_exports_under_way_and_no_more(
    manager_api, stranger_api, stranger, project, make_images, settings
):
    settings.MAX_ACTIVE_JOBS = 2
    make_images(project, 1)

    def begin(api=manager_api, pk=project.pk, way="imports"):
        body = {"urls": ["http://example.org/a.jpg"]} if way == "imports" else {"format": "csv"}
        return api.post(f"/api/projects/{pk}/{way}/", body, format="json")

    first, second = begin(), begin(way="exports")
    assert first.status_code == second.status_code == 202
    for way in ("imports", "exports"):
        answer = begin(way=way)
        assert (
            answer.status_code == 409
            and "2 imports, exports and renders of this project" in answer.json()["detail"]
        )
    assert Job.objects.filter(project=project).count() == 2
    assert begin(stranger_api, stranger.memberships.get().project_id).status_code == 202
    manager_api.post(f"/api/jobs/{first.json()['id']}/cancel/")
    assert begin().status_code == 202


def test_long_jobs_wait_for_one_another_and_short_ones_for_none(project, manager, settings, monkeypatch):
    settings.LONG_JOBS = 1
    sent = []
    monkeypatch.setattr(jobs, "enqueue", lambda task, pk, attempt, **_: sent.append(pk))

    def begun(kind):
        return job_create(project=project, kind=kind, task="no.such.task", queue="q", by=manager, params={})

    first, second, third = (begun(kind) for kind in ("import", "export", "import"))
    run = job_start(job_id=first.pk, attempt=1)
    assert run and not job_start(job_id=second.pk, attempt=1)
    second.refresh_from_db()
    assert second.state == "queued"
    for kind in ("preview", "labelcheck", "training"):
        assert job_start(job_id=begun(kind).pk, attempt=1)
    sent.clear()
    with run:
        pass
    assert sent == [second.pk], "the one that waits longest is told"
    assert job_start(job_id=second.pk, attempt=1) and not job_start(job_id=third.pk, attempt=1)


def test_a_long_job_whose_worker_died_keeps_nobody_waiting(project, manager, settings):
    settings.LONG_JOBS = 1
    first, second = (
        job_create(project=project, kind="import", task="no.such.task", queue="q", by=manager, params={})
        for _ in range(2)
    )
    assert job_start(job_id=first.pk, attempt=1)
    silence(first)
    assert job_start(job_id=second.pk, attempt=1)


def test_a_job_says_nothing_to_strangers_and_labelers_do_not_end_it(job, api, stranger_api, manager_api):
    assert stranger_api.get(f"/api/jobs/{job.pk}/").status_code == 404
    assert stranger_api.post(f"/api/jobs/{job.pk}/cancel/").status_code == 404
    assert api.post(f"/api/jobs/{job.pk}/cancel/").status_code == 403
    etag = manager_api.get(f"/api/jobs/{job.pk}/")["ETag"]
    assert stranger_api.get(f"/api/jobs/{job.pk}/", HTTP_IF_NONE_MATCH=etag).status_code == 404
    job.refresh_from_db()
    assert job.cancel_requested is False

"""Asking for a run: what is refused, and what starts one by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from labeling.models import Annotation, Job, Membership, Project
from training.models import Metric, Snapshot, TrainingRun
from training.services import runs as services
from training.services.runs import runs_start_due
from training.tasks import run_train

pytestmark = pytest.mark.django_db
ENOUGH = ["engaged", "animated"] * 10


def start(api, project, **body):
    return api.post(
        f"/api/projects/{project.pk}/training-runs/", {"model": "majority", **body}, format="json"
    )


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"model": "no such model"}, "model"),
        ({"model": "../../etc/passwd"}, "model"),
        ({"model": ""}, "model"),
        ({"params": {"speed": 11}}, "speed"),
        ({"params": {"smoothing": -1}}, "smoothing"),
        ({"params": {"smoothing": "much"}}, "smoothing"),
        ({"params": {"smoothing": True}}, "smoothing"),
        ({"params": []}, "params"),
        ({"model": "two_stage", "params": {"epochs": 1.5}}, "epochs"),
        ({"model": "two_stage", "params": {"epochs": 10**9}}, "epochs"),
        ({"model": "two_stage", "params": {"image_size": 10**6}}, "image_size"),
        ({"model": "two_stage", "params": {"crop": "everything"}}, "crop"),
        ({"model": "two_stage", "params": {"backbone": "/etc/passwd"}}, "backbone"),
        ({"snapshot": "newest"}, "snapshot"),
        ({"snapshot": True}, "snapshot"),
        ({"snapshot": 2**63}, "snapshot"),
        ({"snapshot": "0" * 63}, "snapshot"),
    ],
)
def test_a_bad_parameter_is_refused_by_its_name(labeled, manager_api, project, body, field):
    labeled(ENOUGH)
    answer = start(manager_api, project, **body)
    assert answer.status_code == 400 and field in answer.json()["errors"], answer.json()
    assert not Job.objects.exists() and not Snapshot.objects.exists()


@pytest.mark.parametrize(
    ("categories", "reason"),
    [
        ([], "No image is labeled"),
        (["engaged"] * 20, "fewer than two categories"),
        (["engaged", "animated"], "fewer than two categories"),
    ],
)
def test_too_little_to_learn_from_is_said_and_leaves_nothing(
    labeled, manager_api, project, categories, reason
):
    labeled(categories)
    answer = start(manager_api, project)
    assert answer.status_code == 409 and reason in answer.json()["detail"], answer.json()
    assert not Job.objects.exists() and not Snapshot.objects.exists()


def test_three_images_are_too_few_to_learn_from(labeled, manager_api, project):
    labeled(["engaged", "animated", "engaged"], split="train")
    labeled(["engaged"], split="test")
    answer = start(manager_api, project)
    assert answer.status_code == 409 and "Only 3 images to learn from" in answer.json()["detail"]
    assert not Job.objects.exists() and not Snapshot.objects.exists()


def test_where_nothing_is_held_out_nothing_is_trained(labeled, manager_api, project):
    labeled(ENOUGH, group="one person")
    answer = start(manager_api, project)
    detail = answer.json()["detail"]
    assert (
        answer.status_code == 409
        and "another group" in detail
        and "move them to the test split by hand" in detail
    )


def test_one_recorded_meeting_is_enough_and_the_run_says_how_it_was_held_out(labeled, manager_api, project):
    for n, image in enumerate(labeled(ENOUGH, group="a meeting.mp4", source="video")):
        image.video_time = n * 3.0
        image.save()
    answer = start(manager_api, project)
    assert answer.status_code == 202, answer.json()
    run = manager_api.get(f"/api/training-runs/{answer.json()['id']}/").json()
    assert "cut into blocks of time" in run["snapshot"]["warnings"][0]
    assert set(run["snapshot"]["splits"]) == {"train", "val", "test"}


def test_a_hundred_retrains_are_not_waiting(labeled, manager_api, project, settings):
    settings.MAX_ACTIVE_RUNS = 2
    labeled(ENOUGH)
    codes = [start(manager_api, project).status_code for _ in range(5)]
    assert codes == [202, 202, 409, 409, 409] and TrainingRun.objects.count() == 2
    run = TrainingRun.objects.first()
    assert manager_api.post(f"/api/jobs/{run.pk}/cancel/").json()["state"] == "cancelled"
    assert start(manager_api, project).status_code == 202


def test_a_frozen_set_can_be_trained_on_again_but_not_another_projects(
    labeled, manager_api, project, stranger, stranger_api
):
    labeled(ENOUGH)
    first = start(manager_api, project).json()["snapshot"]
    labeled(["non-engaged"] * 5)
    assert start(manager_api, project).json()["snapshot"]["id"] != first["id"]
    for named in (first["id"], first["sha256"]):
        assert start(manager_api, project, snapshot=named).json()["snapshot"] == first
    assert start(manager_api, project, snapshot="0" * 64).status_code == 404
    assert start(stranger_api, stranger.memberships.get().project, snapshot=first["id"]).status_code == 404


def test_only_managers_train(labeled, api, stranger_api, client_for, make_user, project):
    labeled(ENOUGH)
    reviewer = make_user("reviewer")
    Membership.objects.create(project=project, user=reviewer, role="reviewer")
    assert start(api, project).status_code == 403
    assert start(client_for(reviewer), project).status_code == 403
    assert start(stranger_api, project).status_code == 404
    assert not Job.objects.exists()


def test_a_run_shows_its_epochs_in_order_and_what_time_is_left_while_it_trains(
    labeled, manager_api, api, stranger_api, project
):
    labeled(ENOUGH)
    run = start(manager_api, project).json()["id"]
    for epoch in (2, 1):
        Metric.objects.create(
            run_id=run, epoch=epoch, values={"loss": 1 / epoch, "seconds_left": 10.0 - epoch}
        )
    path = f"/api/training-runs/{run}/"
    row = api.get(path).json()
    assert (
        row["metrics"] == [{"epoch": 1, "loss": 1.0}, {"epoch": 2, "loss": 0.5}]
        and row["seconds_left"] is None
    )
    Job.objects.filter(pk=run).update(state="running")
    assert api.get(path).json()["seconds_left"] == 8.0
    assert (row["model"], row["params"], row["automatic"], row["model_version"]) == (
        "majority",
        {},
        False,
        None,
    )
    assert [one["id"] for one in api.get(f"/api/projects/{project.pk}/training-runs/").json()["results"]] == [
        run
    ]
    assert stranger_api.get(path).status_code == 404
    assert stranger_api.get(f"/api/projects/{project.pk}/training-runs/").status_code == 404


def test_a_run_cancelled_while_it_waits_never_begins(labeled, manager_api, project):
    labeled(ENOUGH)
    run = start(manager_api, project).json()["id"]
    assert manager_api.post(f"/api/jobs/{run}/cancel/").json()["state"] == "cancelled"
    run_train(run, 1)
    row = manager_api.get(f"/api/training-runs/{run}/").json()
    assert (row["state"], row["log"], row["model_version"]) == ("cancelled", "", None)


def test_the_options_say_what_is_there_and_what_is_missing(labeled, manager_api, stranger_api, project):
    path = f"/api/projects/{project.pk}/training-options/"
    row = manager_api.get(path).json()
    assert not row["ready"] and "two categories" in row["reason"]
    assert {model["model"] for model in row["models"]} == {"two_stage", "majority"}
    assert row["labeled"] == {"engaged": 0, "non-engaged": 0, "animated": 0}
    labeled(ENOUGH, split="train")
    row = manager_api.get(path).json()
    assert (
        row["ready"]
        and row["labeled"]["engaged"] == 10
        and row["splits"] == {"train": 20, "val": 0, "test": 0, "none": 0}
    )
    assert stranger_api.get(path).status_code == 404


# --- started by themselves -----------------------------------------------------------------------------------------
def test_no_run_starts_by_itself_unless_the_project_asks_for_it(labeled, project):
    labeled(ENOUGH)
    assert runs_start_due() == 0 and not TrainingRun.objects.exists()


def test_a_run_starts_when_enough_new_labels_came_and_not_twice(labeled, project):
    Project.objects.update(train_after=20)
    labeled(ENOUGH[:-1])
    assert runs_start_due() == 0
    labeled(["animated"])
    assert runs_start_due() == 1
    run = TrainingRun.objects.get()
    assert run.automatic and run.model == "two_stage" and run.job.created_by is None
    assert runs_start_due() == 0
    Job.objects.update(state="succeeded")
    assert runs_start_due() == 0  # its labels are not new any more
    labeled(ENOUGH[:-1])
    assert runs_start_due() == 0
    labeled(["animated"])
    assert runs_start_due() == 1 and TrainingRun.objects.count() == 2


def test_the_next_one_trains_what_was_trained_last(labeled, manager_api, project):
    Project.objects.update(train_after=5)
    labeled(ENOUGH)
    start(manager_api, project, params={"smoothing": 2})
    Job.objects.update(state="failed")  # which is no reason to train again at once
    assert runs_start_due() == 0
    labeled(["engaged"] * 5)
    assert runs_start_due() == 1
    run = TrainingRun.objects.get(automatic=True)
    assert (run.model, run.params) == ("majority", {"smoothing": 2})


def test_labels_that_do_not_count_start_nothing(labeled, project):
    Project.objects.update(train_after=20)
    labeled(ENOUGH)
    Annotation.objects.update(verdict="reject", current=False)
    assert runs_start_due() == 0


def test_one_project_that_cannot_train_keeps_no_other_from_it(labeled, manager_api, project, stranger):
    theirs = stranger.memberships.get().project
    labeled(ENOUGH)
    labeled(["x", "y"] * 10, project=theirs)
    start(manager_api, project)
    TrainingRun.objects.update(model="a model of an older version")
    Job.objects.update(state="succeeded", created=timezone.now() - timedelta(days=1))
    Project.objects.update(train_after=20)
    assert runs_start_due() == 1
    assert TrainingRun.objects.get(automatic=True).project == theirs


def test_a_deleted_project_trains_nothing(labeled, project):
    labeled(ENOUGH)
    Project.objects.update(train_after=5, deleted_at=timezone.now())
    assert runs_start_due() == 0


@pytest.mark.django_db(transaction=True)
def test_beats_message_delivered_to_several_workers_starts_one_run(labeled, project):
    Project.objects.update(train_after=20)
    labeled(ENOUGH)

    def work(_):
        try:
            return runs_start_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    assert TrainingRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_runs_asked_for_at_the_same_moment_stay_within_the_limit(labeled, project, manager, settings):
    settings.MAX_ACTIVE_RUNS = 2
    labeled(ENOUGH)

    def work(_):
        try:
            services.run_start(project=project, by=manager, model="majority", params={})
            return 1
        except services.Conflict:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(6))) == 2
    assert TrainingRun.objects.count() == 2 and Snapshot.objects.count() == 1

"""The gate: what it measures, on what, and what it lets through."""

import pytest

from inference.models import ModelVersion
from inference.services.versions import version_make
from labeling.models import Image, Job, QueueItem
from labeling.services.jobs import job_start
from tests.training.conftest import last_job, says
from training.api import promotions
from training.models import Promotion
from training.services.gate import gate_judge
from training.tasks import version_promote

pytestmark = pytest.mark.django_db
TRUTH = ["engaged", "non-engaged", "animated", "engaged"]
WRONG = ["animated"] * 4
BETTER = ["engaged", "non-engaged", "animated", "non-engaged"]


@pytest.fixture
def held_out(labeled, project, monkeypatch):
    monkeypatch.setattr(promotions, "PATIENCE", 0)  # no worker here: the job is carried out by the test
    labeled(TRUTH, split="train")
    return labeled(TRUTH, split="test")


def promote(api, version, **body):
    """The job's result, once its work is done here."""
    answer = api.post(f"/api/models/{version.pk}/promote/", body, format="json")
    assert answer.status_code == 202, answer.json()
    version_promote(answer.json()["id"], 1)
    job = Job.objects.get(pk=answer.json()["id"])
    assert job.state == "succeeded", job.errors
    return job.result


def roll_back(api, project):
    answer = api.post(f"/api/projects/{project.pk}/rollback/")
    assert answer.status_code == 202, answer.json()
    version_promote(answer.json()["id"], 1)


def in_production():
    return ModelVersion.objects.get(stage="production")


def test_the_first_one_passes_when_it_beats_chance(held_out, make_version, manager_api, manager):
    version = make_version()
    says(version, held_out, BETTER)
    result = promote(manager_api, version)
    gate = result["gate"]
    assert result["promoted"] and gate["passed"] and gate["count"] == 4 and gate["production"] is None
    assert gate["candidate"]["macro_f1"] == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert in_production() == version
    log = Promotion.objects.get()
    assert (log.model_version, log.previous, log.by, log.forced, log.gate) == (
        version,
        None,
        manager,
        False,
        gate,
    )


def test_the_first_one_is_refused_at_chance_with_its_figures(held_out, make_version, manager_api):
    version = make_version()
    says(version, held_out, ["engaged"] * 4)
    result = promote(manager_api, version)
    assert not result["promoted"] and not result["gate"]["passed"]
    assert "Macro-F1 0.222 against 0.222 of always answering" in result["gate"]["reason"]
    assert not ModelVersion.objects.filter(stage="production").exists() and not Promotion.objects.exists()


def test_a_worse_one_is_refused_and_one_that_is_as_good_is_not(held_out, make_version, manager_api):
    present, worse, equal = (
        make_version(stage="production"),
        make_version("animated"),
        make_version("non-engaged"),
    )
    for version, answers in ((present, BETTER), (worse, WRONG), (equal, BETTER)):
        says(version, held_out, answers)
    result = promote(manager_api, worse)
    gate = result["gate"]
    assert not result["promoted"] and gate["count"] == 4 and in_production() == present
    assert gate["candidate"]["macro_f1"] < gate["production"]["macro_f1"]
    assert gate["difference"]["low"] <= gate["difference"]["value"] < 0
    assert promote(manager_api, equal)["promoted"] and in_production() == equal


def test_the_difference_is_that_of_today_and_not_of_the_day_of_training(
    held_out, labeled, make_version, manager_api
):
    present, new = make_version(stage="production"), make_version("animated", metrics={"macro_f1": 1.0})
    says(present, held_out, BETTER)
    says(new, held_out, TRUTH)
    today = labeled(TRUTH * 2, split="test")  # on which it turns out
    says(present, today, TRUTH * 2)
    says(new, today, WRONG * 2)
    result = promote(manager_api, new)
    assert not result["promoted"] and result["gate"]["count"] == 12


def test_labels_that_were_corrected_are_judged_by_as_they_are_now(held_out, make_version, manager_api):
    present, new = make_version(stage="production"), make_version("animated")
    says(present, held_out, TRUTH)
    says(new, held_out, WRONG)
    assert not promote(manager_api, new)["promoted"]
    QueueItem.objects.filter(image__in=held_out).update(category="animated")
    assert promote(manager_api, new)["promoted"] and in_production() == new


def test_deleted_unlabeled_and_unready_images_are_not_judged_by(held_out, labeled, make_version):
    version = make_version()
    says(version, held_out, BETTER)
    deleted, waiting, unready = labeled(["engaged"] * 3, split="test")
    Image.objects.filter(pk=deleted.pk).update(deleted_at="2026-01-01T00:00Z")
    QueueItem.objects.filter(pk=waiting.pk).update(status="in_review")
    Image.objects.filter(pk=unready.pk).update(ready=False)
    assert gate_judge(candidate=version, production=None)["count"] == 4


def test_where_nothing_is_held_out_nothing_passes(labeled, make_version, manager_api, monkeypatch):
    monkeypatch.setattr(promotions, "PATIENCE", 0)
    labeled(TRUTH, group="one person")
    result = promote(manager_api, make_version())
    assert not result["promoted"] and "held out" in result["gate"]["reason"] and result["gate"]["count"] == 0


def test_where_nothing_was_compared_nothing_passes(held_out, make_version):
    """No difference between two versions of which one has not spoken is no proof of anything."""
    silent, present = make_version("animated"), make_version()
    says(present, held_out, WRONG)
    for rival in (present, None):
        judged = gate_judge(candidate=silent, production=rival)
        assert not judged["passed"]


def test_an_image_that_a_version_fails_on_counts_against_it(held_out, make_version, manager_api):
    present, new = make_version(stage="production"), make_version("animated")
    says(present, held_out, BETTER)
    says(new, held_out, ["engaged", "non-engaged", None, None])
    result = promote(manager_api, new)
    assert not result["promoted"] and result["gate"]["count"] == 4


def test_force_needs_a_reason_and_is_logged_with_what_the_gate_said(
    held_out, make_version, manager_api, manager
):
    present, worse = make_version(stage="production"), make_version("animated")
    says(present, held_out, BETTER)
    says(worse, held_out, WRONG)
    for body in ({"force": True}, {"force": True, "reason": "  "}):
        answer = manager_api.post(f"/api/models/{worse.pk}/promote/", body, format="json")
        assert answer.status_code == 400 and "reason" in answer.json()["errors"]
    assert not Job.objects.filter(kind="promotion").exists()
    result = promote(manager_api, worse, force=True, reason="the camera was moved")
    assert result["promoted"] and not result["gate"]["passed"] and in_production() == worse
    log = Promotion.objects.get()
    assert (log.forced, log.reason, log.by, log.previous) == (True, "the camera was moved", manager, present)
    assert log.gate["difference"]["value"] < 0


def test_only_managers_promote_roll_back_and_archive(
    held_out, make_version, api, stranger_api, client_for, make_user, project
):
    from labeling.models import Membership

    version = make_version("animated")
    reviewer = make_user("reviewer")
    Membership.objects.create(project=project, user=reviewer, role="reviewer")
    for client, code in ((api, 403), (client_for(reviewer), 403), (stranger_api, 404)):
        for path in (
            f"models/{version.pk}/promote/",
            f"projects/{project.pk}/rollback/",
            f"models/{version.pk}/archive/",
        ):
            assert (
                client.post(f"/api/{path}", {"force": True, "reason": "x"}, format="json").status_code == code
            )
    assert not Job.objects.exists() and ModelVersion.objects.get().stage == "candidate"


def test_a_version_of_another_project_is_compared_with_nothing(
    held_out, make_version, manager_api, stranger_api, stranger, project
):
    elsewhere = stranger.memberships.get().project
    ours, theirs = make_version(), make_version(project=elsewhere)
    says(ours, held_out, TRUTH)
    for client, place in ((manager_api, project), (stranger_api, elsewhere)):
        path = f"/api/projects/{place.pk}/models/compare/"
        for query in (f"?a={ours.pk}&b={theirs.pk}", f"?a={theirs.pk}&b={ours.pk}"):
            assert client.get(path + query).status_code == 404
    path = f"/api/projects/{project.pk}/models/compare/"
    for query in ("", f"?a={ours.pk}", f"?a={ours.pk}&b=x", f"?a={ours.pk}&b={'9' * 30}"):
        assert manager_api.get(path + query).status_code == 400
    assert manager_api.post(f"/api/models/{theirs.pk}/promote/", {}, format="json").status_code == 404
    assert manager_api.get(f"/api/models/{theirs.pk}/evaluation/").status_code == 404


def test_two_versions_side_by_side_on_what_both_have_answered(held_out, labeled, make_version, api, project):
    first, second = make_version(), make_version("animated")
    says(first, held_out, TRUTH)
    says(second, held_out[:3], ["engaged", "animated", None])
    row = api.get(f"/api/projects/{project.pk}/models/compare/?a={first.pk}&b={second.pk}").json()
    assert (row["a"], row["b"], row["count"]) == (first.pk, second.pk, 3)
    assert row["a_metrics"]["accuracy"] == 1 and row["b_metrics"]["accuracy"] == pytest.approx(1 / 3)
    assert row["difference"]["macro_f1"]["value"] == pytest.approx(2 / 3)
    assert row["images"] == [
        {"image": held_out[1].pk, "truth": "non-engaged", "a": "non-engaged", "b": "animated"},
        {"image": held_out[2].pk, "truth": "animated", "a": "animated", "b": None},
    ]


def test_an_evaluation_shows_the_worst_answers_first(held_out, make_version, api):
    version = make_version()
    says(version, held_out[:3], ["engaged", "animated", "animated"])
    rows = api.get(f"/api/models/{version.pk}/evaluation/").json()["images"]
    assert [row["correct"] for row in rows] == [False, True, True]
    assert rows[0] == {
        "image": held_out[1].pk, "truth": "non-engaged", "category": "animated", "score": 0.8, "truth_score": 0.1, "correct": False,
            "boxes": [], "width": 640, "height": 480,
    }  # fmt: skip


def test_gold_images_are_no_labelers_to_see(held_out, labeled, make_version, api, manager_api, project):
    first, second = make_version(), make_version("animated")
    says(first, held_out, TRUTH)
    says(second, held_out[:3], ["engaged", "animated", None])
    QueueItem.objects.filter(image=held_out[1]).update(gold=True)
    compared = f"/api/projects/{project.pk}/models/compare/?a={first.pk}&b={second.pk}"
    for path in (compared, f"/api/models/{second.pk}/evaluation/"):
        seen, known = (
            [row["image"] for row in client.get(path).json()["images"]] for client in (api, manager_api)
        )
        assert held_out[1].pk in known and set(known) - set(seen) == {held_out[1].pk}


def test_rolling_back_goes_to_the_one_before_and_then_to_the_one_before_that(
    held_out, make_version, manager_api, project
):
    first, second, third = make_version(), make_version("non-engaged"), make_version("animated")
    assert manager_api.post(f"/api/projects/{project.pk}/rollback/").status_code == 409
    for version in (first, second, third):
        says(version, held_out, BETTER)
        assert promote(manager_api, version)["promoted"]
    for wanted in (second, first):
        roll_back(manager_api, project)
        assert in_production() == wanted
    assert manager_api.post(f"/api/projects/{project.pk}/rollback/").status_code == 409
    assert promote(manager_api, third)["promoted"]
    roll_back(manager_api, project)
    assert in_production() == first
    assert [log.reason for log in Promotion.objects.order_by("id")] == [
        "",
        "",
        "",
        "roll back",
        "roll back",
        "",
        "roll back",
    ]


def test_promoting_what_is_in_production_changes_nothing_and_leaves_the_way_back(
    held_out, make_version, manager_api, project
):
    first, second = make_version(), make_version("animated")
    for version in (first, second):
        says(version, held_out, BETTER)
        promote(manager_api, version)
    assert manager_api.post(f"/api/models/{second.pk}/promote/", {}, format="json").status_code == 409
    assert Promotion.objects.count() == 2
    roll_back(manager_api, project)
    assert in_production() == first


def test_two_clicks_on_promote_log_one_promotion(held_out, make_version, manager_api):
    version = make_version()
    says(version, held_out, BETTER)
    jobs = [
        manager_api.post(f"/api/models/{version.pk}/promote/", {}, format="json").json()["id"]
        for _ in range(2)
    ]
    for job in jobs:
        version_promote(job, 1)
    assert Promotion.objects.count() == 1 and in_production() == version
    assert all(Job.objects.get(pk=job).result["promoted"] for job in jobs)


def test_an_attempt_after_one_that_died_at_its_end_promotes_nothing_again(
    held_out, make_version, manager_api
):
    version, other = make_version(), make_version("animated")
    for one in (version, other):
        says(one, held_out, BETTER)
    promote(manager_api, version)
    done = last_job("promotion")
    promote(manager_api, other)
    Job.objects.filter(pk=done.pk).update(
        state="queued", attempt=2
    )  # as if it had not come to say that it ended
    version_promote(done.pk, 2)
    assert in_production() == other and Promotion.objects.count() == 2


def test_a_version_that_came_into_production_meanwhile_is_compared_with(
    held_out, make_version, manager_api, monkeypatch
):
    from training.services import gate

    old, good, middling = (
        make_version(stage="production"),
        make_version("animated"),
        make_version("non-engaged"),
    )
    says(old, held_out, WRONG)
    says(good, held_out, TRUTH)
    says(middling, held_out, BETTER)
    score, before = gate.images_score, []

    def while_it_scores(run, version, *images):
        said = score(run, version, *images)
        if not before:
            before.append(version)
            promote(manager_api, good)
        return said

    answer = manager_api.post(f"/api/models/{middling.pk}/promote/", {}, format="json")
    monkeypatch.setattr(gate, "images_score", while_it_scores)
    version_promote(answer.json()["id"], 1)
    job = Job.objects.get(pk=answer.json()["id"])
    assert not job.result["promoted"] and in_production() == good
    assert job.result["gate"]["production"]["macro_f1"] == 1 and "meantime" in job.log


@pytest.mark.django_db(transaction=True)
def test_broken_files_pass_no_gate_and_a_worker_scores_what_is_missing(
    workers, make_version, make_frames, label, manager_api, media
):  # fmt: skip
    """With a real worker: what cannot be loaded says nothing, and silence is not as good as production."""
    images = make_frames(make_version().project, 8)
    for image, category in zip(images, TRUTH * 2, strict=True):
        label(image, category)
    Image.objects.update(split="test")
    ModelVersion.objects.update(stage="production")
    broken, sound = make_version("animated"), make_version("non-engaged")
    (media / broken.weights / "config.json").write_text("{}")
    workers.start("default")
    workers.start("inference")
    path = f"/api/models/{broken.pk}/promote/"
    answer = manager_api.post(path, {}, format="json")
    assert answer.status_code == 409, answer.json()
    assert "could not be scored" in answer.json()["detail"] and str(media) not in answer.json()["detail"]
    assert in_production().number == 1 and not Promotion.objects.exists()
    answer = manager_api.post(f"/api/models/{sound.pk}/promote/", {}, format="json")
    assert answer.status_code == 409 and answer.json()["gate"]["count"] == 8  # scored, and worse


def test_a_promotion_is_cancelled_like_any_job(held_out, make_version, manager_api):
    version = make_version()
    says(version, held_out, BETTER)
    job = manager_api.post(f"/api/models/{version.pk}/promote/", {}, format="json").json()["id"]
    assert manager_api.post(f"/api/jobs/{job}/cancel/").status_code == 202
    assert job_start(job_id=job, attempt=1) is None
    version_promote(job, 1)
    assert ModelVersion.objects.get().stage == "candidate" and not Promotion.objects.exists()


# --- a rule, which learned from nothing -----------------------------------------------------------------------------
@pytest.fixture
def rule(project, manager, media):
    return version_make(project=project, model="rule", config={}, by=manager)[0]


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(promotions, "PATIENCE", 0)


def test_a_rule_begins_where_nothing_is_held_out_and_says_that_nothing_was_measured(
    rule, project, manager_api, at_once
):
    result = promote(manager_api, rule)
    gate = result["gate"]
    assert result["promoted"] and gate["passed"] and gate["count"] == 0 and gate["candidate"] is None
    assert (
        "Nothing was measured" in gate["reason"] and in_production() == rule and in_production().metrics == {}
    )
    log = Promotion.objects.get()
    assert not log.forced and log.gate == gate


def test_what_is_in_production_gives_way_to_no_rule_that_was_not_measured(
    rule, make_version, manager_api, at_once
):
    present = make_version(stage="production")
    result = promote(manager_api, rule)
    assert not result["promoted"] and "held out" in result["gate"]["reason"] and in_production() == present


def test_a_trained_version_does_not_begin_unmeasured(labeled, make_version, manager_api, at_once):
    assert not promote(manager_api, make_version())["promoted"]


def test_a_rule_is_measured_like_others_where_labels_are_held_out(held_out, rule, manager_api):
    says(rule, held_out, ["animated", "animated", "engaged", "non-engaged"])
    result = promote(manager_api, rule)
    assert not result["promoted"] and result["gate"]["count"] == 4
    rule.refresh_from_db()
    assert rule.metrics["accuracy"] == 0 and rule.metrics["count"] == 4


def test_a_rule_in_production_is_measured_when_a_version_wants_its_place(
    held_out, rule, make_version, manager_api
):
    ModelVersion.objects.filter(pk=rule.pk).update(stage="production")
    trained = make_version(metrics={"macro_f1": 1.0})
    says(rule, held_out, ["engaged", "non-engaged", "engaged", None])
    says(trained, held_out, TRUTH)
    result = promote(manager_api, trained)
    assert result["promoted"] and in_production() == trained
    rule.refresh_from_db()
    assert rule.metrics["unanswered"] == 1 and rule.metrics["accuracy"] == 0.5
    assert in_production().metrics == {"macro_f1": 1.0}


@pytest.mark.django_db(transaction=True)
def test_a_rule_is_scored_by_what_held_out_images_know(workers, labeled, project, manager_api, rule):
    for yaw, category in (
        (2, "engaged"),
        (50, "non-engaged"),
        (35, "engaged"),
    ):  # and none of them has a file
        labeled([category], split="test", attributes={"yaw": yaw, "pitch": 0})
    workers.start("default")
    workers.start("inference")
    answer = manager_api.post(f"/api/models/{rule.pk}/promote/", {}, format="json")
    assert answer.status_code == 200, answer.json()
    gate = answer.json()["gate"]
    assert gate["passed"] and gate["count"] == 3 and gate["candidate"]["accuracy"] == pytest.approx(2 / 3)
    assert answer.json()["stage"] == "production" and answer.json()["metrics"]["accuracy"] == pytest.approx(
        2 / 3
    )
    listed = manager_api.get(f"/api/models/{rule.pk}/evaluation/").json()["images"]
    assert [row["correct"] for row in listed] == [False, True, True]

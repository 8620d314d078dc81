"""A rule as a model version: made without training, promoted with nothing measured, and asked by what images know."""

import json
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from inference.models import ModelVersion, Prediction
from inference.services import predicting
from inference.services.prelabel import attributes_changed, prelabel_start
from inference.services.versions import names_changed, version_make, version_set_production
from labeling.formats.items import Item
from labeling.models import Annotation, Image, Job, Membership, QueueItem, Role
from labeling.services.importlabels import images_describe
from tests.conftest import until
from tests.inference.conftest import shown
from tests.inference.test_names import set_names
from tests.inference.test_predict import ask, server  # noqa: F401
from tests.inference.test_prelabel import go, sent  # noqa: F401

pytestmark = pytest.mark.django_db
UNKNOWN = "no head pose is known"


def make(api, project, model="rule", **config):
    body = {"model": model, "config": config} if config else {"model": model}
    return api.post(f"/api/projects/{project.pk}/models/", body, format="json")


@pytest.fixture
def rule(project, manager):
    return version_make(project=project, model="rule", config={}, by=manager)[0]


@pytest.fixture
def posed(make_images, project):
    """Images without files, whose heads are turned by these angles; None where no pose is known."""

    def make(*yaws, **queue):
        images = make_images(project, len(yaws), **queue)
        for image, yaw in zip(images, yaws, strict=True):
            image.attributes = {} if yaw is None else {"yaw": yaw, "pitch": 0}
        Image.objects.bulk_update(images, ["attributes"])
        return images

    return make


# --- making one --------------------------------------------------------------------------------------------------
def test_a_manager_makes_a_rule(manager_api, manager, project):
    answer = make(manager_api, project, yaw="head_yaw", yaw_degrees=25)
    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert (row["model"], row["number"], row["stage"], row["snapshot"], row["run"]) == (
        "rule",
        1,
        "candidate",
        "",
        None,
    )
    assert row["config"]["categories"] == ["engaged", "non-engaged"] and row["metrics"] == {}
    assert row["config"]["config"] == {
        "facing": "engaged", "away": "non-engaged", "yaw": "head_yaw", "yaw_degrees": 25.0, "pitch": "pitch",
        "pitch_degrees": 20.0, "softness": 5.0,
    }  # fmt: skip
    assert ModelVersion.objects.get().created_by == manager
    (listed,) = manager_api.get(f"/api/projects/{project.pk}/models/").json()["results"]
    assert listed == row == manager_api.get(f"/api/models/{row['id']}/").json()


def test_the_same_rule_again_is_the_one_that_is_there(manager_api, project):
    first = make(manager_api, project, yaw_degrees=25)
    again = make(manager_api, project, yaw_degrees=25.0, softness=5)
    assert again.status_code == 200 and again.json() == first.json()
    other = make(manager_api, project, yaw_degrees=26)
    assert other.status_code == 201 and other.json()["number"] == 2


def test_two_projects_may_have_the_same_rule(rule, make_user, manager_api):
    from labeling.services.projects import project_create

    names = [{"name": "engaged"}, {"name": "non-engaged"}]
    twin = project_create(by=rule.created_by, name="Twin", kind="classification", categories=names)
    answer = make(manager_api, twin)
    assert answer.status_code == 201 and answer.json()["weights_sha256"] == rule.weights_sha256


def test_after_names_changed_hands_the_same_words_are_another_rule(rule, manager_api, project):
    set_names(project, "non-engaged<engaged", "engaged<non-engaged", "animated")
    answer = make(manager_api, project)
    assert answer.status_code == 201 and answer.json()["number"] == 2
    assert make(manager_api, project).status_code == 200


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"away": "asleep"}, "away"), ({"facing": "non-engaged"}, "away"), ({"yaw_degrees": 200}, "yaw_degrees"),
        ({"yaw_degrees": "30"}, "yaw_degrees"), ({"yaw": "", "pitch": ""}, "yaw"), ({"roll": "roll"}, "roll"),
        ({"yaw": "x" * 101}, "yaw"), ({"yaw": "\0"}, "yaw"), ({"yaw": ["yaw"]}, "yaw"), ({"facing": None}, "facing"),
    ],
)  # fmt: skip
def test_a_config_that_makes_no_rule_is_refused_with_its_field(manager_api, project, config, field):
    answer = make(manager_api, project, **config)
    assert answer.status_code == 400 and list(answer.json()["errors"]) == [field], answer.json()
    assert not ModelVersion.objects.exists()


@pytest.mark.parametrize(
    ("model", "why"),
    [("two_stage", "train it"), ("majority", "train it"), ("../rule", "no model"), ("", "blank")],
)
def test_other_models_are_not_made_so(manager_api, project, model, why):
    answer = make(manager_api, project, model=model)
    assert answer.status_code == 400 and why in str(answer.json()["errors"]["model"])
    assert not ModelVersion.objects.exists()


def test_a_rule_is_not_trained(manager_api, project):
    body = {"model": "rule"}
    answer = manager_api.post(f"/api/projects/{project.pk}/training-runs/", body, format="json")
    assert answer.status_code == 400 and "not trained" in str(answer.json()["errors"]["model"])
    options = manager_api.get(f"/api/projects/{project.pk}/training-options/").json()["models"]
    assert [option["model"] for option in options] == ["two_stage", "majority"]


@pytest.mark.parametrize("role", [Role.LABELER, Role.REVIEWER])
def test_managers_alone_make_one(api, labeler, project, role):
    Membership.objects.filter(user=labeler).update(role=role)
    assert make(api, project).status_code == 403 and not ModelVersion.objects.exists()


def test_somebody_elses_project_is_not_there(stranger_api, project):
    assert make(stranger_api, project).status_code == 404 and not ModelVersion.objects.exists()


# --- what it says ------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_images_are_pre_labeled_by_what_they_know_and_no_file_is_opened(
    rule, posed, project, sent, monkeypatch  # noqa: F811
):  # fmt: skip
    monkeypatch.setattr(predicting, "read", None)
    posed(2, 41, None, "41", -29)
    version_set_production(version=rule)
    job = Job.objects.get()
    with CaptureQueriesContext(connection) as queries:
        go(job, sent)
    assert (job.state, job.result) == ("succeeded", {"predicted": 5, "failed": 0})
    assert shown(project) == ["engaged", "non-engaged", None, None, "engaged"]
    assert not [
        q for q in queries if 'SELECT "labeling_image"' in q["sql"]
    ]  # none was asked for its attributes alone
    rows = list(QueueItem.objects.order_by("image_id"))
    assert rows[1].prediction["result"]["reason"] == "yaw 41° is beyond ±30°"
    assert rows[2].prediction["result"]["reason"] == UNKNOWN
    assert rows[2].uncertainty == 1 and rows[0].uncertainty < rows[1].uncertainty < rows[4].uncertainty < 1


@pytest.mark.django_db(transaction=True)
def test_an_attempt_after_a_death_is_no_slower_and_marks_nothing(rule, posed, sent):  # noqa: F811
    posed(2, 41)
    job = prelabel_start(version=rule, by=None)
    Job.objects.filter(pk=job.pk).update(attempt=2)
    job.refresh_from_db()
    assert go(job, sent) == 2 and job.result == {"predicted": 2, "failed": 0}


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_pre_labels_and_the_label_is_accepted(workers, rule, posed, project, api):
    posed(*[41] * 300)
    version_set_production(version=rule)
    workers.start("inference")
    until(lambda: shown(project) == ["non-engaged"] * 300, 60, "the pre-labels")
    (item,) = api.post(f"/api/projects/{project.pk}/next/?count=1").json()["items"]
    assert item["prediction"]["result"]["reason"] == "yaw 41° is beyond ±30°"
    answer = api.put(
        f"/api/images/{item['image']['id']}/annotations/{uuid4()}/",
        {"assignment": item["assignment"]["id"], "result": {"category": "non-engaged"}}, format="json",
    )  # fmt: skip
    assert answer.status_code == 201
    assert Annotation.objects.get().regions == [{"origin": "accepted", "model_version": rule.pk}]


@pytest.mark.django_db(transaction=True)
def test_a_rename_is_followed(rule, posed, project, sent):  # noqa: F811
    posed(2, 41)
    version_set_production(version=rule)
    go(Job.objects.get(), sent)
    with transaction.atomic():
        set_names(project, "engaged", "away<non-engaged", "animated")
    names_changed(project_id=project.pk)
    assert shown(project) == ["engaged", "away"]
    assert QueueItem.objects.last().prediction["result"]["reason"] == "yaw 41° is beyond ±30°"
    posed(50)
    go(prelabel_start(version=ModelVersion.objects.get(), by=None), sent)
    assert shown(project)[-1] == "away"


@pytest.mark.django_db(transaction=True)
def test_attributes_that_come_later_are_gone_by(rule, posed, project, sent):  # noqa: F811
    first, second, third = posed(None, 2, None)
    version_set_production(version=rule)
    go(Job.objects.get(), sent)
    before = {p.image_id: p.pk for p in Prediction.objects.all()}

    def item(image, replace=False, **attributes):
        rows = [(image.pk, Item(name=image.name, attributes=attributes))]
        return images_describe(project=project, rows=rows, replace=replace)

    assert item(first, yaw=50, pitch=0) == 1 and item(second, yaw=50, pitch=0) == 0
    assert item(second, replace=True, yaw=50, pitch=0) == 1
    attributes_changed(project_id=project.pk, ids=[first.pk, second.pk])
    go(Job.objects.order_by("-pk")[0], sent)
    assert shown(project) == ["non-engaged", "non-engaged", None]
    assert Prediction.objects.get(image=third).pk == before[third.pk]  # of which nothing new is known


def test_a_change_of_attributes_is_told_and_another_one_is_not(posed, project, monkeypatch):
    from labeling.services import importlabels

    told = []
    monkeypatch.setattr(importlabels, "enqueue", lambda task, *args, **kwargs: told.append((task, *args)))
    (image,) = posed(None)
    for said in ({"split": "train"}, {"attributes": {"yaw": 1}}, {"attributes": {"yaw": 1}}):
        images_describe(project=project, rows=[(image.pk, Item(name="a", **said))])
    assert told == [("inference.tasks.attributes_changed", project.pk, [image.pk])]


def test_what_models_saw_in_pictures_outlives_a_change_of_attributes(make_version, posed, project):
    from tests.inference.test_versions import says

    images, version = posed(None), make_version()
    says(version, images)
    attributes_changed(project_id=project.pk, ids=[images[0].pk])
    assert Prediction.objects.count() == 1


# --- programs ----------------------------------------------------------------------------------------------------
def test_the_prediction_api_takes_what_is_known_of_an_image(api, project, rule, server):  # noqa: F811
    answer = ask(api, f"models/{rule.pk}", attributes=json.dumps({"yaw": -50, "pitch": 3, "who": "anna"}))
    assert answer.status_code == 200, answer.json()
    assert answer.json()["result"]["category"] == "non-engaged"
    assert answer.json()["result"]["reason"] == "yaw −50° is beyond ±30°"
    for without in ({}, {"attributes": ""}, {"attributes": "{}"}, {"attributes": '{"yaw": "x", "pitch": 1}'}):
        result = ask(api, f"models/{rule.pk}", **without).json()["result"]
        assert (result["category"], result["reason"]) == (None, UNKNOWN)


@pytest.mark.parametrize(
    "text",
    ["[]", "5", "null", "yaw", '{"yaw": NaN}', '{"yaw": 1e999}', "[" * 9_000, '{"a": "' + "x" * 10_000 + '"}', r'{"yaw": "\ud800"}'],
    ids=["list", "number", "null", "text", "NaN", "infinity", "deep", "long", "surrogate"],
)  # fmt: skip
def test_attributes_that_are_none_are_refused(api, rule, server, text):  # noqa: F811
    answer = ask(api, f"models/{rule.pk}", attributes=text)
    assert answer.status_code == 400 and "attributes" in answer.json()["errors"], answer.json()


def test_models_of_pixels_do_not_ask_for_attributes(api, make_version, server):  # noqa: F811
    answer = ask(api, f"models/{make_version().pk}", attributes='{"yaw": 50}')
    assert answer.json()["result"]["category"] == "engaged"


def test_a_rule_finds_no_likeness_and_checks_no_labels(api, manager_api, project, rule, posed):
    (image,) = posed(3)
    version_set_production(version=rule)
    answer = api.get(f"/api/images/{image.pk}/similar/").json()
    assert answer["results"] == [] and "looks at no picture" in answer["reason"]
    refused = manager_api.post(f"/api/projects/{project.pk}/label-checks/")
    assert refused.status_code == 409 and "looks at no picture" in refused.json()["detail"]

"""What a version learned to say is shown in the names that the categories have today."""

import pytest
from django.db import transaction

from inference.models import Prediction
from inference.services.names import names_of
from inference.services.prelabel import Said, store
from inference.services.results import queue_show
from inference.services.versions import names_changed, version_set_production, version_to_ask
from labeling.models import Job, QueueItem
from labeling.services.categories import categories_set
from tests.inference.conftest import CATEGORIES, shown
from tests.labeling.test_exports import content, exported
from training.services.gate import evaluation, results_of
from vision.results import Classes, Entity, Face, renamed

SCORES = {"engaged": 0.3, "non-engaged": 0.25, "animated": 0.45}


def say(version, images, category="animated"):
    row = Classes(category, SCORES).to_json()
    store(version, [Said(image.pk, row, SCORES[category], 0.85, 1.0) for image in images])


def set_names(project, *rows):
    known = dict(project.categories.values_list("name", "id"))
    made = []
    for row in rows:
        name, _, was = row.partition("<")
        sources = was.split("+") if was else [name]
        made.append(
            {"id": known.get(sources[0]), "name": name, "merges": [known[one] for one in sources[1:]]}
        )
    categories_set(project=project, categories=made)


def fresh(version):
    return type(version).objects.select_related("project").get(pk=version.pk)


def test_a_rename_reaches_what_the_queue_shows_and_what_is_said_later(project, make_version, make_images):
    version, images = make_version(stage="production"), make_images(project, 3)
    say(version, images[:2])
    set_names(project, "engaged", "non-engaged", "lively<animated")
    names_changed(project_id=project.pk)
    say(fresh(version), images[2:])
    assert shown(project) == ["lively"] * 3
    assert {p.result["category"] for p in Prediction.objects.all()} == {"animated"}  # as it was said
    assert Job.objects.get().params["show"] is None


@pytest.mark.django_db(transaction=True)
def test_an_export_says_predictions_in_the_names_of_today(
    manager_api, project, make_version, make_images, settings, tmp_path
):
    settings.MEDIA_ROOT = str(tmp_path)
    version, images = make_version(stage="production"), make_images(project, 1)
    say(version, images)
    with transaction.atomic():
        set_names(project, "engaged", "non-engaged", "lively<animated")
    names_changed(project_id=project.pk)
    table = content(manager_api, exported(manager_api, project, format="csv")).decode()
    assert "lively" in table and "animated" not in table


def test_a_merge_adds_the_scores_and_looks_for_the_best_anew(project, make_version, make_images):
    version, images = make_version(stage="production"), make_images(project, 1)
    say(version, images)
    set_names(project, "engaged<engaged+non-engaged", "animated")
    names_changed(project_id=project.pk)
    item = QueueItem.objects.get()
    assert item.prediction["result"]["category"] == "engaged"
    assert item.prediction["result"]["scores"] == {"engaged": 0.55, "animated": 0.45}
    assert item.score == pytest.approx(0.55) and item.uncertainty == pytest.approx(0.9)


def test_an_older_version_that_is_promoted_speaks_in_the_names_of_today(project, make_version, make_images):
    version, images = make_version(), make_images(project, 2, status="labeled", category="animated", slots=0)
    say(version, images)
    set_names(project, "engaged", "non-engaged", "lively<animated")
    version_set_production(version=fresh(version))
    assert shown(project) == ["lively", "lively"]


def test_a_version_that_learned_the_new_names_is_left_alone(project, make_version, make_images):
    set_names(project, "animated<engaged", "non-engaged", "engaged<animated")
    version = make_version(stage="production")
    say(version, make_images(project, 1))
    assert names_of(version) == {} and shown(project) == ["animated"]


def test_the_gate_and_the_calls_of_programs_use_the_names_of_today(
    project, make_version, make_images, manager_api, manager
):
    version, images = make_version(stage="production"), make_images(project, 1)
    say(version, images)
    QueueItem.objects.update(status="labeled", category="lively")
    project.images.update(split="test")
    set_names(project, "engaged", "non-engaged", "lively<animated")
    assert results_of(fresh(version), [images[0].pk])[0]["category"] == "lively"
    assert evaluation(version=fresh(version))[0]["correct"]
    (row,) = manager_api.get(f"/api/projects/{project.pk}/predictions/").json()["results"]
    assert row["result"]["category"] == "lively"
    assert names_of(version_to_ask(user=manager, project_id=project.pk)) == {"animated": "lively"}


def test_showing_the_same_again_writes_nothing(project, make_version, make_images):
    version, images = make_version(stage="production"), make_images(project, 1)
    say(version, images)
    set_names(project, "engaged", "non-engaged", "lively<animated")
    queue_show(version=fresh(version), limit=10)
    before = QueueItem.objects.extra(select={"xmin": "xmin::text"}).get().xmin
    queue_show(version=fresh(version), limit=10)
    assert QueueItem.objects.extra(select={"xmin": "xmin::text"}).get().xmin == before


def test_a_deleted_category_is_not_said_any_more():
    row = Classes("animated", SCORES).to_json()
    left = renamed("classification", row, {"animated": None})
    assert left.category == "engaged" and set(left.scores) == {"engaged", "non-engaged"}
    assert renamed("classification", row, dict.fromkeys(CATEGORIES)).category is None


def test_whoever_is_distracted_is_found_anew():
    phone, box = Entity("cell phone", (0, 0, 1, 1), 0.9), (0, 0, 9, 9)
    row = Classes("bored", {"bored": 1.0}, (Face(box, "bored", {"bored": 1.0}),), (phone,)).to_json()
    mapped = renamed("classification", row, {"bored": "non-engaged"}, non_engaged="non-engaged")
    assert (
        mapped.distracted
        and mapped.faces[0].distracted
        and mapped.reason == "non-engaged, with a cell phone in the frame"
    )
    back = renamed("classification", mapped.to_json(), {"non-engaged": "fine"}, non_engaged="non-engaged")
    assert not back.distracted and not back.faces[0].distracted and back.reason == ""

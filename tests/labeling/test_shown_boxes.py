"""A pre-label that nobody saw, for it lay below the slider, was neither shown nor corrected."""

import json
from uuid import uuid4

import pytest

from labeling.models import Annotation, Membership, Project, Role
from tests.labeling.boxes import box, predict_boxes, submit_boxes
from tests.labeling.test_queue import lease
from tests.labeling.test_submit import submit

SURE, UNSURE = box(score=0.8), box("jam", (200, 100, 300, 200), score=0.12)
OVER_UNSURE = box("jam", (205, 100, 300, 200), id="mine")


@pytest.fixture
def label(api, fridge, make_images):
    """`label(predicted, said, …)`: the label of a pre-labeled image."""

    def make(predicted, said, **body):
        (image,) = make_images(fridge, 1)
        predict_boxes([image.pk], predicted)
        (item,) = [one for one in lease(api, fridge, 9) if one["image"]["id"] == image.pk]
        uuid = uuid4()
        answer = submit_boxes(api, image.pk, said, uuid, assignment=item["assignment"]["id"], **body)
        assert answer.status_code == 201, answer.content
        return Annotation.objects.get(uuid=uuid)

    return make


def origins(annotation):
    return [region["origin"] for region in annotation.regions]


def figures(api, project):
    return api.get(f"/api/projects/{project.pk}/statistics/").json()


def test_a_box_over_a_pre_label_that_was_not_in_sight_is_drawn(label):
    kept = label([SURE, UNSURE], [OVER_UNSURE], shown_from=0.25)
    assert origins(kept) == ["drawn"] and kept.shown_from == 0.25


def test_a_box_over_a_pre_label_that_just_reaches_the_slider_is_corrected(label):
    assert origins(label([UNSURE], [OVER_UNSURE], shown_from=0.12)) == ["corrected"]


def test_an_unseen_pre_label_does_not_hide_the_one_that_was_seen(label):
    """The other one fits better."""
    seen = box("jam", (200, 100, 300, 180), score=0.6)
    kept = label([UNSURE, seen], [OVER_UNSURE], shown_from=0.25)
    assert kept.regions == [{"id": "mine", "origin": "corrected", "model_version": 7, "score": 0.6}]


@pytest.mark.parametrize("body", [{}, {"shown_from": None}, {"shown_from": 0}])
def test_who_says_nothing_of_a_slider_saw_all(label, body):
    assert origins(label([UNSURE], [OVER_UNSURE], **body)) == ["corrected"]


def test_what_was_taken_before_the_slider_went_up_keeps_its_origin(label):
    moved = box("jam", (260, 160, 360, 260), id="p1")
    assert origins(label([SURE, UNSURE], [UNSURE], shown_from=0.25)) == ["accepted"]
    assert origins(label([SURE, UNSURE], [moved], shown_from=0.25)) == ["corrected"]


def test_a_reviewer_who_mends_one_box_makes_no_other_one_corrected(label, client_for, make_user, fridge):
    Project.objects.update(review=True)
    reviewer = make_user("reviewer")
    Membership.objects.create(project=fridge, user=reviewer, role=Role.REVIEWER)
    kept = label([SURE, UNSURE], [SURE, OVER_UNSURE], shown_from=0.25)
    mended = {"boxes": [box(id="b0", bbox=(11, 20, 110, 220)), OVER_UNSURE]}
    url, body = f"/api/annotations/{kept.uuid}/review/", {"verdict": "accept", "result": mended}
    assert client_for(reviewer).post(url, body, format="json").status_code in (200, 201)
    assert origins(Annotation.objects.get(current=True)) == ["corrected", "drawn"]


def test_the_same_submit_with_another_slider_is_the_same_submit(api, fridge, make_images):
    (image,), uuid = make_images(fridge, 1), uuid4()
    assert submit_boxes(api, image.pk, [box()], uuid, shown_from=0.25).status_code == 201
    assert submit_boxes(api, image.pk, [box()], uuid, shown_from=0.5).status_code == 200
    assert submit_boxes(api, image.pk, [box()], uuid).status_code == 200
    assert Annotation.objects.get().shown_from == 0.25


@pytest.mark.parametrize(
    "said", ["NaN", "Infinity", "-Infinity", "1e999", "-0.01", "1.01", "true", "false", '"0.5"', "[0.5]", "{}", "1" + 400 * "0"]
)  # fmt: skip
def test_what_is_no_number_from_0_to_1_is_refused(api, fridge, make_images, said):
    (image,) = make_images(fridge, 1)
    body = json.dumps({"result": {"boxes": []}, "shown_from": 77}).replace("77", said)
    answer = api.put(f"/api/images/{image.pk}/annotations/{uuid4()}/", body, content_type="application/json")
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert not Annotation.objects.exists()


def test_of_a_category_a_slider_says_nothing(api, project, make_images):
    (image,) = make_images(project, 1)
    assert submit(api, image.pk, shown_from=0.9).status_code == 201
    assert Annotation.objects.get().regions == [{"origin": "drawn"}]


def test_gold_answers_keep_the_slider_too(api, manager_api, fridge, make_images):
    Project.objects.update(gold_every=1)
    (image,) = make_images(fridge, 1)
    submit_boxes(manager_api, image.pk, [box()])
    body = {"action": "gold", "ids": [image.pk]}
    manager_api.post(f"/api/projects/{fridge.pk}/images/bulk/", body, format="json")
    assert submit_boxes(api, image.pk, [box()], shown_from=0.25).status_code == 201
    assert Annotation.objects.get(gold=True).shown_from == 0.25


def test_the_projects_page_counts_what_was_in_sight(label, manager_api, fridge):
    label([SURE, UNSURE], [SURE, OVER_UNSURE], shown_from=0.25)
    (row,) = figures(manager_api, fridge)["accepted"]
    assert (row["accepted"], row["corrected"], row["shown"]) == (1, 0, 1)
    label([SURE, UNSURE], [SURE])  # by a program
    label([SURE, UNSURE], [UNSURE], shown_from=0.25)  # accepted before the slider went up
    (row,) = figures(manager_api, fridge)["accepted"]
    assert (row["accepted"], row["corrected"], row["shown"]) == (3, 0, 5)


def test_an_image_whose_pre_labels_were_all_out_of_sight_is_timed_as_one_without(label, manager_api, fridge):
    label([UNSURE], [OVER_UNSURE], shown_from=0.25, lead_time_ms=9000)
    found = figures(manager_api, fridge)
    assert found["accepted"] == [] and found["drawn"] == 1
    assert (found["seconds"]["a"], found["seconds"]["b"]) == (None, 9)
    label([UNSURE], [UNSURE], shown_from=0.25, lead_time_ms=3000)
    found = figures(manager_api, fridge)
    assert (found["seconds"]["a"], found["seconds"]["b"]) == (3, 9)
    (row,) = found["accepted"]
    assert (row["accepted"], row["shown"]) == (1, 1)

"""Boxes: what may be said of an image, where each box came from, and all that follows for a label of several regions."""

import json
import math
from uuid import uuid4

import pytest

from labeling.kinds import KINDS
from labeling.models import Annotation, Membership, Project, QueueItem, Role
from tests.labeling.boxes import box, predict_boxes, submit_boxes
from tests.labeling.test_images import listed
from tests.labeling.test_queue import lease


@pytest.fixture
def image(fridge, make_images):
    return make_images(fridge, 1)[0].pk


@pytest.fixture
def reviewer_api(make_user, client_for, fridge):
    user = make_user("reviewer")
    Membership.objects.create(project=fridge, user=user, role=Role.REVIEWER)
    return client_for(user)


@pytest.fixture
def second_api(make_user, client_for, fridge):
    user = make_user("second")
    Membership.objects.create(project=fridge, user=user, role=Role.LABELER)
    return client_for(user)


def refused(answer):
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json", answer.content
    assert not Annotation.objects.exists() and QueueItem.objects.get().status == "unlabeled"
    return answer.json()["detail"]


def test_boxes_label_an_image(api, fridge, image):
    item = lease(api, fridge)[0]
    boxes = [box(id="a1"), box("jam", (0.25, 0, 639.5, 480), id="b_2-c")]
    answer = submit_boxes(api, image, boxes, assignment=item["assignment"]["id"], lead_time_ms=900)
    assert answer.status_code == 201 and answer.json()["status"] == "labeled"
    kept = Annotation.objects.get()
    assert kept.result == {"boxes": boxes} and kept.lead_time_ms == 900
    assert kept.regions == [{"id": "a1", "origin": "drawn"}, {"id": "b_2-c", "origin": "drawn"}]
    row = QueueItem.objects.get()
    assert (row.status, row.slots, row.category, row.categories) == ("labeled", 0, "", ["milk", "jam"])


def test_an_image_may_show_nothing(api, image):
    assert submit_boxes(api, image, []).status_code == 201
    assert (QueueItem.objects.get().status, QueueItem.objects.get().categories) == ("labeled", [])


def test_boxes_without_ids_get_some_and_the_same_submit_is_the_same(api, image):
    uuid, boxes = uuid4(), [box(id="b0"), box("jam"), box("water")]
    assert submit_boxes(api, image, boxes, uuid).status_code == 201
    assert submit_boxes(api, image, boxes, uuid).status_code == 200
    ids = [one["id"] for one in Annotation.objects.get().result["boxes"]]
    assert ids[0] == "b0" and len(set(ids)) == 3
    assert submit_boxes(api, image, boxes[:2], uuid).status_code == 409


@pytest.mark.parametrize(
    "bbox",
    [
        [10, 20, 5, 30], [10, 20, 30, 20], [10, 20, 10, 20], [-5, 0, 10, 10], [0, 0, 641, 10], [0, 0, 10, 480.5], [700, 500, 800, 600],
        [1, 2, 3], [1, 2, 3, 4, 5], ["1", 2, 3, 4], [True, 0, 3, 4], [None, 0, 3, 4], "1,2,3,4", None, {}, [[1], 2, 3, 4],
        [1, 2, 10**400, 4], [0, 0, 1e308, 1e308],
    ],
)  # fmt: skip
def test_what_is_no_box_in_the_image_is_refused(api, image, bbox):
    detail = refused(submit_boxes(api, image, [box(), {"category": "milk", "bbox": bbox}]))
    assert "boxes.1.bbox" in detail


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(api, image, number):
    body = json.dumps({"result": {"boxes": [box(bbox=(0, 0, 77, 10))]}}).replace("77", number)
    answer = api.put(f"/api/images/{image}/annotations/{uuid4()}/", body, content_type="application/json")
    assert answer.status_code == 400 and not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"category": "cheese"}, "must be one of milk, jam, water"), ({"category": None}, "must be one of"), ({"category": 3}, "must be"),
        ({"score": 1.5}, "score"), ({"score": -0.1}, "score"), ({"score": "high"}, "score"), ({"origin": "drawn"}, "origin"),
        ({"model_version": 3}, "model_version"), ({"id": "a b"}, "id"), ({"id": ""}, "id"), ({"id": "x" * 65}, "id"), ({"id": 7}, "id"),
        ({"id": "twice"}, "twice"),
    ],
)  # fmt: skip
def test_what_nobody_may_say_of_a_box_is_refused(api, image, change, said):
    assert said in refused(submit_boxes(api, image, [box(id="twice"), {**box(), **change}]))


@pytest.mark.parametrize(
    "result",
    [{}, {"boxes": None}, {"boxes": {}}, {"boxes": [7]}, {"category": "milk"}, {"boxes": [], "faces": []}],
)
def test_what_is_no_list_of_boxes_is_refused(api, image, result):
    answer = api.put(f"/api/images/{image}/annotations/{uuid4()}/", {"result": result}, format="json")
    refused(answer)


def test_too_many_boxes_are_refused_and_many_are_not(api, image):
    many = [box(bbox=(n % 600, n // 600, n % 600 + 5, n // 600 + 5)) for n in range(5001)]
    assert "at most 5,000" in refused(submit_boxes(api, image, many))
    assert submit_boxes(api, image, many[:5000]).status_code == 201


def test_what_a_rounding_left_outside_is_cut_off(api, image):
    assert submit_boxes(api, image, [box(bbox=(-1e-5, 0, 640.0004, 480))]).status_code == 201
    assert Annotation.objects.get().result["boxes"][0]["bbox"] == [0, 0, 640, 480]


def test_a_models_score_is_no_part_of_a_label(api, fridge, image):
    rows = predict_boxes([image], [box(), box("jam", (200, 100, 300, 200))])
    item = lease(api, fridge)[0]
    assert submit_boxes(api, image, rows, assignment=item["assignment"]["id"]).status_code == 201
    assert all(set(one) == {"id", "category", "bbox"} for one in Annotation.objects.get().result["boxes"])


def test_where_each_box_came_from_is_found_by_comparing(api, fridge, image):
    predict_boxes(
        [image],
        [
            box(),
            box("jam", (200, 100, 300, 200)),
            box("water", (400, 0, 500, 100)),
            box("milk", (0, 400, 50, 450)),
        ],
    )
    item = lease(api, fridge)[0]
    said = [
        box(id="p3"),  # the first one as it was predicted, under another's id
        box("jam", (205, 103, 303, 199), id="p1"),  # moved a little
        box("jam", (400, 0, 500, 100)),  # another category
        box("milk", (300, 300, 350, 350), id="p0"),  # elsewhere, whatever its id says
        box("milk", (12, 22, 111, 219)),  # a second one over what is accepted already
    ]
    assert submit_boxes(api, image, said, assignment=item["assignment"]["id"]).status_code == 201
    regions = Annotation.objects.get().regions
    assert [region["origin"] for region in regions] == [
        "accepted",
        "corrected",
        "corrected",
        "drawn",
        "drawn",
    ]
    assert [region.get("model_version") for region in regions] == [7, 7, 7, None, None]


def origins(api, fridge, image, said, **body):
    """Of boxes that are submitted on an image, as the lease's prediction makes them."""
    item = lease(api, fridge)[0]
    answer = submit_boxes(api, image, said, assignment=item["assignment"]["id"], **body)
    assert answer.status_code == 201, answer.content
    return [region["origin"] for region in Annotation.objects.get().regions]


def test_a_pre_label_that_is_moved_far_is_corrected_by_its_id(api, fridge, image):
    predict_boxes([image], [box(bbox=(0, 0, 100, 100)), box("jam", (200, 200, 300, 300))])
    said = [
        box(bbox=(99, 99, 199, 199), id="p0"),
        box("water", (280, 200, 380, 300), id="p1"),  # another category, too
    ]
    assert origins(api, fridge, image, said) == ["corrected", "corrected"]


def test_a_pre_label_that_is_moved_off_its_place_is_drawn(api, fridge, image):
    predict_boxes([image], [box(bbox=(0, 0, 100, 100))])
    assert origins(api, fridge, image, [box(bbox=(100, 0, 200, 100), id="p0")]) == ["drawn"]


def test_an_id_decides_before_overlap_does_and_each_predicted_box_counts_once(api, fridge, image):
    predict_boxes([image], [box(bbox=(0, 0, 100, 100))])
    said = [box(bbox=(0, 0, 100, 90), id="mine"), box(bbox=(80, 80, 180, 180), id="p0")]
    assert origins(api, fridge, image, said) == ["drawn", "corrected"]


def test_an_id_takes_nothing_from_a_box_that_is_exactly_as_predicted(api, fridge, image):
    predict_boxes([image], [box(bbox=(0, 0, 100, 100))])
    said = [box(bbox=(0, 0, 100, 99), id="p0"), box(bbox=(0, 0, 100, 100), id="mine")]
    assert origins(api, fridge, image, said) == ["drawn", "accepted"]


def test_a_correction_by_the_same_person_keeps_its_origins(api, fridge, image):
    predict_boxes([image], [box(), box("jam", (200, 100, 300, 200))])
    item, first = lease(api, fridge)[0], uuid4()
    submit_boxes(api, image, [box()], first, assignment=item["assignment"]["id"])
    again = submit_boxes(
        api, image, [box(), box("jam", (200, 100, 300, 200)), box("water", (0, 0, 9, 9))], replaces=str(first)
    )
    assert again.status_code == 201
    current = Annotation.objects.get(current=True)
    assert [region["origin"] for region in current.regions] == ["accepted", "accepted", "drawn"]
    assert QueueItem.objects.get().categories == ["milk", "jam", "water"]
    assert api.delete(f"/api/annotations/{current.uuid}/").status_code == 200
    assert QueueItem.objects.get().categories == ["milk"]


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ([box(bbox=(14, 22, 112, 218)), box("jam", (201, 99, 300, 200))], "labeled"),
        ([box("jam", (200, 100, 300, 200)), box()], "labeled"),  # in another order
        ([box("jam"), box("milk", (200, 100, 300, 200))], "in_review"),
        ([box()], "in_review"),
        ([box(), box("jam", (200, 100, 260, 150))], "in_review"),
        ([], "in_review"),
    ],
)
def test_two_people_agree_when_every_box_has_its_twin(api, second_api, fridge, make_images, other, status):
    Project.objects.update(overlap=2)
    fridge.refresh_from_db()
    (image,) = make_images(fridge, 1)
    assert (
        submit_boxes(api, image.pk, [box(), box("jam", (200, 100, 300, 200))]).json()["status"] == "unlabeled"
    )
    assert submit_boxes(second_api, image.pk, other).json()["status"] == status


def test_two_people_who_see_nothing_agree():
    same = KINDS["detection"].same
    assert same({"boxes": []}, {"boxes": []}) and not same({"boxes": []}, {"boxes": [box()]})


def test_a_lease_that_runs_out_settles_boxes_by_what_was_said(
    api, second_api, manager_api, fridge, make_images
):
    Project.objects.update(overlap=3)
    fridge.refresh_from_db()
    one, other = (image.pk for image in make_images(fridge, 2))
    for image, said in ((one, [box()]), (other, [box("jam")])):
        submit_boxes(api, image, [box()])
        submit_boxes(second_api, image, said)
    answer = manager_api.patch(f"/api/projects/{fridge.pk}/", {"overlap": 2}, format="json")
    assert answer.status_code == 200
    rows = dict(QueueItem.objects.values_list("image", "status"))
    assert rows == {one: "labeled", other: "in_review"}


def test_a_reviewer_mends_boxes_and_takes_it_back(api, reviewer_api, fridge, make_images):
    Project.objects.update(review=True)
    (image,), first = make_images(fridge, 1), uuid4()
    submit_boxes(api, image.pk, [box()], first)
    url, mended = (
        f"/api/annotations/{first}/review/",
        {"boxes": [box("jam", score=0.4), box("water", (1, 2, 3, 4))]},
    )
    body = {"verdict": "accept", "result": mended}
    assert reviewer_api.post(url, body, format="json").status_code in (200, 201)
    assert reviewer_api.post(url, body, format="json").status_code in (200, 201)  # the same again
    assert Annotation.objects.count() == 2
    row = QueueItem.objects.get()
    assert (row.status, row.categories) == ("done", ["jam", "water"])
    assert reviewer_api.delete(url).status_code in (200, 201)
    row = QueueItem.objects.get()
    assert (row.status, row.categories) == ("in_review", ["milk"])
    bad = {"verdict": "accept", "result": {"boxes": [box(bbox=(0, 0, 9000, 1))]}}
    assert reviewer_api.post(url, bad, format="json").status_code == 400


def test_an_image_that_is_sent_back_says_nothing_any_more(api, reviewer_api, fridge, image):
    uuid = uuid4()
    submit_boxes(api, image, [box()], uuid)
    reviewer_api.post(f"/api/annotations/{uuid}/review/", {"verdict": "reject"}, format="json")
    row = QueueItem.objects.get()
    assert (row.status, row.categories) == ("unlabeled", [])


def test_its_author_gets_the_boxes_that_were_sent_back_to_go_on_from(api, reviewer_api, fridge, image):
    uuid = uuid4()
    submit_boxes(api, image, [{**box(), "id": "mine"}], uuid)
    reviewer_api.post(
        f"/api/annotations/{uuid}/review/", {"verdict": "reject", "comment": "The jam"}, format="json"
    )
    (item,) = api.post(f"/api/projects/{fridge.pk}/next/").json()["items"]
    assert item["annotation"] is None and item["sent_back"]["comment"] == "The jam"
    assert item["sent_back"]["boxes"] == [{**box(), "id": "mine"}]


def test_a_rename_and_a_merge_reach_every_box(api, manager_api, fridge, make_images):
    one, other = (image.pk for image in make_images(fridge, 2))
    submit_boxes(api, one, [box(), box("jam", (200, 100, 300, 200.25)), box("water", (1, 2, 3, 4))])
    submit_boxes(api, other, [])
    milk, jam, water = fridge.categories.all()
    body = {
        "categories": [{"id": jam.pk, "name": "milk"}, {"id": milk.pk, "name": "drink", "merges": [water.pk]}]
    }
    answer = manager_api.patch(f"/api/projects/{fridge.pk}/", body, format="json")
    assert answer.status_code == 200, answer.json()
    kept = Annotation.objects.get(image=one).result["boxes"]
    assert [one["category"] for one in kept] == ["drink", "milk", "drink"] and kept[1]["bbox"] == [
        200,
        100,
        300,
        200.25,
    ]
    assert QueueItem.objects.get(pk=one).categories == ["drink", "milk"]
    assert Annotation.objects.get(image=other).result == {"boxes": []}
    counts = manager_api.get(f"/api/projects/{fridge.pk}/categories/").json()
    assert {row["name"]: row["labels"] for row in counts} == {"milk": 1, "drink": 2}
    (third,) = make_images(fridge, 1)
    assert submit_boxes(api, third.pk, [box("water")]).status_code == 201  # of a page opened before
    assert Annotation.objects.get(image=third).result["boxes"][0]["category"] == "drink"


def test_a_category_that_boxes_carry_does_not_go(api, manager_api, fridge, image):
    submit_boxes(api, image, [box(), box(bbox=(1, 1, 5, 5))])
    keep = [{"id": one.pk, "name": one.name} for one in fridge.categories.all() if one.name != "milk"]
    answer = manager_api.patch(f"/api/projects/{fridge.pk}/", {"categories": keep}, format="json")
    assert answer.status_code == 409 and "2 boxes say milk" in answer.json()["detail"]


def test_images_are_found_by_the_category_of_one_of_their_boxes(api, manager_api, fridge, make_images):
    one, other, third = (image.pk for image in make_images(fridge, 3))
    submit_boxes(api, one, [box(), box("jam", (1, 2, 3, 4))])
    submit_boxes(api, other, [box("jam")])
    url = f"/api/projects/{fridge.pk}/images/"
    found = lambda name: listed(manager_api, fridge, f"?category={name}")  # noqa: E731
    assert found("jam") == [one, other] and found("milk") == [one] and found("water") == []
    assert found("") == [third]
    row = manager_api.get(url).json()["results"][0]
    assert row["categories"] == ["milk", "jam"] and row["category"] is None


def test_a_labeler_sees_no_ones_boxes_of_an_open_image(api, second_api, fridge, make_images):
    Project.objects.update(overlap=2)
    fridge.refresh_from_db()
    (image,) = make_images(fridge, 1)
    submit_boxes(api, image.pk, [box()])
    mine, theirs = (
        client.get(f"/api/projects/{fridge.pk}/images/").json()["results"][0] for client in (api, second_api)
    )
    assert mine["categories"] == ["milk"] and theirs["categories"] == []
    assert listed(second_api, fridge, "?category=milk") == []
    assert second_api.get(f"/api/images/{image.pk}/").json()["annotations"] == []
    (item,) = api.get(f"/api/projects/{fridge.pk}/annotations/mine/").json()["results"]
    assert item["annotation"]["result"]["boxes"][0]["category"] == "milk"


def test_statistics_count_boxes(api, manager_api, fridge, make_images):
    with_it, without = (image.pk for image in make_images(fridge, 2))
    predict_boxes([with_it], [box(), box("jam", (200, 100, 300, 200)), box("water", (400, 0, 500, 100))])
    items = {item["image"]["id"]: item for item in lease(api, fridge, 2)}
    said = [box(), box("jam", (210, 100, 300, 200)), box("milk", (0, 0, 5, 5)), box("milk", (9, 9, 12, 12))]
    submit_boxes(api, with_it, said, assignment=items[with_it]["assignment"]["id"], lead_time_ms=8000)
    submit_boxes(
        api, without, [box(), box("jam")], assignment=items[without]["assignment"]["id"], lead_time_ms=20000
    )
    found = manager_api.get(f"/api/projects/{fridge.pk}/statistics/").json()
    (row,) = found["accepted"]
    assert (row["model_version"], row["accepted"], row["corrected"], row["shown"]) == (7, 1, 1, 3)
    assert found["drawn"] == 4
    assert (found["seconds"]["a"], found["seconds"]["b"]) == (8, 20)
    assert (found["region_seconds"]["a"], found["region_seconds"]["b"]) == (2, 10)
    assert found["balance"] == [{"split": "", "categories": {"milk": 4, "jam": 2}}]


def test_gold_answers_are_right_when_every_box_is_found(api, manager_api, second_api, fridge, make_images):
    Project.objects.update(gold_every=1)
    (image,) = make_images(fridge, 1)
    submit_boxes(manager_api, image.pk, [box(), box("jam", (200, 100, 300, 200))])
    manager_api.post(
        f"/api/projects/{fridge.pk}/images/bulk/", {"action": "gold", "ids": [image.pk]}, format="json"
    )
    assert (
        submit_boxes(
            api, image.pk, [box(bbox=(12, 22, 112, 219)), box("jam", (200, 100, 300, 200))]
        ).status_code
        == 201
    )
    assert submit_boxes(second_api, image.pk, [box()]).status_code == 201
    record = manager_api.get(f"/api/projects/{fridge.pk}/statistics/").json()["gold"]
    assert record == [
        {"user": "labeler", "answers": 1, "right": 1},
        {"user": "second", "answers": 1, "right": 0},
    ]
    assert QueueItem.objects.get().categories == ["milk", "jam"]


def test_boxes_are_not_relabeled_many_at_once(manager_api, fridge, image):
    body = {"action": "relabel", "ids": [image], "category": "milk"}
    answer = manager_api.post(f"/api/projects/{fridge.pk}/images/bulk/", body, format="json")
    assert answer.status_code == 400 and "one category" in answer.json()["detail"]


def test_a_conflict_shows_both_versions(api, fridge, image):
    first = uuid4()
    submit_boxes(api, image, [box()], first)
    answer = submit_boxes(api, image, [box("jam")])
    assert answer.status_code == 409
    current = answer.json()["current"]
    assert current["uuid"] == str(first) and current["result"]["boxes"][0]["category"] == "milk"


def test_coordinates_come_back_to_the_last_digit(api, image):
    bbox = [math.pi, math.e, 100 * math.pi, 123.456789012345]
    submit_boxes(api, image, [box(bbox=bbox)])
    kept = api.get(f"/api/images/{image}/").json()["annotations"][0]["result"]["boxes"][0]["bbox"]
    assert kept == bbox

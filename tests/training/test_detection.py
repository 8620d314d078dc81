"""Boxes through the training side: frozen, judged by the gate, compared, refused where there is too little."""

import json

import pytest

from inference.models import ModelVersion
from inference.services.results import Said, store
from labeling.models import Annotation, Image, QueueItem
from labeling.services.projects import project_create
from labeling.services.splits import split_assign
from tests.labeling.boxes import box
from training.models import Snapshot
from training.services.gate import compare, evaluation, gate_judge, measured
from training.services.snapshots import snapshot_freeze, snapshot_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def label_boxes(make_images, labeler, fridge, media):
    """Images with these boxes each, labeled, on these sides."""

    def make(boxes, split="", **fields):
        images = make_images(fridge, len(boxes))
        Image.objects.filter(pk__in=[image.pk for image in images]).update(split=split, **fields)
        for image, some in zip(images, boxes, strict=True):
            rows = [{"id": f"b{n}", **one} for n, one in enumerate(some)]
            Annotation.objects.create(
                image=image, project=fridge, author=labeler, result={"boxes": rows}, digest="x", regions=[]
            )
            names = list(dict.fromkeys(one["category"] for one in some))
            QueueItem.objects.filter(image=image).update(status="labeled", slots=0, categories=names)
            image.refresh_from_db()
        return images

    return make


def version(project, number, **fields):
    values = {"model": "yolo", "weights": "none", "weights_sha256": "0" * 64, **fields}
    return ModelVersion.objects.create(project=project, number=number, **values)


def says(version, images, boxes):
    """`boxes` of each image, with scores; None where the version failed."""
    rows = []
    for image, some in zip(images, boxes, strict=True):
        if some is None:
            rows.append(Said(image.pk, None, None, None, 1, "broken"))
            continue
        found = [{"id": f"p{n}", "score": 0.9, **one} for n, one in enumerate(some)]
        rows.append(Said(image.pk, {"boxes": found}, 0.9, 0.1, 1))
    store(version, rows)


TRUTH = [[box(), box("jam", (200, 100, 300, 200))], [box("water", (5, 5, 80, 90))], []]
MISSED = [[box()], [box("water", (5, 5, 80, 90))], []]


def test_boxes_are_frozen_with_their_sizes_and_the_same_labels_give_the_same_hash(
    label_boxes, fridge, manager
):
    label_boxes(TRUTH, split="train")
    snapshot = snapshot_freeze(project=fridge, by=manager, name="the first")
    rows = snapshot_rows(snapshot)
    assert [len(row["boxes"]) for row in rows] == [2, 1, 0] and (rows[0]["width"], rows[0]["height"]) == (
        640,
        480,
    )
    assert rows[0]["boxes"][0] == {"category": "milk", "bbox": [10, 20, 110, 220]}
    assert snapshot.splits == {"train": {"milk": 1, "jam": 1, "water": 1}} and snapshot.images == {"train": 3}
    again = snapshot_freeze(project=fridge, by=manager, name="again")
    assert again.pk == snapshot.pk and again.name == "the first"


def test_a_late_or_rejected_label_is_not_learned_from(label_boxes, fridge, manager):
    images = label_boxes([[box()], [box()]], split="train")
    Annotation.objects.create(
        image=images[0], project=fridge, result={"boxes": []}, digest="y", late=True, regions=[]
    )
    Annotation.objects.create(
        image=images[1], project=fridge, result={"boxes": []}, digest="z", verdict="reject", regions=[]
    )
    rows = snapshot_rows(snapshot_freeze(project=fridge, by=manager))
    assert [len(row["boxes"]) for row in rows] == [1, 1]


def test_sides_are_balanced_by_what_images_show_and_empty_ones_count(label_boxes, fridge):
    label_boxes([[box()]] * 20 + [[box("jam"), box("water")]] * 20 + [[]] * 10)
    split_assign(project=fridge)
    rows = Image.objects.filter(project=fridge).values_list("split", "queue__categories")
    held_out = [names for split, names in rows if split == "test"]
    assert 8 <= len(held_out) <= 12 and {tuple(names) for names in held_out} == {
        ("milk",),
        ("jam", "water"),
        (),
    }


def test_the_first_version_passes_when_it_finds_anything(label_boxes, fridge):
    images = label_boxes(TRUTH, split="test")
    good, blind = version(fridge, 1), version(fridge, 2)
    says(good, images, MISSED)
    says(blind, images, [[], [], []])
    judged = gate_judge(candidate=good, production=None)
    assert judged["passed"] and judged["count"] == 3 and 0.3 < judged["candidate"]["map"] < 1
    assert not gate_judge(candidate=blind, production=None)["passed"]
    assert measured(good)["per_class"]["jam"]["recall"] == 0


def test_a_worse_version_is_refused_and_a_better_one_passes(label_boxes, fridge):
    images = label_boxes(TRUTH, split="test")
    better, worse = version(fridge, 1), version(fridge, 2)
    says(better, images, TRUTH)
    says(worse, images, MISSED)
    refused = gate_judge(candidate=worse, production=better)
    assert not refused["passed"] and refused["difference"]["value"] < 0 and "mAP 50–95" in refused["reason"]
    assert gate_judge(candidate=better, production=worse)["passed"]
    found = compare(a=better, b=worse)
    assert found["count"] == 3 and found["difference"]["map"]["value"] > 0
    (row,) = found["images"]
    assert (row["image"], row["truth"], row["a"], row["b"]) == (
        images[0].pk,
        "2 boxes",
        "2 found",
        "1 found, 1 missed",
    )


def test_the_worst_images_come_first_with_their_mistakes(label_boxes, fridge):
    images = label_boxes(TRUTH, split="test")
    one = version(fridge, 1)
    says(one, images, [[box("water")], [box("water", (5, 5, 80, 90)), box("jam", (300, 300, 400, 400))], []])
    rows = evaluation(version=one)
    assert [row["image"] for row in rows] == [images[0].pk, images[1].pk, images[2].pk]
    assert {mark["what"] for mark in rows[0]["boxes"]} == {"confused", "misses"}
    assert {mark["what"] for mark in rows[1]["boxes"]} == {"hits", "false_alarms"}
    assert rows[2]["correct"] and rows[2]["truth"] == "0 boxes"


def test_a_version_that_failed_on_an_image_found_nothing_there(label_boxes, fridge):
    images = label_boxes(TRUTH, split="test")
    one = version(fridge, 1)
    says(one, images, [None, TRUTH[1], []])
    assert measured(one)["per_class"]["milk"]["recall"] == 0


@pytest.mark.parametrize(
    ("boxes", "said"),
    [([[], [], [], []], "no box"), ([[box()], [box()]], "Only 2 images"), ([[box()]] * 5, "held out")],
)
def test_too_little_to_learn_from_is_said(manager_api, label_boxes, fridge, boxes, said):
    label_boxes(boxes, split="train")
    answer = manager_api.post(f"/api/projects/{fridge.pk}/training-runs/", {"model": "yolo"}, format="json")
    assert answer.status_code == 409 and said in answer.json()["detail"]


def test_what_can_be_trained_on_boxes_is_offered(manager_api, label_boxes, fridge):
    url = f"/api/projects/{fridge.pk}/training-options/"
    assert "Draw boxes" in manager_api.get(url).json()["reason"]
    label_boxes([[box()]] * 9, split="train")
    options = manager_api.get(url).json()
    assert options["ready"] and [one["model"] for one in options["models"]] == ["yolo"]
    assert options["labeled"] == {"milk": 9, "jam": 0, "water": 0}
    answer = manager_api.post(
        f"/api/projects/{fridge.pk}/training-runs/", {"model": "two_stage"}, format="json"
    )
    assert answer.status_code == 400


def test_dataset_versions_are_listed_named_and_compared(
    manager_api, api, stranger_api, label_boxes, fridge, labeler
):
    images = label_boxes(TRUTH, split="train")
    url = f"/api/projects/{fridge.pk}/snapshots/"
    first = manager_api.post(url, {"name": "before"}, format="json").json()
    Annotation.objects.filter(image=images[0]).update(result={"boxes": [{"id": "b0", **box("jam")}]})
    Image.objects.filter(pk=images[1].pk).update(split="test")
    images[2].delete()
    (added,) = label_boxes([[box(), box()]], split="train")
    second = manager_api.post(url, {}, format="json").json()
    renamed = manager_api.patch(f"/api/snapshots/{second['id']}/", {"name": "after"}, format="json")
    assert renamed.json()["name"] == "after"
    listed = manager_api.get(url).json()["results"]
    assert [row["name"] for row in listed] == ["after", "before"] and listed[0]["images"] == {
        "train": 2,
        "test": 1,
    }
    found = manager_api.get(f"{url}compare/?before={first['id']}&after={second['id']}").json()
    assert found["counts"] == {"added": 1, "removed": 1, "relabeled": 1, "moved": 1}
    assert found["added"][0] == {"image": added.pk, "name": added.name, "before": None, "after": "2 milk"}
    assert found["removed"][0]["before"] == "no box"
    assert (found["relabeled"][0]["before"], found["relabeled"][0]["after"]) == ("1 jam, 1 milk", "1 jam")
    assert (found["moved"][0]["before"], found["moved"][0]["after"]) == ("train", "test")
    assert manager_api.get(f"{url}compare/?before={first['id']}").status_code == 400
    for client, code in ((api, 403), (stranger_api, 404)):
        assert client.get(url).status_code == code
        assert client.get(f"/api/snapshots/{first['id']}/file/").status_code == code


def test_a_dataset_version_is_downloaded_as_it_was_frozen(manager_api, label_boxes, fridge):
    label_boxes(TRUTH, split="train")
    row = manager_api.post(f"/api/projects/{fridge.pk}/snapshots/", {}, format="json").json()
    answer = manager_api.get(f"/api/snapshots/{row['id']}/file/")
    lines = b"".join(answer.streaming_content)
    import hashlib

    assert hashlib.sha256(lines).hexdigest() == row["sha256"] == Snapshot.objects.get().sha256
    assert len([json.loads(line) for line in lines.splitlines()]) == 3
    assert answer["Content-Type"] == "application/x-ndjson" and ".jsonl" in answer["Content-Disposition"]


def test_nothing_labeled_freezes_nothing(manager_api, fridge):
    answer = manager_api.post(f"/api/projects/{fridge.pk}/snapshots/", {}, format="json")
    assert answer.status_code == 409 and not Snapshot.objects.exists()


def test_label_errors_are_not_looked_for_among_boxes(manager_api, fridge):
    answer = manager_api.post(f"/api/projects/{fridge.pk}/label-checks/", {}, format="json")
    assert answer.status_code == 409 and "one category" in answer.json()["detail"]


def test_another_projects_dataset_version_is_not_compared(manager_api, label_boxes, fridge, stranger):
    label_boxes(TRUTH, split="train")
    mine = manager_api.post(f"/api/projects/{fridge.pk}/snapshots/", {}, format="json").json()["id"]
    other = project_create(by=stranger, name="Other", kind="detection", categories=[{"name": "x"}])
    theirs = Snapshot.objects.create(project=other, sha256="1" * 64, manifest="none", count=1)
    url = f"/api/projects/{fridge.pk}/snapshots/compare/?before={mine}&after={theirs.pk}"
    assert manager_api.get(url).status_code == 404

"""What is wrong in a file is told by its place there, and keeps its image away with all of its labels."""

import json

import pytest

from labeling.models import Annotation
from tests.labeling.test_archives import failure, imported, packed, result
from tests.labeling.test_bad_boxes import BOX, coco, names, table, tasks
from tests.labeling.test_box_formats import H, W, food, media, photo  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fridge(manager):
    return food(manager)


def told(job):
    return [(error["item"], error["reason"]) for error in job["errors"]]


@pytest.mark.parametrize("change", [lambda text: text.replace('"x":10', '"x":NaN'), lambda text: text[:-20]])
def test_label_studio_s_tasks_that_are_broken_end_the_import(manager_api, fridge, change):
    text = tasks([("1.jpg", "milk", BOX), ("2.jpg", "milk", BOX)])["tasks.json"]
    data = packed({"1.jpg": photo(1), "2.jpg": photo(2), "tasks.json": change(text)})
    assert failure(manager_api, fridge, data).startswith("tasks.json: ")


@pytest.mark.parametrize("row", [{"annotations": []}, "x", None, {"data": "1.jpg"}])
def test_a_row_that_is_no_task_is_told_and_the_others_come(manager_api, fridge, row):
    said = json.loads(tasks([("1.jpg", "milk", BOX), ("2.jpg", "milk", BOX)])["tasks.json"])
    said.insert(1, row)
    job = imported(
        manager_api, fridge, packed({"1.jpg": photo(1), "2.jpg": photo(2), "tasks.json": json.dumps(said)})
    )
    assert job["state"] == "succeeded" and Annotation.objects.count() == 2
    assert told(job) == [("tasks.json: task 2", "This is no task: it has no data.")]


def test_json_of_something_else_leaves_pictures_as_they_are(manager_api, fridge):
    for text in ('[{"name": "x", "annotations": 1}]', '{"a": NaN}', "[]", '["x"]'):
        said = result(manager_api, fridge, packed({"1.jpg": photo(1), "info.json": text}))
        assert said["format"] == "images" and not said["rejected"]


@pytest.mark.parametrize("row", ["1.jpg,b,9,9,20", "1.jpg,b,1,1,5,5,7"])
def test_a_row_of_a_table_that_is_cut_keeps_its_image_away(manager_api, fridge, row):
    boxes = [("1.jpg", "milk", BOX), ("2.jpg", "milk", BOX)]
    text = table(boxes)["labels.csv"] + f"{row}\r\n"
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "2.jpg": photo(2), "labels.csv": text}))
    assert names() == ["2.jpg"]
    assert told(job) == [("labels.csv:4", "The row has another number of cells than the first.")]


def rows_of(boxes):
    return json.loads(coco(boxes)["a.json"])


@pytest.mark.parametrize(
    "wrong",
    [{"split": "foo"}, {"width": "x"}, {"width": -1}, {"group": "x" * 201}, {"video_time": -4}, {"id": None}],
)
def test_a_bad_image_of_coco_stays_out_with_its_picture_and_its_boxes(manager_api, fridge, wrong):
    said = rows_of([("1.jpg", "milk", BOX), ("1.jpg", "07", BOX), ("2.jpg", "milk", BOX)])
    said["images"][0] |= wrong
    files = {"1.jpg": photo(1), "2.jpg": photo(2), "3.jpg": photo(3), "a.json": json.dumps(said)}
    job = imported(manager_api, fridge, packed(files))
    assert names() == ["2.jpg", "3.jpg"] and Annotation.objects.count() == 1
    told_of = [item for item, _ in told(job)]
    if "id" in wrong:
        assert told_of == ["a.json: annotation 0", "a.json: annotation 1", "a.json: image number 1"]
    else:
        assert told_of == ["a.json: image 0"]


def test_a_bad_image_of_coco_without_a_readable_name_takes_its_boxes_with_it(manager_api, fridge):
    said = rows_of([("1.jpg", "milk", BOX), ("2.jpg", "milk", BOX)])
    said["images"][0]["file_name"] = 7
    said["images"].append("x")
    job = imported(manager_api, fridge, packed({"2.jpg": photo(2), "a.json": json.dumps(said)}))
    assert names() == ["2.jpg"]
    assert told(job) == [
        ("a.json: image 0", "The file_name is none."), ("a.json: image number 3", "An object is expected."),
    ]  # fmt: skip


def test_images_of_one_id_stay_out_both(manager_api, fridge):
    said = rows_of([("1.jpg", "milk", BOX), ("2.jpg", "milk", BOX), ("3.jpg", "milk", BOX)])
    said["images"][1]["id"] = 0
    said["annotations"][1]["image_id"] = 0
    files = {"1.jpg": photo(1), "2.jpg": photo(2), "3.jpg": photo(3), "a.json": json.dumps(said)}
    job = imported(manager_api, fridge, packed(files))
    assert names() == ["3.jpg"]
    assert told(job) == [("a.json: image 0", "Two images have the id 0.")]

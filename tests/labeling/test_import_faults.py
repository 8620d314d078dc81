"""What is wrong in a file is told by its place there, and keeps its image away with all of its labels."""

import json

import pytest

from labeling.models import Annotation
from tests.labeling.test_archives import failure, imported, packed, result
from tests.labeling.test_bad_boxes import BOX, tasks
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

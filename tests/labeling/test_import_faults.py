"""What is wrong in a file is told by its place there, and keeps its image away with all of its labels."""

import json

import pytest

from labeling.models import Annotation, Image
from tests.labeling.test_archives import failure, imported, packed, result
from tests.labeling.test_bad_boxes import BOX, SETS, coco, formats, names, table, tasks, voc
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


@formats
def test_pictures_that_are_not_there_or_damaged_stand_among_the_job_s_errors(manager_api, fridge, format):
    said = SETS[format]([(f"{name}.jpg", "milk", BOX) for name in ("bad", "gone", "here")])
    job = imported(
        manager_api, fridge, packed({"bad.jpg": b"x", "here.jpg": photo(1), **said}), format=format
    )
    assert names() == ["here.jpg"] and len(told(job)) == 2
    assert {(row["name"], row["reason"]) for row in job["result"]["rejected"]} == set(told(job))
    assert sum("no such image" in reason and "gone" in item for item, reason in told(job)) == 1


def test_a_picture_that_is_not_there_is_told_with_its_line(manager_api, fridge):
    job = imported(manager_api, fridge, table([("gone.jpg", "milk", BOX)])["labels.csv"], "labels.csv")
    assert [item for item, _ in told(job)] == ["line 2: gone.jpg"]


def test_another_size_is_told_where_the_file_says_it(manager_api, fridge):
    said = rows_of([("1.jpg", "milk", BOX)])
    said["images"][0]["width"] = W - 1
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "a.json": json.dumps(said)}))
    assert [item for item, _ in told(job)] == ["a.json: image 0"]
    ((path, xml),) = voc([("1.jpg", "milk", BOX)]).items()
    xml = xml.replace("<object>", f"<size><width>{W}</width><height>{H + 1}</height></size><object>")
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), path: xml}))
    assert [item for item, _ in told(job)] == ["Annotations/1.xml"] and not names()


def test_a_bad_split_in_a_table_is_told_by_its_line(manager_api, fridge):
    text = "file,split\r\n1.jpg,train\r\n2.jpg,foo\r\n"
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "2.jpg": photo(2), "labels.csv": text}))
    assert [item for item, _ in told(job)] == ["labels.csv:3"] and names() == ["1.jpg"]


@pytest.mark.parametrize(
    ("format", "place"),
    [("coco", "a.json: annotation 1"), ("yolo", "labels/2.txt:1"), ("voc", "Annotations/2.xml: object 1"), ("csv", "labels.csv:3"),
     ("label-studio", "tasks.json: task 2: region r")],
)  # fmt: skip
def test_a_missing_category_is_told_with_the_first_place_that_says_it(manager_api, fridge, format, place):
    said = SETS[format]([("1.jpg", "milk", BOX), ("2.jpg", "cheese", BOX), ("3.jpg", "cheese", BOX)])
    files = {"1.jpg": photo(1), "2.jpg": photo(2), "3.jpg": photo(3), **said}
    assert f"no category cheese ({place}): add" in failure(manager_api, fridge, packed(files), format=format)


@pytest.mark.parametrize("column", ["split", "group"])
def test_rows_that_contradict_each_other_keep_their_image_away(manager_api, fridge, column):
    rows = ["1.jpg,train", "1.jpg,val", "2.jpg,", "2.jpg,test", "2.jpg,", "2.jpg,test"]
    text = "\n".join([f"file,{column}", *rows])
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "2.jpg": photo(2), "labels.csv": text}))
    reason = f"The image's {column} is train in one place and val here."
    assert told(job) == [("labels.csv:3", reason)] and names() == ["2.jpg"]
    assert getattr(Image.objects.get(), column) == "test"


def test_a_score_that_is_no_share_is_a_fault_in_label_studio_s_regions_too(manager_api, fridge):
    said = json.loads(tasks([("1.jpg", "milk", BOX), ("2.jpg", "milk", BOX)])["tasks.json"])
    for task, score in zip(said, (7, 0.7), strict=True):
        task["annotations"][0]["result"][0]["score"] = score
    files = {"1.jpg": photo(1), "2.jpg": photo(2), "tasks.json": json.dumps(said)}
    job = imported(manager_api, fridge, packed(files))
    assert [item for item, _ in told(job)] == ["tasks.json: task 1: region r"] and names() == ["2.jpg"]

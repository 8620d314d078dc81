"""Sets of boxes that mean harm or are broken, in every format: what is wrong is said, nothing of it is kept, the rest comes."""

import csv
import io
import json
import stat
import zipfile

import pytest

from labeling.models import Annotation, Image
from tests.labeling.test_archive_safety import with_members
from tests.labeling.test_archives import failure, imported, packed, result
from tests.labeling.test_box_formats import FORMATS, H, W, food, media, photo  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
BOX = ("10", "20", "50", "60")


@pytest.fixture
def fridge(manager):
    return food(manager)


@pytest.fixture
def other(manager):
    return food(manager, "Another fridge")


def coco(boxes):
    """JSON by hand: some of its numbers are none."""
    names = list(dict.fromkeys(name for name, _, _ in boxes))
    kinds = list(dict.fromkeys(category for _, category, _ in boxes))
    images = [{"id": n, "file_name": name, "width": W, "height": H} for n, name in enumerate(names)]
    rows = ",".join(
        f'{{"id":{n},"image_id":{names.index(name)},"category_id":{kinds.index(category)},"bbox":[{",".join(bbox)}]}}'
        for n, (name, category, bbox) in enumerate(boxes)
    )
    categories = [{"id": n, "name": name} for n, name in enumerate(kinds)]
    return {
        "a.json": f'{{"images":{json.dumps(images)},"annotations":[{rows}],"categories":{json.dumps(categories)}}}'
    }


def yolo(boxes):
    kinds = list(dict.fromkeys(category for _, category, _ in boxes))
    lines = {}
    for name, category, bbox in boxes:
        line = f"{kinds.index(category)} {' '.join(map(_share, bbox, (0.3, 0.3, 0, 0)))}\n"
        path = f"labels/{name.removeprefix('images/').rpartition('.')[0]}.txt"
        lines[path] = lines.get(path, "") + line
    return {"data.yaml": f"names: {json.dumps(kinds)}\n", **lines}


def _share(value, more):
    """Pixels as shares of a thousand: any that are in the picture will do."""
    try:
        return str(int(value) / 1000 + more)
    except ValueError:
        return value


def voc(boxes):
    files = {}
    for name, category, bbox in boxes:
        tags = zip(("xmin", "ymin", "xmax", "ymax"), bbox, strict=True)
        corners = "".join(f"<{tag}>{value}</{tag}>" for tag, value in tags)
        stem = name.rpartition("/")[2].rpartition(".")[0]
        objects = f"<object><name>{category}</name><bndbox>{corners}</bndbox></object>"
        files[f"Annotations/{stem}.xml"] = f"<annotation><filename>{name}</filename>{objects}</annotation>"
    return files


def table(boxes):
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["file", "category", "x1", "y1", "x2", "y2"])
    rows.writerows([name, category, *bbox] for name, category, bbox in boxes)
    return {"labels.csv": out.getvalue()}


def tasks(boxes):
    rows = ",".join(
        f'{{"data":{{"image":{json.dumps(name)}}},"annotations":[{{"result":[{{"id":"r","type":"rectanglelabels","from_name":"l",'
        f'"to_name":"i","value":{{"x":{bbox[0]},"y":{bbox[1]},"width":{bbox[2]},"height":10,"rectanglelabels":[{json.dumps(category)}]}}}}]}}]}}'
        for name, category, bbox in boxes
    )
    return {"tasks.json": f"[{rows}]"}


SETS = {"coco": coco, "yolo": yolo, "voc": voc, "csv": table, "label-studio": tasks}
formats = pytest.mark.parametrize("format", FORMATS)


def names():
    return list(Image.objects.order_by("name").values_list("name", flat=True))


@formats
@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "1e300", "-700", "7000", '"x"', "true"]
)
def test_a_number_that_no_box_has_brings_neither_box_nor_picture(manager_api, fridge, format, number):
    """Where the file as a whole is no JSON any more, nothing of it comes."""
    boxes = [("1.jpg", "milk", (number, *BOX[1:])), ("2.jpg", "milk", BOX)]
    files = {"1.jpg": photo(1), "2.jpg": photo(2), **SETS[format](boxes)}
    job = imported(manager_api, fridge, packed(files), format=format)
    no_json = format in ("coco", "label-studio") and number in ("NaN", "Infinity", "-Infinity", "1e400")
    assert job["state"] == ("failed" if no_json else "succeeded") and job["errors"]
    assert names() == ([] if no_json else ["2.jpg"]) and Annotation.objects.count() == (not no_json)


@formats
@pytest.mark.parametrize("name", ["../evil.jpg", "/etc/evil.jpg", "..\\evil.jpg", "C:/evil.jpg"])
def test_boxes_of_a_picture_whose_name_leads_out_stay_away_with_it(
    manager_api, fridge, tmp_path, format, name
):
    boxes = [("good.jpg", "milk", BOX), (name, "milk", BOX)]
    said = SETS[format](boxes)
    members = [(path, text) for path, text in said.items()]
    job = imported(
        manager_api, fridge, with_members((name, photo(1)), ("good.jpg", photo(2)), *members), format=format
    )
    assert job["state"] == "succeeded" and names() == ["good.jpg"]
    assert any("leads out" in error["reason"] for error in job["errors"])
    assert not list(tmp_path.rglob("*evil*")) and not (tmp_path.parent / "evil.jpg").exists()


@formats
def test_links_and_bombs_in_a_set_are_refused_and_the_others_come(manager_api, fridge, format):
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    bomb = zipfile.ZipInfo("bomb.jpg")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    said = SETS[format]([(name, "milk", BOX) for name in ("link.jpg", "bomb.jpg", "good.jpg")])
    data = with_members(
        (link, "/etc/passwd"), (bomb, b"\0" * 30_000_000), ("good.jpg", photo(1)), *said.items()
    )
    job = imported(manager_api, fridge, data, format=format)
    reasons = " ".join(error["reason"] for error in job["errors"])
    assert "link" in reasons and "two hundred times" in reasons and names() == ["good.jpg"]


@pytest.mark.parametrize(
    ("format", "path"),
    [("coco", "a.json"), ("csv", "labels.csv"), ("label-studio", "tasks.json"), ("voc", "Annotations/1.xml"), ("yolo", "labels/1.txt")],
)  # fmt: skip
def test_labels_that_are_a_bomb_are_not_read(manager_api, fridge, format, path):
    said = {"data.yaml": "names: [milk]", path: b" " * 30_000_000, "1.jpg": photo(1)}
    job = imported(manager_api, fridge, packed(said, compression=zipfile.ZIP_DEFLATED), format=format)
    reasons = [error for error in job["errors"] if "two hundred times" in error["reason"]]
    assert (reasons and reasons[0]["item"] == path) or job["state"] == "failed"
    assert not Annotation.objects.exists()


@formats
def test_a_picture_that_is_nowhere_is_named(manager_api, fridge, format):
    boxes = [("gone.jpg", "milk", BOX), ("here.jpg", "milk", BOX)]
    said = result(manager_api, fridge, packed({"here.jpg": photo(1), **SETS[format](boxes)}), format=format)
    assert names() == ["here.jpg"] and Annotation.objects.count() == 1
    assert [("gone" in row["name"], "no such image" in row["reason"]) for row in said["rejected"]] == [
        (True, True)
    ]


@formats
def test_a_category_that_the_project_does_not_have_is_said_before_anything_comes(manager_api, fridge, format):
    boxes = [("1.jpg", "milk", BOX), ("2.jpg", "cheese", BOX)]
    files = {"1.jpg": photo(1), "2.jpg": photo(2), **SETS[format](boxes)}
    assert "no category cheese" in failure(manager_api, fridge, packed(files), format=format)


@formats
def test_a_name_that_comes_twice_counts_once(manager_api, fridge, format):
    said = SETS[format]([("1.jpg", "milk", BOX)])
    with pytest.warns(UserWarning):
        data = with_members(("1.jpg", photo(1)), ("1.jpg", photo(2)), *said.items())
    job = imported(manager_api, fridge, data, format=format)
    assert names() == ["1.jpg"] and Annotation.objects.count() == 1
    assert "twice" in job["errors"][0]["reason"]


@formats
def test_a_name_in_another_encoding_is_a_name_or_is_told(manager_api, fridge, format):
    """Archives of before know no UTF-8: their names are read as such archives mean them."""
    said = SETS[format]([("b\u00fc.jpg", "milk", BOX)])
    data = with_members(("bxx.jpg", photo(1)), *said.items())
    data = data.replace(b"bxx.jpg", b"b\x81x.jpg").replace(b"b\x81x", b"b\x81\x81")
    job = imported(manager_api, fridge, data, format=format)
    assert job["state"] == "succeeded"
    assert ["no such image" in row["reason"] for row in job["result"]["rejected"]] == [True]
    flagged = bytearray(data)
    for mark, at in ((b"PK\x01\x02", 9), (b"PK\x03\x04", 7)):  # and says that this were UTF-8
        flagged[data.index(mark) + at] |= 8
    Image.objects.all().delete()
    assert "damaged" in failure(manager_api, fridge, bytes(flagged), format=format)


@pytest.mark.parametrize("first", ["images", "annotations"])
def test_ids_of_coco_that_come_twice_are_told_wherever_the_lists_stand(manager_api, fridge, first):
    value = {
        "images": [
            {"id": 1, "file_name": "1.jpg"}, {"id": 1, "file_name": "2.jpg"}, {"id": 3, "file_name": "3.jpg"},
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]},
            {"id": 1, "image_id": 3, "category_id": 1, "bbox": [1, 1, 9, 9]},
            {"id": 2, "image_id": 3, "category_id": 1, "bbox": [2, 2, 9, 9], "box_id": "b"},
            {"id": 3, "image_id": 3, "category_id": 1, "bbox": [3, 3, 9, 9], "box_id": "b"},
        ],
        "categories": [{"id": 1, "name": "milk"}, {"id": 1, "name": "milk"}],
    }  # fmt: skip
    text = json.dumps({first: value[first], **value})
    job = imported(manager_api, fridge, packed({"a.json": text, **{f"{n}.jpg": photo(n) for n in (1, 2, 3)}}))
    assert job["errors"] == [{"item": "a.json: image 1", "reason": "Two images have the id 1."}]
    boxes = Annotation.objects.get(image__name="3.jpg").result["boxes"]
    assert len(boxes) == len({box["id"] for box in boxes}) == 3
    value["categories"][1]["name"] = "07"
    assert "two categories have the id 1" in failure_of(manager_api, fridge, json.dumps(value))


def failure_of(api, project, text):
    job = imported(api, project, text, "a.json")
    assert job["state"] == "failed"
    return job["errors"][0]["reason"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"images":[],"annotations":[{"a":"\\ud800"}]}', "half a character"),
        ('{"images":[],"annotations":[' + "[" * 40 + "]" * 40 + "]}", "nested too deep"),
        ('{"images":[],"annotations":[{]}', "no JSON"),
        ('{"images":[],"annotations":[{}', "no JSON"),
        ('{"images":[],"annotations":[]} x', "follows its end"),
        ('{"images":[],"annotations":[],"images":[]}', "images comes twice"),
        (b'{"images":[],"annotations":["\xff"]}', "UTF-8"),
    ],
)
def test_json_that_is_none_ends_the_import_wherever_that_shows(manager_api, fridge, text, said):
    job = imported(manager_api, fridge, packed({"a.json": text, "1.jpg": photo(1)}))
    assert job["state"] == "failed" and said in job["errors"][0]["reason"] and not Image.objects.exists()


def test_pictures_of_one_stem_in_several_folders_keep_what_a_table_says_of_each(manager_api, fridge):
    files = {
        "data.yaml": "names: [milk]\n",
        **{f"images/{split}/1.jpg": photo(n) for n, split in enumerate(("train", "val", "test"))},
        **{
            f"labels/{split}/1.txt": f"0 .5 .5 .{n + 1} .1\n"
            for n, split in enumerate(("train", "val", "test"))
        },
        "attributes.csv": "file,group,shelf\nimages/val/1.jpg,left,2\nimages/train/1.jpg,right,7\n",
    }
    result(manager_api, fridge, packed(files))
    found = {
        row.image.group: (row.image.attributes, row.result["boxes"][0]["bbox"][2] - row.result["boxes"][0]["bbox"][0])
        for row in Annotation.objects.select_related("image")
    }  # fmt: skip
    assert found == {
        "right": ({"shelf": 7}, pytest.approx(64)), "left": ({"shelf": 2}, pytest.approx(128)), "": ({}, pytest.approx(192)),
    }  # fmt: skip
    assert Image.objects.get(group="").split == "test"


def test_a_stem_that_several_pictures_have_names_none_of_them(manager_api, fridge):
    files = {
        "data.yaml": "names: [milk]\n", "train/1.jpg": photo(1), "val/1.jpg": photo(2), "train/1.txt": "", "val/1.txt": "",
        "attributes.csv": "file,group\n1.jpg,left\n",
    }  # fmt: skip
    result(manager_api, fridge, packed(files))
    assert list(Image.objects.values_list("group", flat=True)) == ["", ""]


def test_what_has_no_place_here_is_counted_in_a_note(manager_api, fridge, other):
    xml = (
        "<annotation><filename>1.jpg</filename>"
        + "".join(
            f"<object><name>milk</name><difficult>{n % 2}</difficult><truncated>1</truncated>"
            "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
            for n in range(3)
        )
        + "</annotation>"
    )
    said = result(manager_api, fridge, packed({"JPEGImages/1.jpg": photo(1), "Annotations/1.xml": xml}))
    assert [note.partition(",")[0] for note in said["notes"]] == [
        "3 boxes are marked as truncated", "1 boxes are marked as difficult",
    ]  # fmt: skip
    task = json.loads(tasks([("1.jpg", "milk", BOX)])["tasks.json"])
    task[0]["annotations"][0]["result"] += [{"type": "keypointlabels", "value": {}}, {"type": "relation"}]
    said = result(manager_api, other, packed({"1.jpg": photo(1), "tasks.json": json.dumps(task)}))
    assert said["notes"] == ["2 regions of other kinds were not read."]


@pytest.mark.parametrize("format", ["coco", "csv"])
def test_an_image_of_endless_boxes_is_refused_in_little_memory(manager_api, fridge, format, monkeypatch):
    monkeypatch.setattr("labeling.formats.spool.MOST_PARTS", 100)
    boxes = [("1.jpg", "milk", BOX)] * 200 + [("2.jpg", "milk", BOX)]
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "2.jpg": photo(2), **SETS[format](boxes)}))
    assert "5,000 boxes" in job["errors"][0]["reason"] and names() == ["2.jpg"]


def test_labels_larger_than_what_is_read_are_refused(manager_api, fridge, monkeypatch):
    said = coco([("1.jpg", "milk", BOX)])["a.json"]
    monkeypatch.setattr("labeling.formats.reading.STREAMED_BYTES", 100)
    assert "send it in parts" in failure(manager_api, fridge, said, "a.json")
    monkeypatch.setattr("labeling.formats.reading_boxes.STREAMED_BYTES", 100)
    assert "send it in parts" in failure(manager_api, fridge, packed({"a.json": said}))

"""Boxes leave in every format and come back as they were, and each line that cannot be one says so."""

import csv
import io
import json
import random

import pytest

from labeling.models import Annotation, Image, Membership, QueueItem, Role
from labeling.services.projects import project_create
from tests.labeling.boxes import box, predict_boxes, submit_boxes
from tests.labeling.test_archives import imported, packed, result
from tests.labeling.test_exports import content, exported, members
from tests.pictures import encoded, jpeg, picture, upload

pytestmark = pytest.mark.django_db(transaction=True)
FORMATS = ("coco", "yolo", "voc", "csv", "label-studio")
NAMES = ["milk", "Äpfel & <Birnen>", "07"]
W, H = 640, 480


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def food(by, name="Fridge"):
    return project_create(
        by=by, name=name, kind="detection", categories=[{"name": category} for category in NAMES]
    )


@pytest.fixture
def fridge(manager, labeler):
    project = food(manager)
    Membership.objects.create(project=project, user=labeler, role=Role.LABELER)
    return project


@pytest.fixture
def other(manager):
    return food(manager, "Another fridge")


def photo(seed, size=(W, H)):
    return encoded(picture(seed).resize(size))


@pytest.fixture
def labeled(fridge, manager_api, api):
    """Four pictures, two of one stem: with boxes of all sizes, with none, with one, and not labeled."""
    files = {
        "a.jpg": photo(1),
        "A.png": encoded(picture(2).resize((333, 777)), "PNG"),
        "c d.jpg": photo(3),
        "e.jpg": photo(4),
    }
    pks = upload(manager_api, fridge, files, group="shelf").json()["created"]
    rnd = random.Random(5)
    boxes = [
        box(NAMES[n % 3], [x := rnd.random() * 600, y := rnd.random() * 400, x + rnd.random() * 39 + 0.2, y + rnd.random() * 79 + 0.2], id=f"b-{n}")
        for n in range(40)
    ]  # fmt: skip
    assert submit_boxes(api, pks[0], [*boxes, box("milk", [0, 0, W, H])]).status_code in (200, 201)
    submit_boxes(api, pks[1], [])
    submit_boxes(api, pks[2], [box("07", [1 / 3, 2 / 3, 100.1, 200.7])])
    for pk, split in zip(pks, ["train", "val", "", "test"], strict=True):
        Image.objects.filter(pk=pk).update(split=split, attributes={"shelf": 2, "note": "=1"})
    return pks


def said(project):
    """{hash: (split, group, attributes, boxes)} of the labeled images."""
    rows = Annotation.objects.filter(project=project, current=True).select_related("image")
    return {
        row.image.sha256: (
            row.image.split, row.image.group, row.image.attributes,
            sorted((one["category"], *one["bbox"]) for one in row.result["boxes"]),
        )
        for row in rows
    }  # fmt: skip


def assert_equal(first, second):
    assert first.keys() == second.keys()
    for key, (*about, boxes) in first.items():
        *others, found = second[key]
        assert about == others and [one[0] for one in boxes] == [one[0] for one in found]
        for one, two in zip(boxes, found, strict=True):
            assert one[1:] == pytest.approx(two[1:], abs=1e-6, rel=0)


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("format", FORMATS)
def test_labels_with_their_pictures_come_back_as_they_were(
    manager_api, fridge, other, labeled, format, named
):
    data = content(manager_api, exported(manager_api, fridge, format=format, images=True))
    found = result(manager_api, other, data, **({"format": format} if named else {}))
    assert found["format"] == format and found["rejected"] == [] and found["counts"]["labeled"] == 3
    assert_equal(said(fridge), said(other))
    item = QueueItem.objects.get(image__project=other, image__sha256=Image.objects.get(pk=labeled[0]).sha256)
    assert (item.status, item.slots, set(item.categories)) == ("labeled", 0, set(NAMES))
    one = Annotation.objects.get(image=item.image)
    assert one.origin == "import" and {region["origin"] for region in one.regions} == {"imported"}
    if format in ("coco", "csv", "label-studio"):
        assert [row["id"] for row in one.result["boxes"]][:3] == ["b-0", "b-1", "b-2"]


@pytest.mark.parametrize("format", FORMATS)
def test_labels_without_pictures_find_the_images_that_are_there_and_a_repeat_changes_nothing(
    manager_api, fridge, other, labeled, format
):
    pictures = content(manager_api, exported(manager_api, fridge, format="csv", images=True))
    only = packed({name: data for name, data in members(pictures).items() if name != "labels.csv"})
    result(manager_api, other, only)
    data = content(manager_api, exported(manager_api, fridge, format=format))
    name = "labels.csv" if format == "csv" else "labels.zip"
    found = result(manager_api, other, data, name)
    assert found["counts"]["labeled"] == 3, found
    assert {key: row[3] for key, row in said(other).items()}.keys() == said(fridge).keys()
    before = list(Annotation.objects.order_by("uuid").values())
    for fields in ({}, {"replace": "true"}):
        again = result(manager_api, other, data, name, **fields)
        assert again["counts"]["unchanged"] == 3 and again["conflicts"] == []
    back = result(manager_api, fridge, data, name)  # where people said it
    assert back["counts"]["unchanged"] == 3 and back["conflicts"] == [], back
    assert list(Annotation.objects.order_by("uuid").values()) == before


def test_the_same_data_make_the_same_bytes(manager_api, fridge, labeled):
    for format in FORMATS:
        first, second = (exported(manager_api, fridge, format=format)["result"]["sha256"] for _ in range(2))
        assert first == second


def test_cocos_reader_reads_it(manager_api, fridge, labeled, tmp_path):
    from pycocotools.coco import COCO

    files = members(content(manager_api, exported(manager_api, fridge, format="coco", images=True)))
    (tmp_path / "a.json").write_bytes(files["annotations.json"])
    coco = COCO(str(tmp_path / "a.json"))
    assert [row["name"] for row in coco.loadCats([1, 2, 3])] == NAMES
    assert len(coco.getImgIds()) == 3 and len(coco.getAnnIds(imgIds=[labeled[0]])) == 41
    names = [row["file_name"] for row in coco.loadImgs(coco.getImgIds())]
    assert {f"images/{name}" for name in names} == set(files) - {"annotations.json"}
    (one,) = coco.loadAnns(coco.getAnnIds(imgIds=[labeled[2]]))
    assert one["bbox"] == pytest.approx([1 / 3, 2 / 3, 100.1 - 1 / 3, 200.7 - 2 / 3]) and not one["iscrowd"]


def test_ultralytics_reads_it(manager_api, fridge, labeled, tmp_path):
    from vision.models.yolo.library import YOLODataset  # first, for it keeps Ultralytics quiet

    from ultralytics.data import utils as data  # isort: skip

    for name, part in members(
        content(manager_api, exported(manager_api, fridge, format="yolo", images=True))
    ).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(part)
    found = data.check_det_dataset(str(tmp_path / "data.yaml"), autodownload=False)
    assert list(found["names"].values()) == NAMES
    train = YOLODataset(img_path=found["train"], data=found, task="detect", augment=False, imgsz=64)
    assert sorted(len(row["cls"]) for row in train.labels) == [1, 41]
    val = YOLODataset(img_path=found["val"], data=found, task="detect", augment=False, imgsz=64)
    assert [len(row["cls"]) for row in val.labels] == [0]


def test_label_studio_takes_it_and_its_converter_writes_the_same_boxes(
    manager_api, fridge, labeled, tmp_path
):
    from label_studio_sdk.converter import Converter
    from label_studio_sdk.label_interface import LabelInterface

    predict_boxes(labeled, [box("milk", [10, 20, 30, 40])])
    files = members(content(manager_api, exported(manager_api, fridge, format="label-studio")))
    tasks, interface = json.loads(files["tasks.json"]), LabelInterface(files["config.xml"].decode())
    for task in tasks:
        for one in [*task["annotations"], *task["predictions"]]:
            assert not interface.validate_prediction({"model_version": "", **one}, return_errors=True)
    assert tasks[3]["annotations"] == [] and tasks[3]["predictions"][0]["result"][0]["score"] == 0.9
    (tmp_path / "tasks.json").write_bytes(files["tasks.json"])
    converter = Converter(files["config.xml"].decode(), str(tmp_path), download_resources=False)
    converter.convert_to_coco(str(tmp_path / "tasks.json"), str(tmp_path / "out"), is_dir=False)
    theirs = json.loads((tmp_path / "out" / "result.json").read_text())["annotations"]
    ours = json.loads(
        members(content(manager_api, exported(manager_api, fridge, format="coco")))["annotations.json"]
    )
    assert sorted(tuple(round(side, 4) for side in one["bbox"]) for one in theirs) == sorted(
        tuple(round(side, 4) for side in one["bbox"]) for one in ours["annotations"]
    )


def test_all_labels_of_an_image_leave_apart_and_come_back_apart(manager_api, fridge, other, labeled, labeler):
    Annotation.objects.create(
        image_id=labeled[2], project=fridge, author=labeler, origin="person", digest="x", regions=[{"id": "b0", "origin": "drawn"}],
        result={"boxes": [{"id": "b0", "category": "milk", "bbox": [5, 5, 50, 50]}]},
    )  # fmt: skip
    for format in ("coco", "csv", "label-studio"):
        Image.objects.filter(project=other).delete()
        data = content(
            manager_api, exported(manager_api, fridge, format=format, images=True, annotations="all")
        )
        result(manager_api, other, data)
        assert Annotation.objects.filter(project=other, current=True).count() == 4
    for format in ("yolo", "voc"):
        body = {"format": format, "annotations": "all"}
        answer = manager_api.post(f"/api/projects/{fridge.pk}/exports/", body, format="json")
        assert answer.status_code == 400 and "a picture lies once" in str(answer.json())


def test_a_format_of_another_kind_is_refused_with_those_that_there_are(manager_api, project, fridge):
    for there, format, fits in ((project, "coco", "folders"), (fridge, "folders", "yolo")):
        answer = manager_api.post(f"/api/projects/{there.pk}/exports/", {"format": format}, format="json")
        assert answer.status_code == 400 and fits in str(answer.json())


def test_a_table_of_boxes_has_a_row_for_each_and_nothing_that_a_spreadsheet_would_run(
    manager_api, fridge, labeled
):
    rows = list(
        csv.DictReader(
            io.StringIO(content(manager_api, exported(manager_api, fridge, format="csv")).decode())
        )
    )
    assert len(rows) == 41 + 1 + 1 + 1
    assert rows[41]["x1"] == rows[41]["category"] == "" and rows[41]["label"] and not rows[43]["label"]
    assert rows[0]["attr.note"] == "'=1" and float(rows[42]["x1"]) == pytest.approx(1 / 3, abs=1e-12)


COCO = {
    "images": [{"id": 1, "file_name": "1.jpg", "width": W, "height": H}, {"id": 2.0, "file_name": "2.jpg"}],
    "categories": [{"id": 5, "name": "milk"}],
}


def coco(*rows):
    annotations = [{"id": n, "image_id": 1, "category_id": 5, **row} for n, row in enumerate(rows)]
    return packed(
        {
            "train/1.jpg": photo(1),
            "train/2.jpg": photo(2),
            "a.json": json.dumps({**COCO, "annotations": annotations}),
        }
    )


@pytest.mark.parametrize(
    "row",
    [
        {"bbox": [10, 10, -5, 5]}, {"bbox": [10, 10, 0, 5]}, {"bbox": [600, 10, 50, 5]}, {"bbox": [-5, 10, 50, 5]}, {"bbox": [1, 2, 3]},
        {"bbox": ["x", 1, 2, 3]}, {"bbox": [1e300, 1, 2, 3]}, {"bbox": [True, 1, 2, 3]}, {"bbox": None},
        {"bbox": [1, 1, 9, 9], "score": 1.5}, {"bbox": [1, 1, 9, 9], "category_id": 7}, {"bbox": [1, 1, 9, 9], "category_id": None},
    ],
)  # fmt: skip
def test_a_box_that_is_none_is_named_and_its_image_stays_away_whole(manager_api, fridge, row):
    job = imported(manager_api, fridge, coco({"bbox": [1, 1, 9, 9]}, row))
    assert job["state"] == "succeeded"
    assert [error["item"] for error in job["errors"]] == ["a.json: annotation 1"]
    assert list(Image.objects.values_list("name", flat=True)) == ["2.jpg"]
    assert Annotation.objects.get().result == {"boxes": []}  # COCO's way to say that nothing is there


def test_annotations_of_no_image_are_named(manager_api, fridge):
    job = imported(manager_api, fridge, coco({"bbox": [1, 1, 9, 9], "image_id": 9}))
    assert job["errors"] == [{"item": "a.json: annotation 0", "reason": "There is no image with the id 9."}]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_what_is_no_number_ends_the_import(manager_api, fridge, number):
    text = json.dumps(
        {**COCO, "annotations": [{"id": 1, "image_id": 1, "category_id": 5, "bbox": [1, 2, 3, 77]}]}
    )
    job = imported(manager_api, fridge, text.replace("77", number), "a.json")
    assert job["state"] == "failed" and "number" in job["errors"][0]["reason"]


def test_masks_give_their_boxes_crowds_none_and_notes_say_so(manager_api, fridge):
    data = coco(
        {"segmentation": [[10, 20, 30, 20, 30, 50]], "bbox": []}, {"bbox": [1, 1, 9, 9], "iscrowd": 1}
    )
    found = result(manager_api, fridge, data)
    one = Annotation.objects.get(image__name="1.jpg")
    assert [row["bbox"] for row in one.result["boxes"]] == [[10, 20, 30, 50]]
    assert any("masks" in note for note in found["notes"]) and any(
        "crowds" in note for note in found["notes"]
    )


def test_boxes_of_another_size_of_the_picture_are_refused_and_swapped_sides_say_why(manager_api, fridge):
    for size, word in (((W, H + 2), "another version"), ((H, W), "upright")):
        value = {
            **COCO,
            "images": [{"id": 1, "file_name": "1.jpg", "width": size[0], "height": size[1]}],
            "annotations": [],
        }
        job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "a.json": json.dumps(value)}))
        assert word in job["errors"][0]["reason"] and not Image.objects.exists()


def test_unknown_categories_end_the_import_unless_they_are_to_be_made(manager_api, fridge):
    data = packed({"1.jpg": photo(1), "classes.txt": "milk\ncheese\n", "1.txt": "1 0.5 0.5 0.1 0.1\n"})
    job = imported(manager_api, fridge, data)
    assert job["state"] == "failed" and "cheese" in job["errors"][0]["reason"] and not Image.objects.exists()
    assert result(manager_api, fridge, data, create_categories="true")["categories"] == ["cheese"]
    assert QueueItem.objects.get().categories == ["cheese"]


@pytest.mark.parametrize(
    "line",
    ["3 0.5 0.5 0.1 0.1", "-1 .5 .5 .1 .1", "0 0.5 0.5 0.1", "0 0.5 0.5 0.1 0.1 0.9", "0 nan 0.5 0.1 0.1", "0 inf 0.5 0.1 0.1",
     "0 1.5 0.5 0.1 0.1", "0 0.5 0.5 0 0.1", "0 0.5 0.5 -0.1 0.1", "0 0.95 0.5 0.3 0.1", "milk 0.5 0.5 0.1 0.1", "0 1e400 0.5 0.1 0.1"],
)  # fmt: skip
def test_a_line_of_yolo_that_is_none_is_named_by_file_and_line(manager_api, fridge, line):
    files = {
        "data.yaml": "names: [milk]\ntrain: images/train\n", "images/train/1.jpg": photo(1), "images/train/2.jpg": photo(2),
        "labels/train/1.txt": f"0 0.5 0.5 0.1 0.1\n\n{line}\n", "labels/train/2.txt": "0 0.1 0.1 0.3 0.1 0.3 0.5 0.1 0.5\n",
    }  # fmt: skip
    job = imported(manager_api, fridge, packed(files))
    assert [error["item"] for error in job["errors"]] == ["labels/train/1.txt:3"]
    image = Image.objects.get()
    assert (image.name, image.split) == ("2.jpg", "train")  # an outline, which came as the box around it
    assert Annotation.objects.get().result["boxes"][0]["bbox"] == pytest.approx([64, 48, 192, 240])


@pytest.mark.parametrize(
    "text",
    ["names: !!python/object/apply:os.system [id]", "names: &a [milk]\nother: *a", "names: " + "[" * 50 + "]" * 50, "names: [milk",
     "names: {milk: 0}", "names: []", b"names: [\xff]"],
)  # fmt: skip
def test_a_data_yaml_that_is_more_than_names_is_refused(manager_api, fridge, text):
    job = imported(
        manager_api, fridge, packed({"data.yaml": text, "1.jpg": photo(1), "1.txt": "0 .5 .5 .1 .1"})
    )
    assert (
        job["state"] == "failed" and "data.yaml" in job["errors"][0]["reason"] and not Image.objects.exists()
    )


def test_yolos_splits_come_by_lists_of_files_too(manager_api, fridge):
    files = {
        "d/data.yaml": "names: {0: milk}\ntrain: train.txt\nval: val.txt\n", "d/train.txt": "./images/1.jpg\n", "d/val.txt": "./images/2.jpg\n",
        "d/images/1.jpg": photo(1), "d/images/2.jpg": photo(2), "d/labels/1.txt": "", "d/labels/2.txt": "0 .5 .5 1 1",
    }  # fmt: skip
    result(manager_api, fridge, packed(files))
    assert dict(Image.objects.values_list("name", "split")) == {"1.jpg": "train", "2.jpg": "val"}


VOC = "<annotation><filename>1.jpg</filename><object><name>milk</name><part><name>x</name></part><bndbox>{}</bndbox></object></annotation>"


def corners(*values):
    return VOC.format(
        "".join(
            f"<{tag}>{value}</{tag}>"
            for tag, value in zip(("xmin", "ymin", "xmax", "ymax"), values, strict=True)
        )
    )


def test_vocs_first_pixel_is_the_box_over_it(manager_api, fridge):
    result(
        manager_api, fridge, packed({"JPEGImages/1.jpg": photo(1), "Annotations/1.xml": corners(1, 1, 1, 1)})
    )
    assert Annotation.objects.get().result["boxes"][0]["bbox"] == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("text", "item"),
    [
        (corners(10, 1, 5, 5), "object 1"), (corners("nan", 1, 5, 5), "object 1"), (corners(1, 1, 900, 5), "object 1"),
        (corners("", 1, 9, 5), "object 1"), ('<!DOCTYPE a [<!ENTITY b "c">]>' + corners(1, 1, 9, 9), "1.xml"),
        (('<!DOCTYPE a [<!ENTITY b "c">]>' + corners(1, 1, 9, 9)).encode("utf-16"), "1.xml"),
        ("<annotation>" + "<a>" * 40 + "</a>" * 40 + "</annotation>", "1.xml"), ("<annotation>", "1.xml"), ("<svg/>", "1.xml"),
    ],
)  # fmt: skip
def test_an_annotation_of_voc_that_is_none_is_named(manager_api, fridge, text, item):
    job = imported(manager_api, fridge, packed({"JPEGImages/1.jpg": photo(1), "Annotations/1.xml": text}))
    assert len(job["errors"]) == 1 and job["errors"][0]["item"].endswith(item)
    assert not Annotation.objects.exists()


def test_tables_of_the_common_spellings_bring_boxes_and_name_bad_lines(manager_api, fridge):
    table = (
        "filename,width,height,class,xmin,ymin,xmax,ymax\n1.jpg,640,480,milk,1,2,30,40\n1.jpg,640,480,07,5,6,70,80\n"
        "2.jpg,640,480,milk,1,2,nan,4\n3.jpg,,,,,,,\n4.jpg,640,480,milk,9,2,3,4\n"
    )
    files = {f"{n}.jpg": photo(n) for n in (1, 2, 3, 4)}
    job = imported(manager_api, fridge, packed({**files, "labels.csv": table}))
    assert [error["item"] for error in job["errors"]] == ["labels.csv:4", "labels.csv:6"]
    found = {row.image.name: row.result["boxes"] for row in Annotation.objects.select_related("image")}
    assert [one["bbox"] for one in found["1.jpg"]] == [[1, 2, 30, 40], [5, 6, 70, 80]] and found[
        "3.jpg"
    ] == []
    assert len(found) == 2


def task(value, **region):
    region = {
        "id": "r",
        "from_name": "l",
        "to_name": "i",
        "type": "rectanglelabels",
        "original_width": W,
        "original_height": H,
        **region,
    }
    region["value"] = {
        "x": 10,
        "y": 10,
        "width": 20,
        "height": 20,
        "rotation": 0,
        "rectanglelabels": ["milk"],
        **value,
    }
    other = {"id": "k", "type": "keypointlabels", "from_name": "l", "to_name": "i", "value": {"x": 1, "y": 1}}
    return json.dumps(
        [{"data": {"image": "/data/upload/1/abc12345-1.jpg"}, "annotations": [{"result": [region, other]}]}]
    )


@pytest.mark.parametrize(
    "value", [{"width": -5}, {"x": 90}, {"x": -1}, {"rectanglelabels": []}, {"rectanglelabels": ["milk", "07"]}, {"height": 0}, {"y": "a"}]
)  # fmt: skip
def test_a_rectangle_of_label_studio_that_is_none_is_named(manager_api, fridge, value):
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "tasks.json": task(value)}))
    assert [error["item"] for error in job["errors"]] == [
        "tasks.json: task 1: region r"
    ] and not Image.objects.exists()


def test_a_turned_rectangle_comes_as_the_box_around_it(manager_api, fridge):
    result(manager_api, fridge, packed({"1.jpg": photo(1), "tasks.json": task({"x": 50, "rotation": 90})}))
    # 128 × 96 pixels at 320, 48, turned about that corner: 96 to the left, 128 down.
    assert Annotation.objects.get().result["boxes"][0]["bbox"] == pytest.approx([224, 48, 320, 176])


def test_a_million_boxes_on_an_image_are_refused(manager_api, fridge):
    lines = "0 .5 .5 .1 .1\n" * 6000
    job = imported(manager_api, fridge, packed({"1.jpg": photo(1), "classes.txt": "milk", "1.txt": lines}))
    assert "5,000" in job["errors"][0]["reason"] and not Image.objects.exists()


def test_pictures_alone_come_without_labels(manager_api, fridge):
    found = result(manager_api, fridge, packed({"milk/1.jpg": jpeg(1)}))
    assert found["format"] == "images" and found["notes"] and not Annotation.objects.exists()

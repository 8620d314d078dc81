"""Images that files speak of by names which are not quite their own, or which several have."""

import pytest

from labeling.models import Annotation, Image
from tests.labeling.boxes import submit_boxes
from tests.labeling.test_archives import imported, packed, result
from tests.labeling.test_bad_boxes import BOX, SETS, formats, tasks, voc, yolo
from tests.labeling.test_box_formats import FORMATS, food, media, photo  # noqa: F401
from tests.labeling.test_exports import content, exported
from tests.pictures import upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fridge(manager):
    return food(manager)


def labeled():
    """The names of the images that have a label."""
    return sorted(Annotation.objects.filter(current=True).values_list("image__name", flat=True))


@pytest.mark.parametrize(
    "address",
    [
        "/data/upload/3/1a2b3c4d-up.jpg", "upload/3/1a2b3c4d-up.jpg", "/label-studio/data/upload/3/1a2b3c4d-up.jpg",
        "http://host.example/data/upload/3/1a2b3c4d-up.jpg", "1a2b3c4d-up.jpg", "/data/local-files/?d=x/up.jpg",
    ],
)  # fmt: skip
@pytest.mark.parametrize("archived", [False, True])
def test_what_was_uploaded_to_label_studio_is_known_without_its_prefix(
    manager_api, fridge, address, archived
):
    said = tasks([(address, "milk", BOX)])
    if archived:
        result(manager_api, fridge, packed({"up.jpg": photo(1), **said}))
    else:
        upload(manager_api, fridge, {"up.jpg": photo(1), "other.jpg": photo(2)})
        result(manager_api, fridge, said["tasks.json"], "tasks.json")
    assert labeled() == ["up.jpg"]


def test_a_name_that_only_looks_like_an_uploaded_one_counts_as_it_is(manager_api, fridge):
    upload(manager_api, fridge, {"deadbeef-own.jpg": photo(1), "own.jpg": photo(2), "1.jpg": photo(3)})
    said = tasks(
        [("/data/upload/3/deadbeef-own.jpg", "milk", BOX), ("/data/upload/3/photo-1.jpg", "milk", BOX)]
    )
    job = imported(manager_api, fridge, said["tasks.json"], "tasks.json")
    assert labeled() == ["deadbeef-own.jpg"]
    assert ["photo-1.jpg" in row["name"] for row in job["result"]["rejected"]] == [True]


def test_an_uploaded_name_that_several_images_have_names_none(manager_api, fridge):
    upload(manager_api, fridge, {"up.jpg": photo(1)})
    upload(manager_api, fridge, {"up.jpg": photo(2)})
    said = tasks([("/data/upload/3/1a2b3c4d-up.jpg", "milk", BOX)])
    job = imported(manager_api, fridge, said["tasks.json"], "tasks.json")
    assert "2 images have this name" in job["errors"][0]["reason"] and not labeled()


@formats
def test_names_in_utf8_are_read_where_the_archive_does_not_say_so(manager_api, fridge, format):
    said = SETS[format]([("k\u00fchlschrank.jpg", "milk", BOX)])
    data = packed({"k\u00fchlschrank.jpg": photo(1), **said})
    job = imported(manager_api, fridge, unflagged(data), format=format)
    assert not job["errors"] and labeled() == ["k\u00fchlschrank.jpg"]


def test_a_hidden_name_in_utf8_that_leads_out_is_refused(manager_api, fridge):
    data = packed(
        {"a/\u202e.jpg": photo(1), "../\u00fc.jpg": photo(2), "\u00e9/.x.jpg": photo(3), "b.jpg": photo(4)}
    )
    job = imported(manager_api, fridge, unflagged(data))
    assert [error["item"] for error in job["errors"]] == ["a/.jpg", "../\u00fc.jpg"]
    assert list(Image.objects.values_list("name", flat=True)) == ["b.jpg"]


def unflagged(data):
    """An archive as packers make it that do not say in what their names are written."""
    data = bytearray(data)
    for mark, at in ((b"PK\x01\x02", 9), (b"PK\x03\x04", 7)):
        found = data.find(mark)
        while found >= 0:
            data[found + at] &= ~8
            found = data.find(mark, found + 4)
    return bytes(data)


@pytest.mark.parametrize("line", ["IMG 1", "IMG 1  1", "IMG 1 -1", "  IMG 1  0"])
def test_splits_of_voc_know_names_with_spaces(manager_api, fridge, line):
    said = voc([("IMG 1.jpg", "milk", BOX), ("IMG.jpg", "milk", BOX)])
    files = {
        "JPEGImages/IMG 1.jpg": photo(1),
        "JPEGImages/IMG.jpg": photo(2),
        "ImageSets/Main/val.txt": f"{line}\n\n",
    }
    result(manager_api, fridge, packed({**files, **said}))
    assert dict(Image.objects.values_list("name", "split")) == {"IMG 1.jpg": "val", "IMG.jpg": ""}


@pytest.mark.parametrize("count", [1, 30])
def test_splits_of_yolo_know_names_with_spaces(manager_api, fridge, count):
    names = [f"my fridge {n}.jpg" for n in range(count)]
    said = yolo([(f"images/{name}", "milk", BOX) for name in names])
    said["data.yaml"] += "val: val.txt\n"
    said["val.txt"] = "".join(f"./images/{name}\r\n" for name in names)
    pictures = {f"images/{name}": photo(n) for n, name in enumerate(names)}
    result(manager_api, fridge, packed({**pictures, **said, "images/other.jpg": photo(99)}))
    assert Image.objects.filter(split="val").count() == count and Image.objects.get(split="")


@pytest.mark.parametrize("folders", [("", ""), ("Annotations/", "JPEGImages/"), ("annotations/", "images/")])
def test_pictures_of_voc_of_one_name_in_two_folders_have_their_own_boxes(manager_api, fridge, folders):
    of_xml, of_picture = folders
    files = {}
    for n, (folder, category) in enumerate((("train", "milk"), ("valid", "07"))):
        (said,) = voc([("rv.jpg", category, BOX)]).values()
        files |= {f"{folder}/{of_xml}rv.xml": said, f"{folder}/{of_picture}rv.jpg": photo(n)}
    result(manager_api, fridge, packed(files))
    rows = Annotation.objects.order_by("image__id").values_list("result", flat=True)
    assert [row["boxes"][0]["category"] for row in rows] == ["milk", "07"]


@pytest.mark.parametrize("name", ["my fridge.jpg", "my fridge.PNG", "my fridge.webp"])
def test_lines_of_yolo_alone_find_the_image_of_their_stem(manager_api, fridge, name):
    upload(manager_api, fridge, {name: photo(1), "my.jpg": photo(2)})
    result(manager_api, fridge, packed(yolo([(name, "milk", BOX)])))
    assert labeled() == [name]


def test_a_stem_that_several_images_have_names_none(manager_api, fridge):
    upload(manager_api, fridge, {"1.jpg": photo(1), "1.png": photo(2)})
    job = imported(manager_api, fridge, packed(yolo([("1.jpg", "milk", BOX)])))
    assert "2 images have this name" in job["errors"][0]["reason"] and not labeled()


@pytest.mark.parametrize("format", FORMATS)
def test_a_name_that_an_export_had_to_change_comes_back(manager_api, manager, fridge, format):
    for n in (1, 2):
        (pk,) = upload(manager_api, fridge, {"same.jpg": photo(n)}).json()["created"]
        submit_boxes(manager_api, pk, [])
    data = content(manager_api, exported(manager_api, fridge, format=format, images=True))
    other = food(manager, "Another fridge")
    result(manager_api, other, data)
    assert list(other.images.values_list("name", flat=True)) == ["same.jpg", "same.jpg"]

"""Images that files speak of by names which are not quite their own, or which several have."""

import pytest

from labeling.models import Annotation
from tests.labeling.test_archives import imported, packed, result
from tests.labeling.test_bad_boxes import BOX, tasks
from tests.labeling.test_box_formats import food, media, photo  # noqa: F401
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

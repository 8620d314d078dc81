"""Attributes filter the list of images, and say what there is to filter by."""

import pytest

from labeling.models import Image
from tests.labeling.test_images import listed

SAID = [
    {"yaw": -30.5, "subject": "anna"}, {"yaw": 0, "subject": "bea", "glasses": True}, {"yaw": 12, "n": "5"},
    {"yaw": "left", 'it"s $.@ odd': "x"}, {},
]  # fmt: skip


@pytest.fixture
def images(project, make_images):
    made = make_images(project, len(SAID))
    for image, attributes in zip(made, SAID, strict=True):
        Image.objects.filter(pk=image.pk).update(attributes=attributes)
    return made


@pytest.mark.parametrize(
    ("query", "places"),
    [("attr=yaw:-31..0", [0, 1]), ("attr=yaw:..-1", [0]), ("attr=yaw:1..", [2]), ("attr=yaw:12", [2]), ("attr=yaw:left", [3]),
     ("attr=subject:anna", [0]), ("attr=glasses:true", [1]), ("attr=n:5", [2]), ("attr=n:4..6", []), ("attr=yaw:-31..0&attr=subject:bea", [1]),
     ("attr=it%22s $.@ odd:x", [3]), ("attr=it%22s $.@ odd:1..2", []), ("attr=nobody:x", []), ("attr=yaw:0.0", [1])],
)  # fmt: skip
def test_a_value_or_a_range_chooses_images(api, project, images, query, places):
    assert listed(api, project, f"?{query}") == [images[place].pk for place in places]


@pytest.mark.parametrize(
    "said", ["yaw", "", ":5", "yaw:..", "yaw:1e999..", "x" * 101 + ":1", "a:%00", "a:" + "x" * 201]
)
def test_what_asks_for_nothing_is_refused(api, project, images, said):
    answer = api.get(f"/api/projects/{project.pk}/images/?attr={said}")
    assert answer.status_code == 400 and list(answer.json()["errors"]) == ["attr"]


@pytest.mark.parametrize(
    "said", ["yaw:1) || true", "x' OR 1=1 --:1..2", '"].** ? (true:1..2', "a:1..2 || true"]
)
def test_nothing_that_is_said_becomes_a_part_of_the_question(api, project, images, said):
    answer = api.get(f"/api/projects/{project.pk}/images/", {"attr": said})
    assert answer.status_code == 200 and answer.json()["results"] == []


def test_many_images_are_changed_by_what_their_attributes_say(manager_api, project, images):
    for attr in ("yaw:..20", ["yaw:..20", "subject:bea"]):
        body = {"filter": {"attr": attr}, "action": "split", "split": "test"}
        answer = manager_api.post(f"/api/projects/{project.pk}/images/bulk/", body, format="json")
        assert answer.json()["changed"] == (3 if attr == "yaw:..20" else 1)
    assert Image.objects.filter(split="test").count() == 3


@pytest.mark.parametrize("said", ["yaw", [], [["yaw:1"]], {"yaw": 1}, None])
def test_a_filter_that_asks_for_nothing_changes_nothing(manager_api, project, images, said):
    body = {"filter": {"attr": said}, "action": "delete"}
    answer = manager_api.post(f"/api/projects/{project.pk}/images/bulk/", body, format="json")
    assert answer.status_code == 400 and Image.objects.alive().count() == len(SAID)


def test_pages_keep_the_filter(api, project, images):
    page = api.get(f"/api/projects/{project.pk}/images/?attr=yaw:..20&attr=yaw:-40..&page_size=2").json()
    following = api.get(page["next"]).json()
    assert [row["id"] for row in page["results"] + following["results"]] == [image.pk for image in images[:3]]


def test_the_names_come_with_type_range_and_values(api, stranger_api, project, images):
    rows = {row["name"]: row for row in api.get(f"/api/projects/{project.pk}/attributes/").json()}
    assert rows["yaw"] == {
        "name": "yaw",
        "type": "number",
        "count": 3,
        "min": -30.5,
        "max": 12.0,
        "values": [],
    }
    assert rows["subject"]["values"] == ["anna", "bea"] and rows["glasses"]["type"] == "boolean"
    assert stranger_api.get(f"/api/projects/{project.pk}/attributes/").status_code == 404

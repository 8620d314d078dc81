"""Exports of hostile names: no cell is a formula, no member leads out of its archive, and XML reads back as it was."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from labeling.formats import export_format
from labeling.formats.records import Label, Output, Record
from labeling.models import Annotation, Category, Image
from tests.labeling.test_archives import failure, media  # noqa: F401
from tests.labeling.test_exports import content, exported, members
from tests.pictures import jpeg, upload

FORMULA = "=+-@\t\r\n"
HOSTILE = [
    "../../x",
    "..",
    ".",
    "a/b",
    "C:\\x",
    '"><script>alert(1)</script>',
    "/etc/passwd",
    "..\\x",
    "a&b <i>'\"",
    "CON",
]


def record(category, author, group, attribute):
    label = Label("u", {"category": category}, author, "person", None, datetime(2026, 1, 1, tzinfo=UTC))
    return Record(
        id=1, sha256="0" * 64, name="a.jpg", kind="JPEG", orientation=1, width=1, height=1, split="", group=group,
        source="upload", source_url="", video_time=None, status="labeled", attributes={"said": attribute, f"{attribute}name": 1}, labels=[label],
        predicted=None,
    )  # fmt: skip


def table_of(tmp_path, format, pictures, one):
    path = tmp_path / "out"
    output = Output(
        path, pictures, [], sorted(one.attributes), "", lambda _: jpeg(), lambda *_: None, lambda *_: None
    )
    export = export_format("classification", format)(output)
    export.add(one)
    export.close()
    if not zipfile.is_zipfile(path):
        return path.read_bytes().decode()
    with zipfile.ZipFile(path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".csv")]
        return archive.read(name).decode()


@pytest.mark.parametrize("place", range(4), ids=["category", "user name", "group", "attribute"])
@pytest.mark.parametrize("first", FORMULA)
@pytest.mark.parametrize(("format", "pictures"), [("csv", False), ("csv", True), ("folders", True)])
def test_no_cell_begins_as_a_formula(tmp_path, format, pictures, first, place):
    said = ["engaged", "anna", "room", "glad"]
    said[place] = f"{first}cmd|'/c calc'!A1"
    text = table_of(tmp_path, format, pictures, record(*said))
    head, row = csv.reader(io.StringIO(text, newline=""))
    if place != 1 or format == "csv":  # class folders do not say who
        assert f"'{said[place]}" in row
    assert not [cell for cell in head + row if cell.startswith(tuple(FORMULA))]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize(("format", "pictures"), [("csv", False), ("folders", True)])
def test_no_line_within_a_text_becomes_a_row(tmp_path, format, pictures, end):
    """A spreadsheet would read what follows as a cell of its own."""
    said = f"room{end}=cmd|'/c calc'!A1"
    text = table_of(tmp_path, format, pictures, record(said, said, said, said))
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert len(head) == len(row) and row.count(said) >= 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("format", ["csv", "folders", "label-studio"])
def test_no_member_leads_out_and_names_read_back(manager_api, project, format):
    project.categories.all().delete()
    names = (
        [*HOSTILE, "a\x01b", "a\nb"] if format != "label-studio" else HOSTILE
    )  # as an older version let them in
    for place, name in enumerate(names):
        Category.objects.create(project=project, name=name, position=place, color="#000000")
    upload(manager_api, project, {f"{n}.jpg": jpeg(n) for n in range(len(names))})
    for image, name in zip(Image.objects.order_by("id"), names, strict=True):
        Annotation.objects.create(
            image=image, project=project, result={"category": name}, digest=str(image.pk)
        )
    files = members(content(manager_api, exported(manager_api, project, format=format, images=True)))
    assert len(files) == len(names) + (2 if format == "label-studio" else 1)
    for path in files:
        assert not path.startswith("/") and not re.search(r'[\x00-\x1f\\\\:<>"]', path), path
        assert not {"", ".", ".."} & set(path.split("/")), path
    if format == "label-studio":
        choices = ElementTree.fromstring(files["config.xml"]).iter("Choice")
        assert [choice.get("value") for choice in choices] == HOSTILE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("character", ["\x01", "\n", "\x7f", "\x85", "\uffff"])
def test_a_category_with_a_character_that_cannot_be_seen_is_refused(manager_api, project, character):
    name = f"a{character}b"
    body = {"name": "New", "kind": "classification", "categories": [{"name": name}]}
    answer = manager_api.post("/api/projects/", body, format="json")
    assert answer.status_code == 400 and "cannot be seen" in answer.json()["errors"]["categories"][0]
    pk = project.categories.first().pk
    answer = manager_api.patch(
        f"/api/projects/{project.pk}/", {"categories": [{"id": pk, "name": name}]}, format="json"
    )
    assert answer.status_code == 400 and project.categories.count() == 3
    table = f'file,category\nhttp://127.0.0.1/a.jpg,"{name}"\n'
    assert "cannot be seen" in failure(manager_api, project, table, "labels.csv", create_categories=True)
    assert project.categories.count() == 3
    joined = {"categories": [{"name": "👩\u200d💻 at work"}, {"name": "क्\u200dष"}]}
    assert manager_api.post("/api/projects/", body | joined, format="json").status_code == 201

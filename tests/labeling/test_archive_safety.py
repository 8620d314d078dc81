"""Archives that mean harm: refused with a reason, nothing outside of the storage touched, nothing half stored."""

import io
import json
import stat
import struct
import zipfile

import pytest

from labeling import archives
from labeling.formats import reading, table_in
from labeling.models import Annotation, Image, ImportFile
from tests.labeling.test_archives import failure, media, packed, result  # noqa: F401
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)


def with_members(*members):
    """`members` are (ZipInfo or name, content)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member, data in members:
            archive.writestr(member, data)
    return out.getvalue()


GOOD = ("engaged/good.jpg", jpeg(1))


@pytest.mark.parametrize(
    "name",
    [
        "../evil.jpg",
        "engaged/../../evil.jpg",
        "/etc/evil.jpg",
        "C:/evil.jpg",
        "..\\evil.jpg",
        "\\evil.jpg",
        "a\u202egpj.jpg",
        "a\nb.jpg",
    ],
)
def test_names_that_lead_elsewhere_are_refused_and_the_others_come(manager_api, project, tmp_path, name):
    said = result(manager_api, project, with_members((name, jpeg(2)), GOOD))
    assert len(said["rejected"]) == 1 and "name" in said["rejected"][0]["reason"]
    assert list(Image.objects.values_list("name", flat=True)) == ["good.jpg"]
    assert not list(tmp_path.rglob("*evil*")) and not (tmp_path.parent / "evil.jpg").exists()


def test_a_nul_in_a_name_is_refused(manager_api, project):
    data = with_members(("engaged/x0.jpg.exe", jpeg(2)), GOOD).replace(b"x0.jpg", b"x\0.jpg")
    said = result(manager_api, project, data)
    assert "leads out" in said["rejected"][0]["reason"] and Image.objects.count() == 1


def test_links_and_devices_are_refused(manager_api, project):
    link = zipfile.ZipInfo("engaged/link.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    said = result(manager_api, project, with_members((link, "/etc/passwd"), GOOD))
    assert "link" in said["rejected"][0]["reason"] and Image.objects.count() == 1


def test_a_name_that_comes_twice_is_taken_once(manager_api, project):
    with pytest.warns(UserWarning):
        data = with_members(GOOD, ("engaged/good.jpg", jpeg(2)))
    said = result(manager_api, project, data)
    assert "twice" in said["rejected"][0]["reason"] and Image.objects.count() == 1


def test_nested_archives_are_not_opened(manager_api, project):
    said = result(
        manager_api, project, with_members(("more.zip", with_members(("engaged/2.jpg", jpeg(2)))), GOOD)
    )
    assert "within the archive" in said["rejected"][0]["reason"] and Image.objects.count() == 1


def test_an_encrypted_member_is_refused(manager_api, project):
    data = bytearray(with_members(GOOD, ("engaged/x.jpg", jpeg(2))))
    at = data.rindex(b"PK\x01\x02")  # the second member's entry in the directory
    data[at + 8] |= 1
    said = result(manager_api, project, bytes(data))
    assert "encrypted" in said["rejected"][0]["reason"] and Image.objects.count() == 1


def test_bombs_are_not_set_off(manager_api, project, settings):
    bomb = packed(
        {"engaged/bomb.jpg": b"\0" * 30_000_000, GOOD[0]: GOOD[1]}, compression=zipfile.ZIP_DEFLATED
    )
    said = result(manager_api, project, bomb)
    assert "two hundred times" in said["rejected"][0]["reason"] and Image.objects.count() == 1
    settings.MAX_IMAGE_BYTES = 1000
    said = result(manager_api, project, with_members(("engaged/large.jpg", b"\xff\xd8" * 3000)))
    assert "larger than" in said["rejected"][0]["reason"]


def test_an_archive_that_would_unpack_to_more_than_may_be_is_refused(manager_api, project, settings):
    data = packed({f"{n}.bin": b"\0" * 100_000 for n in range(5)}, compression=zipfile.ZIP_DEFLATED)
    settings.MAX_IMPORT_BYTES = len(data)  # and unpacked it is more than eight times as large
    assert "larger than an import may be" in failure(manager_api, project, data)


def test_a_member_that_lies_about_its_size_is_damaged(manager_api, project):
    data = bytearray(with_members(("engaged/x.jpg", jpeg(2)), GOOD))
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)  # of its size, the directory says ten
    said = result(manager_api, project, bytes(data))
    assert "damaged" in said["rejected"][0]["reason"] and Image.objects.count() == 1


def test_a_directory_too_long_or_a_broken_archive_is_refused(manager_api, project, monkeypatch):
    whole = with_members(GOOD, ("engaged/2.jpg", jpeg(2)))
    assert "damaged" in failure(manager_api, project, whole[:-30])
    assert "damaged" in failure(manager_api, project, b"PK\x03\x04 and nothing else")
    monkeypatch.setattr(archives, "DIRECTORY_BYTES", 40)
    assert "too long" in failure(manager_api, project, whole)
    monkeypatch.undo()
    monkeypatch.setattr(archives, "MEMBERS", 1)
    assert "more than 1 files" in failure(manager_api, project, whole)


def test_json_nested_deep_and_numbers_that_are_none_are_refused(manager_api, project):
    deep = "[" * 100_000
    assert "nested too deep" in failure(manager_api, project, deep, "tasks.json")
    shallow = json.dumps([{"data": {"image": "a.jpg", "x": json.loads("[" * 50 + "]" * 50)}}])
    assert "nested too deep" in failure(manager_api, project, shallow, "tasks.json")
    assert "NaN" in failure(manager_api, project, '[{"data": {"image": "a.jpg", "x": NaN}}]', "tasks.json")
    assert "half a character" in failure(
        manager_api, project, '[{"data": {"image": "\\ud800.jpg"}}]', "tasks.json"
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [("file,yaw\na.jpg," + "x" * 200_000, "field larger"), (b"file\n\xff\xfe\xfa", "UTF-8"), ("yaw,pitch\n1,2\n", "No column names"),
     ("file,a,a\nx,1,2\n", "Two columns"), (b"\x1f\x8b\x08\0\0\0\0", "Of archives only ZIP"), ("", "No column names"),
     ("file," + "a" * 101, "At most 200 columns"), ('{"a": 1}', "no list of Label Studio tasks"), ("file\n", "no image in this")],
)  # fmt: skip
def test_what_is_no_table_or_task_is_said(manager_api, project, data, said):
    assert said in failure(manager_api, project, data, "x.csv")


def test_files_under_an_images_name_are_judged_by_their_content(manager_api, project):
    files = {
        "engaged/a.jpg": b"<html><script>alert(1)</script>",
        "engaged/b.png": b"<svg onload=x>",
        GOOD[0]: GOOD[1],
    }
    said = result(manager_api, project, packed(files))
    assert {row["name"] for row in said["rejected"]} == {"engaged/a.jpg", "engaged/b.png"}
    assert Annotation.objects.count() == 1


def test_another_project_s_file_is_not_imported(manager_api, stranger_api, stranger, project):
    said = result(manager_api, project, with_members(GOOD))
    assert said["counts"]["created"] == 1
    mine = stranger.memberships.get().project_id
    body = {"archive": ImportFile.objects.get(project=project).pk}
    answer = stranger_api.post(f"/api/projects/{mine}/imports/", body, format="json")
    assert answer.status_code == 400 and "uploaded to this project" in str(answer.json())


def tasks(*numbers, **data):
    return json.dumps([{"data": {"image": f"{n}.jpg", **data}} for n in numbers])


@pytest.mark.parametrize("format", ["", "label-studio"])
def test_more_tasks_than_may_be_are_refused_alone_and_together(manager_api, project, monkeypatch, format):
    monkeypatch.setattr(reading, "TASKS", 2)
    several = with_members(("a.json", tasks(1, 2)), ("b.json", tasks(3)), GOOD)
    for sent in (tasks(1, 2, 3), several):
        assert "more than 2 tasks" in failure(manager_api, project, sent, format=format)
    said = result(manager_api, project, with_members(("a.json", tasks(1)), ("b.json", tasks(2)), GOOD))
    assert said["format"] == "label-studio"


@pytest.mark.parametrize("format", ["", "label-studio"])
def test_files_of_tasks_are_limited_together(manager_api, project, monkeypatch, format):
    sent = with_members(("a.json", tasks(1)), ("b.json", tasks(2)), ("engaged/1.jpg", jpeg(1)))
    monkeypatch.setattr(reading, "STREAMED_BYTES", len(tasks(1)) * 2 - 1)
    assert "MB together" in failure(manager_api, project, sent, format=format)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("x" * 10_001, id="text"),
        pytest.param(["x"] * 5000, id="list"),
        pytest.param({"a": {"b": ["x" * 10_000]}}, id="nested"),
        pytest.param({str(n): n for n in range(2000)}, id="object"),
    ],
)
def test_a_task_with_an_endless_attribute_is_refused_and_the_others_come(manager_api, project, value):
    good, bad = jpeg(1), jpeg(2)
    said = result(
        manager_api, project,
        with_members(
            ("a.json", tasks(1, attributes={"n": 1, "box": [1, 2, 3, 4]})), ("b.json", tasks(2, attributes={"n": value})),
            ("1.jpg", good), ("2.jpg", bad),
        ),
    )  # fmt: skip
    assert [row["reason"] for row in said["rejected"]] == [
        "An attribute's value is longer than 10,000 characters."
    ]
    assert Image.objects.get().attributes == {"n": 1, "box": [1, 2, 3, 4]}


def test_a_table_with_more_rows_than_may_be_is_refused(manager_api, project, monkeypatch):
    monkeypatch.setattr(table_in, "ROWS", 3)
    assert "more than 3 rows" in failure(manager_api, project, "file\n" + "x.jpg\n" * 3, "labels.csv")
    monkeypatch.setattr(reading, "STREAMED_BYTES", 20)
    assert "send it in parts" in failure(manager_api, project, "file\n" + "x.jpg\n" * 3, "labels.csv")

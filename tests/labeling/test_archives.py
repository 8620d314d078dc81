"""Archives: what they say of images arrives with them, once, and never over a person's word."""

import io
import json
import zipfile
from contextlib import suppress

import pytest

from labeling.models import Annotation, Assignment, Image, Job, Project, QueueItem
from labeling.services import archives, importbatches
from labeling.services.jobs import JobFailed, job_start
from labeling.tasks.imports import import_archive_run
from tests.labeling.test_exports import content, exported
from tests.labeling.test_imports import site  # noqa: F401
from tests.labeling.test_submit import submit
from tests.pictures import encoded, jpeg, picture, upload

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def packed(files, **options):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", **options) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def begun(api, project, data, name="frames.zip", **fields):
    file = io.BytesIO(data if isinstance(data, bytes) else data.encode())
    file.name = name
    answer = api.post(f"/api/projects/{project.pk}/imports/", {"archive": file, **fields}, format="multipart")
    assert answer.status_code == 202, answer.json()
    return answer.json()["id"]


def imported(api, project, data, name="frames.zip", **fields):
    pk = begun(api, project, data, name, **fields)
    with suppress(JobFailed):
        import_archive_run(pk, 1)
    return api.get(f"/api/jobs/{pk}/").json()


def result(*arguments, **fields):
    job = imported(*arguments, **fields)
    assert job["state"] == "succeeded", job["errors"]
    return job["result"]


def failure(*arguments, **fields):
    job = imported(*arguments, **fields)
    assert job["state"] == "failed" and not Image.objects.exists()
    return job["errors"][0]["reason"]


def labels():
    return {
        row.image.name: (row.result["category"], row.origin)
        for row in Annotation.objects.filter(current=True).select_related("image")
    }


FOLDERS = {"set/train/engaged/1.jpg": jpeg(1), "set/test/animated/2.jpg": jpeg(2), "set/README.txt": b"hello"}


def test_class_folders_bring_labels_and_splits(manager_api, project):
    said = result(manager_api, project, packed(FOLDERS))
    assert said["format"] == "folders" and said["counts"]["created"] == said["counts"]["labeled"] == 2
    assert labels() == {"1.jpg": ("engaged", "import"), "2.jpg": ("animated", "import")}
    assert list(Image.objects.order_by("name").values_list("split", flat=True)) == ["train", "test"]
    item = QueueItem.objects.get(image__name="1.jpg")
    assert (item.status, item.slots, item.category) == ("labeled", 0, "engaged")
    one = Annotation.objects.get(image__name="1.jpg")
    assert one.author is None and one.regions == [{"origin": "imported"}]


def test_the_same_archive_again_changes_nothing(manager_api, api, project):
    archive = packed(FOLDERS)
    result(manager_api, project, archive)
    image = Image.objects.get(name="1.jpg")
    old = Annotation.objects.get(image=image)
    Annotation.objects.filter(pk=old.pk).update(current=False)  # somebody has corrected it since
    QueueItem.objects.filter(image=image).update(status="unlabeled", slots=1)
    submit(api, image.pk, "non-engaged")
    before = list(Annotation.objects.order_by("uuid").values())
    for fields in ({}, {"replace": "true"}):
        said = result(manager_api, project, archive, **fields)
        assert said["counts"]["unchanged"] == said["counts"]["duplicates"] == 2 and said["created"] == []
    assert list(Annotation.objects.order_by("uuid").values()) == before


def test_a_person_s_label_stands_unless_it_is_to_be_replaced(manager_api, api, project):
    pk = upload(manager_api, project, {"1.jpg": jpeg(1)}).json()["created"][0]
    submit(api, pk, "non-engaged")
    said = result(manager_api, project, packed(FOLDERS))
    assert [row["id"] for row in said["conflicts"]] == [pk] and "non-engaged already" in said["conflicts"][0][
        "reason"
    ]
    assert labels()["1.jpg"] == ("non-engaged", "person")
    said = result(manager_api, project, packed(FOLDERS), replace="true")
    assert said["counts"]["replaced"] == 1 and labels()["1.jpg"] == ("engaged", "import")
    old = Annotation.objects.get(image=pk, origin="person")
    assert not old.current and old.replaced_by.result == {"category": "engaged"}


def test_a_table_brings_attributes_as_what_they_are(manager_api, project):
    table = (
        "file;label;subject;yaw;note;007;split\nimages/1.jpg;engaged;anna;-12,5;'=x;007;val\n1.jpg;;;;;;\n"
    )
    table = table.replace("-12,5", "-12.5")
    said = result(
        manager_api, project, packed({"images/1.jpg": jpeg(1), "images/2.jpg": jpeg(2), "labels.csv": table})
    )
    assert said["format"] == "csv" and said["counts"]["created"] == 2
    image = Image.objects.get(name="1.jpg")
    assert image.attributes == {"yaw": -12.5, "note": "=x", "007": "007"}
    assert (image.group, image.split) == ("anna", "val") and labels() == {"1.jpg": ("engaged", "import")}


@pytest.mark.parametrize(
    ("row", "reason"),
    [("1.jpg,nan", "nan is no number"), ("1.jpg,-inf", "-inf is no number"), ("1.jpg,1e999", "too large"),
     ("1.jpg", "another number of cells"), (",5", "names no image"), ("no.jpg,5", "no such image"),
     ("1.jpg," + "x" * 10_001, "longer than"), ("1.jpg,\0", "that is none")],
)  # fmt: skip
def test_a_bad_row_is_refused_with_its_reason_and_the_others_come(manager_api, project, row, reason):
    table = f"file,yaw\n{row}\n2.jpg,7\n"
    said = result(manager_api, project, packed({"1.jpg": jpeg(1), "2.jpg": jpeg(2), "attributes.csv": table}))
    assert any(reason in row["reason"] for row in said["rejected"])
    assert Image.objects.get(name="2.jpg").attributes == {"yaw": 7}
    assert said["counts"].get("labeled", 0) == 0


def test_unknown_categories_are_listed_before_anything_comes(manager_api, project):
    archive = packed({"engaged/1.jpg": jpeg(1), "asleep/2.jpg": jpeg(2), "gone/3.jpg": jpeg(3)})
    assert "no category asleep (asleep/2.jpg), gone (gone/3.jpg)" in failure(manager_api, project, archive)
    said = result(manager_api, project, archive, create_categories="true")
    assert said["categories"] == ["asleep", "gone"]
    names = list(project.categories.values_list("name", "hotkey"))
    assert names[3:] == [("asleep", "4"), ("gone", "5")] and labels()["2.jpg"][0] == "asleep"


def test_folders_that_are_no_categories_are_no_labels(manager_api, project):
    archive = packed(
        {"01/1.jpg": jpeg(1), "02/2.jpg": jpeg(2), "attributes.csv": "file,subject\n01/1.jpg,01\n"}
    )
    said = result(manager_api, project, archive)
    assert said["format"] == "images" and said["counts"]["created"] == 2 and not labels()
    assert Image.objects.get(name="1.jpg").group == "01" and "without labels" in said["notes"][0]


TASKS = [
    {"data": {"image": "/data/upload/3/ab12cd34-1.jpg"}, "predictions": [{"result": []}],
     "annotations": [{"result": [{"type": "choices", "value": {"choices": ["engaged"]}}], "lead_time": 3}]},
    {"data": {"image": "pics/2.jpg", "attributes": {"yaw": 5}}, "annotations": [{"was_cancelled": True, "result": []}]},
    {"data": {"img": "/data/local-files/?d=pics/3.jpg"}, "annotations": []},
    {"data": {"image": "pics/4.jpg"}, "annotations": [{"result": [{"type": "choices", "value": {"choices": ["a", "b"]}}]}]},
    {"data": {"text": "hello"}},
]  # fmt: skip


def test_label_studio_tasks_bring_labels_and_skips(manager_api, manager, project):
    files = {f"pics/{n}.jpg": jpeg(n) for n in range(1, 5)} | {"export.json": json.dumps(TASKS)}
    said = result(manager_api, project, packed(files))
    assert said["format"] == "label-studio" and said["counts"]["created"] == 3
    assert labels() == {"1.jpg": ("engaged", "import")}
    assert QueueItem.objects.get(image__name="2.jpg").status == "skipped"
    assert Assignment.objects.get(state="skipped").user == manager
    assert Image.objects.get(name="2.jpg").attributes == {"yaw": 5}
    assert {row["name"] for row in said["rejected"]} == {"export.json: task 4", "export.json: task 5"}
    assert "1 predictions were left out" in str(said["notes"])
    assert set(Image.objects.values_list("source", flat=True)) == {"label-studio"}
    again = result(manager_api, project, packed(files))
    assert again["counts"]["unchanged"] == 2 and Assignment.objects.count() == 1


CONFIG = """<?xml version="1.0" encoding="utf-8"?>
<View><Image name="frame" value="$photo"/>
<Choices name="mood" toName="frame"><Choice value="engaged"/><Choice value="animated"/></Choices>
<Choices name="quality" toName="frame"><Choice value="sharp"/></Choices></View>"""
ONE_CHOICES = CONFIG.replace('<Choices name="quality" toName="frame"><Choice value="sharp"/></Choices>', "")


def chose(choice, control="mood", to="frame"):
    return {"from_name": control, "to_name": to, "type": "choices", "value": {"choices": [choice]}}


def configured(config, *annotations, **more):
    """An archive with a task for each annotation's results; its image stands under a name that nobody would guess."""
    tasks = [
        {"data": {"photo": f"{n}.jpg", "image": "a caption", **more}, "annotations": [{"result": results}]}
        for n, results in enumerate(annotations)
    ]
    files = {f"x/{n}.jpg": jpeg(n) for n in range(len(tasks))}
    return packed(files | {"x/tasks.json": json.dumps(tasks), "x/config.xml": config})


def test_a_labeling_config_says_where_the_image_and_its_category_stand(manager_api, project):
    box = {"from_name": "box", "to_name": "frame", "type": "rectanglelabels", "value": {"x": 1}}
    said = result(
        manager_api, project,
        configured(ONE_CHOICES, [chose("engaged"), box], [chose("non-engaged")], [chose("engaged", to="audio")], [chose("engaged", "other")]),
    )  # fmt: skip
    assert labels() == {"0.jpg": ("engaged", "import")} and said["counts"]["created"] == 2
    reasons = {row["name"]: row["reason"] for row in said["rejected"]}
    second, third = (reasons.pop(f"x/tasks.json: task {number}") for number in (2, 3))
    assert "Label Studio would refuse its label" in second and "non-engaged" in second
    assert "'audio' not found" in third and not reasons


def test_of_several_choices_the_named_one_is_the_category(manager_api, project):
    archive = configured(CONFIG, [chose("sharp", "quality"), chose("animated")])
    assert "name the one that is the category (mood, quality) as the control" in failure(
        manager_api, project, archive
    )
    assert "no Choices called look: there are mood, quality" in failure(
        manager_api, project, archive, control="look"
    )
    result(manager_api, project, archive, control="mood")
    assert labels() == {"0.jpg": ("animated", "import")}


def test_tasks_alone_take_the_named_choices_too(manager_api, project):
    upload(manager_api, project, {"1.jpg": jpeg(1)})
    results = [chose("sharp", "quality"), chose("engaged")]
    tasks = json.dumps([{"data": {"image": "1.jpg"}, "annotations": [{"result": results}]}])
    assert "several choices" in str(result(manager_api, project, tasks, "tasks.json")["rejected"])
    result(manager_api, project, tasks, "tasks.json", control="mood")
    assert labels() == {"1.jpg": ("engaged", "import")}


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        (f'<!DOCTYPE x [<!ENTITY l0 "lol">{BOMB}]><View>&l9;</View>', "has a DOCTYPE"),
        (ONE_CHOICES.replace("<View>", '<!doctype v SYSTEM "file:///etc/passwd"><View>'), "has a DOCTYPE"),
        (ONE_CHOICES + " " * 300_000, "larger than"),
        (ONE_CHOICES.encode("utf-16"), "UTF-8"),
        ("<View>", "Label Studio would refuse the config.xml"),
        ("<a>" * 5000 + "</a>" * 5000, "Label Studio would refuse the config.xml"),
        (ONE_CHOICES.replace("Choices", "Labels").replace("Choice ", "Label "), "no Choices of an Image"),
        (ONE_CHOICES.replace("$photo", "https://example.com/1.jpg"), "no Choices of an Image"),
        ("", "Label Studio would refuse the config.xml"),
    ],
    ids=["bomb", "doctype", "huge", "utf-16", "cut off", "deep", "labels", "no variable", "empty"],
)
def test_a_config_that_cannot_be_trusted_or_read_is_refused_in_a_sentence(
    manager_api, project, config, reason
):
    assert reason in failure(manager_api, project, configured(config, [chose("engaged")]))


def test_without_a_config_tasks_are_checked_by_the_projects_categories(manager_api, project):
    upload(manager_api, project, {f"{n}.jpg": jpeg(n) for n in range(3)})
    tasks = [
        {"data": {"image": f"{n}.jpg"}, "annotations": [{"result": [{"type": "choices", "value": {"choices": choices}}]}]}
        for n, choices in enumerate((["engaged"], "engaged", ["asl\x01eep"]))
    ]  # fmt: skip
    said = result(manager_api, project, json.dumps(tasks), "tasks.json", create_categories="true")
    reasons = {row["name"]: row["reason"] for row in said["rejected"]}
    assert labels() == {"0.jpg": ("engaged", "import")}
    assert set(reasons) == {"The file: task 2", "The file: task 3"}
    assert all("Label Studio would refuse its label" in reason for reason in reasons.values())


def test_tasks_alone_fetch_their_images_and_reach_no_private_network(manager_api, project, site):  # noqa: F811
    choice = [{"result": [{"type": "choices", "value": {"choices": ["animated"]}}]}]
    tasks = [
        {"data": {"image": f"{site.url}/a.jpg"}, "annotations": choice},
        {"data": {"image": "http://169.254.169.254/x.jpg"}, "annotations": choice},
    ]
    said = result(manager_api, project, json.dumps(tasks), "tasks.json")
    assert labels() == {"a.jpg": ("animated", "import")}
    assert "private network" in said["rejected"][0]["reason"]
    hits = len(site.pages.hits)
    said = result(manager_api, project, json.dumps(tasks), "tasks.json")
    assert said["counts"]["unchanged"] == 1 and len(site.pages.hits) == hits  # known by its address


def test_a_table_alone_labels_what_is_there_by_hash_or_name(manager_api, project):
    upload(manager_api, project, {"1.jpg": jpeg(1), "2.jpg": jpeg(2), "3.jpg": jpeg(3)})
    upload(manager_api, project, {"3.jpg": jpeg(4)})
    sha256 = Image.objects.get(name="2.jpg").sha256
    table = f"file,category,pose\n1.jpg,engaged,3\n{sha256},animated,4\n3.jpg,engaged,5\nnone.jpg,engaged,6\n"
    said = result(manager_api, project, table, "labels.csv")
    assert labels() == {"1.jpg": ("engaged", "import"), "2.jpg": ("animated", "import")}
    assert Image.objects.get(name="2.jpg").attributes == {"pose": 4}
    reasons = {row["name"]: row["reason"] for row in said["rejected"]}
    assert "2 images have this name" in reasons["3.jpg"] and "no such image" in reasons["line 5: none.jpg"]


@pytest.mark.parametrize(
    "body",
    [{"format": "csv", "images": True}, {"format": "folders"}, {"format": "label-studio", "images": True}],
)
def test_what_is_exported_comes_in_again_elsewhere_and_changes_nothing_here(
    manager_api, manager, api, project, body
):
    from labeling.services.projects import project_create

    pks = upload(
        manager_api, project, {"a.jpg": jpeg(1), "@b.png": encoded(picture(2), "PNG")}, group="-room"
    ).json()["created"]
    submit(api, pks[0], "engaged")
    submit(api, pks[1], "animated")
    attributes = {
        "yaw": -3.5,
        "who": "=cmd()",
        "n": "5",
        "yes": True,
        "quote": "'=x",
        "dash": "-",
        "not": "nan",
        "large": "1e999",
    }
    attributes |= {
        "video": "call.mp4",
        "tile": "r1c2",
        "box": [0, 12, 640, 372],
        "pose": {"yaw": [1.5, None]},
        "text": "[1, 2]",
        "say": "[laughs]",
    }
    Image.objects.filter(pk=pks[1]).update(attributes=attributes, split="test", video_time=12.25)
    Image.objects.filter(pk=pks[0]).update(video_time=0.0)
    data = content(manager_api, exported(manager_api, project, **body))
    before = list(Image.objects.order_by("id").values())
    said = result(manager_api, project, data)
    assert said["counts"]["unchanged"] == 2 and not said["conflicts"] and not said["rejected"]
    assert list(Image.objects.order_by("id").values()) == before and Annotation.objects.count() == 2
    categories = [{"name": name} for name in ("engaged", "non-engaged", "animated")]
    other = project_create(by=manager, name="Other", kind="classification", categories=categories)
    said = result(manager_api, other, data)
    assert said["counts"]["labeled"] == 2 and not said["rejected"]
    image = Image.objects.get(project=other, name__endswith="b.png")
    assert (image.attributes, image.split, image.group) == (attributes, "test", "-room")
    assert list(
        Image.objects.filter(project=other).order_by("video_time").values_list("video_time", flat=True)
    ) == [0.0, 12.25]
    assert image.annotations.get().result == {"category": "animated"}


def test_a_video_time_comes_to_images_that_have_none_and_is_a_number_of_seconds(manager_api, project):
    upload(manager_api, project, {f"{n}.jpg": jpeg(n) for n in range(4)})
    table = "file,video_time,note\n0.jpg,1.5,[1]\n1.jpg,,x\n2.jpg,soon,x\n3.jpg,-1,x\n"
    said = result(manager_api, project, table, "labels.csv")
    assert {row["name"]: row["reason"] for row in said["rejected"]} == dict.fromkeys(
        ("line 4", "line 5"), "The video_time is no number of seconds."
    )
    times = Image.objects.order_by("name").values_list("video_time", flat=True)
    assert list(times) == [1.5, None, None, None]
    assert Image.objects.get(name="0.jpg").attributes == {
        "note": "[1]"
    }  # nobody's column but ours holds lists
    result(manager_api, project, "file,video_time\n0.jpg,7\n", "labels.csv")
    assert Image.objects.get(name="0.jpg").video_time == 1.5
    result(manager_api, project, "file,video_time\n0.jpg,7\n", "labels.csv", replace="true")
    assert Image.objects.get(name="0.jpg").video_time == 7


def test_an_attempt_after_a_lost_worker_goes_on_and_counts_on(manager_api, project, monkeypatch):
    files = {f"engaged/{n}.jpg": jpeg(n) for n in range(7)} | {"asleep/9.jpg": jpeg(9)}
    monkeypatch.setattr(importbatches, "AT_ONCE", {"known": 2, "member": 2, "url": 2})
    monkeypatch.setattr(archives, "REPORT_SECONDS", 0)
    pk = begun(manager_api, project, packed(files), create_categories="true")
    run, seen = job_start(job_id=pk, attempt=1), []

    def lost(self, items):
        if len(seen) == 2:
            raise SystemExit  # as if its process were killed
        seen.append(items)
        return bring(self, items)

    bring = importbatches.Batch.bring
    monkeypatch.setattr(importbatches.Batch, "bring", lost)
    with pytest.raises(SystemExit):
        archives.import_archive_run(run=run)
    monkeypatch.setattr(importbatches.Batch, "bring", bring)
    Job.objects.filter(pk=pk).update(state="queued", attempt=2)
    import_archive_run(pk, 2)
    job = manager_api.get(f"/api/jobs/{pk}/").json()
    assert (job["state"], job["done"], job["total"]) == ("succeeded", 8, 8)
    assert job["result"]["counts"]["labeled"] == 8 and len(job["result"]["created"]) == 8
    assert job["result"]["categories"] == ["asleep"] and not job["result"]["duplicates"]


def test_a_cancelled_import_keeps_what_came(manager_api, project, monkeypatch):
    monkeypatch.setattr(importbatches, "AT_ONCE", {"known": 1, "member": 1, "url": 1})
    pk = begun(manager_api, project, packed(FOLDERS))
    bring = importbatches.Batch.bring

    def cancelling(self, items):
        bring(self, items)
        Job.objects.filter(pk=pk).update(cancel_requested=True)

    monkeypatch.setattr(importbatches.Batch, "bring", cancelling)
    import_archive_run(pk, 1)
    job = manager_api.get(f"/api/jobs/{pk}/").json()
    assert (job["state"], job["done"]) == ("cancelled", 1) and len(job["result"]["created"]) == 1


def test_a_lease_stands_and_two_different_words_go_to_review(manager_api, api, project):
    pk = upload(manager_api, project, {"1.jpg": jpeg(1)}).json()["created"][0]
    (leased,) = api.post(f"/api/projects/{project.pk}/next/").json()["items"]
    result(manager_api, project, packed(FOLDERS))
    assert QueueItem.objects.get(pk=pk).status == "labeled"
    answer = submit(api, pk, "animated", assignment=leased["assignment"]["id"])
    assert answer.status_code == 201 and QueueItem.objects.get(pk=pk).status == "in_review"


def test_a_label_that_was_sent_back_stays_its_authors_to_say_again(manager_api, api, project):
    pk = upload(manager_api, project, {"1.jpg": jpeg(1)}).json()["created"][0]
    (leased,) = api.post(f"/api/projects/{project.pk}/next/").json()["items"]
    said = submit(api, pk, "animated", assignment=leased["assignment"]["id"]).json()
    body = {"verdict": "reject", "comment": "She listens."}
    assert (
        manager_api.post(f"/api/annotations/{said['uuid']}/review/", body, format="json").status_code == 201
    )
    result(manager_api, project, packed({"engaged/1.jpg": jpeg(1)}))
    item = QueueItem.objects.get(pk=pk)
    assert (item.status, item.slots, item.category) == ("labeled", 0, "engaged")
    (back,) = api.post(f"/api/projects/{project.pk}/next/").json()["items"]
    assert back["sent_back"]["comment"] == "She listens."
    assert submit(api, pk, "engaged", assignment=back["assignment"]["id"]).status_code == 201
    assert QueueItem.objects.get(pk=pk).status == "labeled"


def test_a_file_of_before_a_rename_says_the_category_of_today(manager_api, api, project):
    names = [{"id": one.pk, "name": one.name} for one in project.categories.all()]
    names = [{**one, "name": "lively"} if one["name"] == "animated" else one for one in names]
    pk = begun(manager_api, project, packed(FOLDERS))
    assert (
        manager_api.patch(f"/api/projects/{project.pk}/", {"categories": names}, format="json").status_code
        == 200
    )
    import_archive_run(pk, 1)
    assert labels() == {"1.jpg": ("engaged", "import"), "2.jpg": ("lively", "import")}
    said = manager_api.get(f"/api/jobs/{pk}/").json()["result"]
    assert said["categories"] == [] and said["notes"] == ["animated is called lively by now."]
    again = result(manager_api, project, packed(FOLDERS), create_categories=True)
    assert again["counts"]["unchanged"] == 2 and Annotation.objects.count() == 2
    assert "animated" not in set(project.categories.values_list("name", flat=True))


def test_neither_a_damaged_image_nor_one_that_somebody_looks_at_changes_its_place_in_the_queue(
    manager_api, api, project
):
    Project.objects.update(overlap=2)
    pks = upload(manager_api, project, {"1.jpg": jpeg(1), "2.jpg": jpeg(2)}).json()["created"]
    Image.objects.filter(pk=pks[0]).update(error="damaged")
    QueueItem.objects.filter(pk=pks[0]).update(slots=0)
    api.post(f"/api/projects/{project.pk}/next/")
    tasks = [{"data": {"image": "/a/2.jpg"}, "annotations": [{"was_cancelled": True, "result": []}]}]
    said = result(manager_api, project, packed({"tasks.json": json.dumps(tasks), "2.jpg": jpeg(2)}))
    assert said["counts"]["unchanged"] == 1
    result(manager_api, project, packed({"engaged/1.jpg": jpeg(1)}))
    rows = {row.pk: (row.status, row.slots) for row in QueueItem.objects.all()}
    assert rows == {pks[0]: ("unlabeled", 0), pks[1]: ("unlabeled", 1)}


def test_formats_of_other_kinds_are_refused_in_a_sentence(manager_api, project):
    file = io.BytesIO(packed(FOLDERS))
    file.name = "a.zip"
    answer = manager_api.post(
        f"/api/projects/{project.pk}/imports/", {"archive": file, "format": "coco"}, format="multipart"
    )
    assert answer.status_code == 400 and "no place for one label" in str(answer.json())


def test_credentials_and_scripts_in_addresses_are_not_kept(manager_api, project):
    table = (
        "file,url,source_url\n1.jpg,,javascript:alert(1)\n2.jpg,,https://me:secret@example.org/2\n"
        "none.jpg,http://me:secret@example.org/x.jpg,\n"
    )
    said = result(manager_api, project, packed({"1.jpg": jpeg(1), "2.jpg": jpeg(2), "attributes.csv": table}))
    assert dict(Image.objects.values_list("name", "source_url")) == {
        "1.jpg": "",
        "2.jpg": "https://…@example.org/2",
    }
    assert "secret" not in str(said) and said["counts"]["rejected"] == 1

"""A frozen dataset version leaves in every format as it was frozen, whatever happened since."""

import json

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.formats import EXPORTS
from labeling.models import Annotation, Image, Membership, QueueItem, Role
from labeling.services.projects import project_create
from tests.labeling.boxes import box, submit_boxes
from tests.labeling.test_archives import result
from tests.labeling.test_exports import content, exported, members
from tests.labeling.test_submit import submit
from tests.pictures import jpeg, upload
from training.services.snapshots import snapshot_freeze

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = {"classification": ("engaged", "animated"), "detection": ("milk", "egg")}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def made(kind, by, name="Set"):
    return project_create(by=by, name=name, kind=kind, categories=[{"name": one} for one in KINDS[kind]])


def say(api, project, pk, n):
    if project.kind == "classification":
        return submit(api, pk, KINDS[project.kind][n % 2])
    return submit_boxes(
        api, pk, [box(KINDS[project.kind][n % 2], [1, 1, 20 + k, 30], id=f"b-{k}") for k in range(n)]
    )


def frozen_set(kind, manager, labeler, manager_api, api):
    project = made(kind, manager)
    Membership.objects.create(project=project, user=labeler, role=Role.LABELER)
    pks = []
    for n in range(6):
        pks += upload(manager_api, project, {f"{n}.jpg": jpeg(n)}, group=f"g{n}").json()["created"]
        say(api, project, pks[-1], n)
    return project, pks, snapshot_freeze(project=project, by=manager)


@pytest.fixture(params=KINDS)
def frozen(request, manager, labeler, manager_api, api):
    return frozen_set(request.param, manager, labeler, manager_api, api)


def told(project):
    """{hash: (split, group, categories, sides)}"""
    rows = Annotation.objects.filter(project=project, current=True).select_related("image")
    found = {}
    for row in rows:
        parts = row.result.get("boxes", [row.result])
        sides = [side for part in parts for side in part.get("bbox", [])]
        found[row.image.sha256] = (
            row.image.split,
            row.image.group,
            [part["category"] for part in parts],
            sides,
        )
    return found


def assert_same(first, second):
    assert first.keys() == second.keys()
    for key, (*about, sides) in first.items():
        assert list(second[key][:-1]) == about and second[key][-1] == pytest.approx(sides, abs=1e-6)


def test_labels_and_splits_leave_as_they_were_frozen(frozen, manager, manager_api, api):
    project, pks, version = frozen
    before = told(project)
    formats = EXPORTS[project.kind]
    first = {name: exported(manager_api, project, format=name, snapshot=version.sha256) for name in formats}
    say(api, project, upload(manager_api, project, {"new.jpg": jpeg(9)}).json()["created"][0], 1)
    Annotation.objects.filter(image=pks[0]).update(current=False)
    say(api, project, pks[0], 3)
    Image.objects.filter(project=project).update(split="test", group="other")
    QueueItem.objects.filter(image=pks[1]).update(status="skipped")
    for name in formats:
        again = exported(manager_api, project, format=name, snapshot=version.sha256)
        assert again["result"]["sha256"] == first[name]["result"]["sha256"] and again["result"]["images"] == 6
        other = made(project.kind, manager, f"From {name}")
        data = content(
            manager_api, exported(manager_api, project, format=name, snapshot=version.sha256, images=True)
        )
        assert result(manager_api, other, data)["counts"]["labeled"] == 6
        assert_same(before, told(other))


def test_an_image_that_was_deleted_since_is_told(frozen, manager_api):
    project, pks, version = frozen
    Image.objects.filter(pk=pks[2]).update(deleted_at=timezone.now())
    job = exported(manager_api, project, format="csv", snapshot=version.sha256)
    assert job["errors"] == [
        {"item": "2.jpg", "reason": "The image was deleted since this version was frozen."}
    ]
    assert job["result"]["images"] == 5
    assert "2.jpg" not in content(manager_api, job).decode()


def test_names_of_before_a_rename_stand_in_it(manager, labeler, manager_api, api):
    project, _, version = frozen_set("detection", manager, labeler, manager_api, api)
    pk = project.categories.get(name="milk").pk
    rows = [{"id": pk, "name": "oat milk"}, {"id": project.categories.get(name="egg").pk, "name": "egg"}]
    assert (
        manager_api.patch(f"/api/projects/{project.pk}/", {"categories": rows}, format="json").status_code
        == 200
    )
    data = content(manager_api, exported(manager_api, project, format="coco", snapshot=version.sha256))
    value = json.loads(members(data)["annotations.json"])
    assert [row["name"] for row in value["categories"]] == ["milk", "egg"]
    assert [row["box_id"] for row in value["annotations"]][:3] == ["b-0", "b-0", "b-1"]


def test_a_version_of_another_project_or_with_a_selection_is_refused(
    frozen, manager, manager_api, stranger_api, stranger
):
    project, _, version = frozen
    other = made(project.kind, manager, "Other")
    for there, more, said in (
        (other, {}, "no dataset version"),
        (project, {"split": "train"}, "as it was frozen"),
        (project, {"status": "done"}, "as it was frozen"),
        (project, {"snapshot": "0" * 64}, "no dataset version"),
        (project, {"snapshot": "../../x"}, "snapshot"),
    ):
        body = {"format": "csv", "snapshot": version.sha256, **more}
        answer = manager_api.post(f"/api/projects/{there.pk}/exports/", body, format="json")
        assert answer.status_code == 400 and said in str(answer.json())
    body = {"format": "csv", "snapshot": version.sha256}
    mine = stranger.memberships.get().project_id
    assert stranger_api.post(f"/api/projects/{project.pk}/exports/", body, format="json").status_code == 404
    assert stranger_api.post(f"/api/projects/{mine}/exports/", body, format="json").status_code == 400


def test_a_file_that_was_changed_ends_the_export(frozen, manager_api):
    from labeling.tasks.exports import export_run

    project, _, version = frozen
    with default_storage.open(version.manifest, "ab") as file:
        file.write(b"\n")
    body = {"format": "csv", "snapshot": version.sha256}
    pk = manager_api.post(f"/api/projects/{project.pk}/exports/", body, format="json").json()["id"]
    with pytest.raises(RuntimeError, match="changed"):
        export_run(pk, 1)
    job = manager_api.get(f"/api/jobs/{pk}/").json()
    assert job["state"] == "failed" and job["result"] is None


def test_images_without_a_label_are_counted(manager, labeler, manager_api, api):
    project, _, _ = frozen_set("detection", manager, labeler, manager_api, api)
    upload(manager_api, project, {"u.jpg": jpeg(20), "v.jpg": jpeg(21)})
    for name in ("coco", "yolo", "voc"):
        made_of = exported(manager_api, project, format=name)["result"]
        assert made_of["notes"] == ["2 of the selected images had no label and were left out."]
        assert made_of["images"] == 6
    assert exported(manager_api, project, format="csv")["result"]["notes"] == []

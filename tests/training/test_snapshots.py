"""Snapshots: named by what they hold, and made of the labels that count."""

import json
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from labeling.models import Annotation, Image, QueueItem
from training.models import Snapshot
from training.services.snapshots import snapshot_freeze, snapshot_rows

pytestmark = pytest.mark.django_db


def freeze(project, by=None):
    return snapshot_freeze(project=project, by=by)


def frozen(project):
    return {row["image"]: row["category"] for row in snapshot_rows(freeze(project))}


def test_the_same_labels_give_the_same_snapshot(labeled, project, manager):
    labeled(["engaged", "animated"] * 4)
    first = freeze(project, manager)
    assert freeze(project).pk == first.pk and Snapshot.objects.count() == 1
    assert first.count == 8 and first.created_by == manager
    assert sum(sum(split.values()) for split in first.splits.values()) == 8
    assert first.categories == ["engaged", "non-engaged", "animated"]


def test_another_label_another_split_or_another_image_give_another_snapshot(
    labeled, label, make_images, project
):
    images = labeled(["engaged", "animated"] * 4)
    seen = {freeze(project).sha256}
    Annotation.objects.filter(image=images[0]).update(current=False)
    label(images[0], "animated")
    seen.add(freeze(project).sha256)
    other = "val" if Image.objects.get(pk=images[1].pk).split == "train" else "train"
    Image.objects.filter(pk=images[1].pk).update(split=other)
    seen.add(freeze(project).sha256)
    labeled(["engaged"])
    seen.add(freeze(project).sha256)
    assert len(seen) == Snapshot.objects.count() == 4


def test_an_old_snapshot_keeps_what_it_froze(labeled, project):
    images = labeled(["engaged", "animated"] * 4)
    before = freeze(project)
    Annotation.objects.filter(image=images[0]).update(result={"category": "non-engaged"})
    QueueItem.objects.filter(image=images[0]).update(category="non-engaged")
    assert freeze(project).sha256 != before.sha256
    assert {row["image"]: row["category"] for row in snapshot_rows(before)}[images[0].pk] == "engaged"


def test_labels_that_do_not_count_stay_out(labeled, label, make_images, project):
    kept = labeled(["engaged", "animated"] * 2)
    rejected, late, waiting, skipped, deleted, broken = make_images(project, 6)
    label(rejected, "engaged", verdict="reject", current=False, status="unlabeled")
    label(late, "engaged", late=True, status="in_review")
    label(waiting, "engaged", status="in_review")
    QueueItem.objects.filter(image=skipped).update(status="skipped")
    label(deleted, "engaged")
    label(broken, "engaged")
    Image.objects.filter(pk=deleted.pk).update(deleted_at="2026-01-01T00:00Z")
    Image.objects.filter(pk=broken.pk).update(error="damaged")
    assert set(frozen(project)) == {image.pk for image in kept}


def test_most_people_decide_and_a_tie_is_left_out(labeled, label, make_images, make_user, project):
    labeled(["engaged", "animated"] * 2)
    decided, even = make_images(project, 2)
    people = [make_user(f"person{n}") for n in range(3)]
    for person, category in zip(people, ["animated", "engaged", "animated"], strict=True):
        label(decided, category, author=person)
    for person, category in zip(people[:2], ["animated", "engaged"], strict=True):
        label(even, category, author=person)
    rows = frozen(project)
    assert rows[decided.pk] == "animated" and even.pk not in rows


def test_another_projects_labels_stay_out(labeled, project, stranger):
    theirs = stranger.memberships.get().project
    labeled(["x", "y"], project=theirs)
    with pytest.raises(ValueError, match="No image is labeled"):
        freeze(project)
    labeled(["engaged"])
    assert len(frozen(project)) == 1


@pytest.mark.parametrize("change", ["a label", "a line more", "nothing at all"])
def test_a_manifest_that_was_changed_is_refused(labeled, project, change):
    labeled(["engaged", "animated"] * 4)
    snapshot = freeze(project)
    path = Path(default_storage.path(snapshot.manifest))
    text = path.read_text()
    path.write_text(
        {
            "a label": text.replace("engaged", "animated", 1),
            "a line more": text + "{}\n",
            "nothing at all": "",
        }[change]
    )
    with pytest.raises(ValueError, match="changed"):
        snapshot_rows(snapshot)


def test_the_manifest_says_where_each_label_came_from(labeled, project):
    (image,) = labeled(["engaged"], group="a meeting")
    snapshot = freeze(project)
    (line,) = Path(default_storage.path(snapshot.manifest)).read_text().splitlines()
    assert json.loads(line) == {
        "image": image.pk, "sha256": image.sha256, "name": image.name, "category": "engaged", "group": "a meeting",
        "split": Image.objects.get().split, "annotations": [str(Annotation.objects.get().pk)],
    }  # fmt: skip

"""Made pictures in their project: learned from, never measured on, and their boxes nobody's work."""

import pytest

from labeling.models import Annotation, Image, Job, QueueItem
from labeling.services.images import images_delete
from labeling.services.splits import split_assign
from synthesis.models import SyntheticBatch
from synthesis.services.accepting import batch_accept
from tests.synthesis.conftest import BOXES, carried_out
from training.services.truth import frozen_rows, held_out

URL = "/api/synthesis/batches/"


def accept(api, batch, **body):
    return api.post(f"{URL}{batch.pk}/accept/", body, format="json")


def brought(api, batch, **body):
    answer = accept(api, batch, **body)
    assert answer.status_code == 202, answer.json()
    return carried_out(Job.objects.get(pk=answer.json()["id"]), batch_accept)


def test_all_sound_pictures_come_with_their_boxes_as_labels_of_a_render(manager_api, fridge, rendered):
    job = brought(manager_api, rendered)
    assert job.result == {"created": 2, "labeled": 2, "duplicates": 0} and job.errors == []
    images = Image.objects.filter(project=fridge).order_by("pk")
    assert [(image.source, image.split, image.group) for image in images] == [
        ("render", "train", f"synthetic {rendered.pk}")
    ] * 2
    assert images[0].attributes == {"generator": "blender", "seed": 40, "batch": rendered.pk}
    for label in Annotation.objects.all():
        assert label.origin == "render" and label.author is None and label.lead_time_ms is None
        assert [(box["category"], box["bbox"]) for box in label.result["boxes"]] == [
            (box["category"], box["bbox"]) for box in BOXES
        ]
        assert {region["origin"] for region in label.regions} == {"rendered"}
    assert set(QueueItem.objects.values_list("status", flat=True)) == {"labeled"}
    row = manager_api.get(f"{URL}{rendered.pk}/").json()
    assert [picture["image"] for picture in row["images"]] == [images[0].pk, images[1].pk, None] and row[
        "accepted"
    ] == 2


def test_they_count_as_no_persons_labels(manager_api, fridge, rendered):
    brought(manager_api, rendered)
    said = manager_api.get(f"/api/projects/{fridge.pk}/statistics/").json()
    assert not any(day["labels"] for day in said["days"])


def test_they_are_learned_from_and_never_held_out_whoever_asks(manager_api, fridge, rendered):
    brought(manager_api, rendered)
    split_assign(project=fridge)
    ids = list(Image.objects.values_list("pk", flat=True))
    answer = manager_api.post(
        f"/api/projects/{fridge.pk}/images/bulk/",
        {"ids": ids, "action": "split", "split": "test"},
        format="json",
    )
    assert answer.json()["changed"] == 0, answer.json()
    assert set(Image.objects.values_list("split", flat=True)) == {"train"}
    assert held_out(fridge) == ([], [])
    assert [row["split"] for row in frozen_rows(fridge)] == ["train", "train"]


def test_bringing_them_again_changes_nothing(manager_api, rendered):
    brought(manager_api, rendered)
    before = list(Annotation.objects.values_list("uuid", flat=True))
    job = brought(manager_api, rendered)
    assert job.result == {"created": 0, "labeled": 0, "duplicates": 2} and job.errors == []
    assert list(Annotation.objects.values_list("uuid", flat=True)) == before


def test_some_can_be_chosen_and_a_strange_one_is_refused(manager_api, fridge, rendered):
    first = rendered.images.get(number=0)
    failed = rendered.images.get(number=2)
    assert accept(manager_api, rendered, images=[first.pk, failed.pk]).status_code == 400
    assert accept(manager_api, rendered, images=[2**70]).status_code == 400
    assert accept(manager_api, rendered, images=[]).status_code == 400
    brought(manager_api, rendered, images=[first.pk])
    assert Image.objects.get().sha256 == first.sha256


def test_a_flagged_picture_stays_away_unless_it_is_asked_for(manager_api, rendered):
    rendered.images.filter(number=0).update(
        boxes=[{**BOXES[0], "flag": "vanished", "kept": 0.1, "shift": [0, 0]}]
    )
    brought(manager_api, rendered)
    assert Image.objects.count() == 1
    brought(manager_api, rendered, flagged=True)
    assert Image.objects.count() == 2


def test_a_batch_of_nothing_has_nothing_to_bring(manager_api, rendered):
    rendered.images.exclude(number=2).delete()
    assert accept(manager_api, rendered).status_code == 409


def test_a_label_that_people_gave_stays(manager_api, rendered, labeler):
    brought(manager_api, rendered)
    image = Image.objects.first()
    Annotation.objects.filter(image=image).update(current=False)
    own = Annotation.objects.create(
        image=image, project=image.project, author=labeler, result={"boxes": []}, digest="x"
    )
    job = brought(manager_api, rendered)
    assert list(Annotation.objects.filter(image=image, current=True)) == [own] and job.result["labeled"] == 0


def test_a_picture_that_was_deleted_comes_back_when_it_is_brought_again(manager_api, fridge, rendered):
    brought(manager_api, rendered)
    images_delete(project=fridge, ids=[Image.objects.first().pk])
    assert manager_api.get(f"{URL}{rendered.pk}/").json()["accepted"] == 1
    brought(manager_api, rendered)
    assert not Image.objects.filter(deleted_at__isnull=False).exists()


def test_a_category_that_was_removed_since_is_told_and_the_rest_comes(manager_api, fridge, rendered):
    from labeling.models import CategoryChange

    CategoryChange.objects.create(project=fridge, names={"jam": None})
    fridge.categories.filter(name="jam").delete()
    job = brought(manager_api, rendered)
    assert job.state == "succeeded" and {error["reason"] for error in job.errors} == {
        "There is no category jam any more."
    }


def test_a_missing_file_is_told_and_the_rest_comes(manager_api, media, rendered):
    first = rendered.images.get(number=0)
    (media / first.file_key).unlink()
    job = brought(manager_api, rendered)
    assert job.result["created"] == 1 and "missing" in job.errors[0]["reason"]


@pytest.mark.parametrize("generator", ["stylegan2"])
def test_pictures_without_boxes_wait_in_the_queue_and_are_learned_from_alone(
    manager_api, fridge, rendered, generator
):
    SyntheticBatch.objects.filter(pk=rendered.pk).update(generator=generator)
    rendered.images.update(boxes=[])
    job = brought(manager_api, rendered)
    assert job.result["created"] == 2 and not Annotation.objects.exists()
    assert set(QueueItem.objects.values_list("status", flat=True)) == {"unlabeled"}
    assert set(Image.objects.values_list("split", flat=True)) == {"train"}

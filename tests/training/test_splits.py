"""Splits: decided once, whole groups together, something always held out."""

import pytest

from labeling.models import Image
from labeling.services.splits import split_assign

pytestmark = pytest.mark.django_db


def splits(project):
    return dict(Image.objects.filter(project=project).values_list("pk", "split"))


def test_only_labeled_images_get_a_split_and_they_keep_it(labeled, make_images, project):
    labeled(["engaged", "animated"] * 10)
    (unlabeled,) = make_images(project, 1)
    split_assign(project=project)
    first = splits(project)
    assert first.pop(unlabeled.pk) == "" and set(first.values()) == {"train", "val", "test"}
    labeled(["non-engaged"] * 30)
    split_assign(project=project, seed=1)
    assert {pk: split for pk, split in splits(project).items() if pk in first} == first


def test_whole_groups_stand_on_one_side(labeled, project):
    groups = {
        f"person {n}": labeled(["engaged", "animated", "non-engaged"] * (n % 3 + 1), group=f"person {n}")
        for n in range(10)
    }
    split_assign(project=project)
    sides = splits(project)
    found = {name: {sides[image.pk] for image in images} for name, images in groups.items()}
    assert all(len(side) == 1 for side in found.values())
    assert set.union(*found.values()) == {"train", "val", "test"}


def test_a_groups_new_images_follow_the_group(labeled, project):
    for n in range(6):
        labeled(["engaged", "animated"], group=f"person {n}")
    split_assign(project=project)
    for n in range(6):
        (late,) = labeled(["non-engaged"], group=f"person {n}")
        split_assign(project=project)
        sides = set(Image.objects.filter(group=f"person {n}").values_list("split", flat=True))
        assert len(sides) == 1 and splits(project)[late.pk] in sides


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_with_few_groups_one_is_held_out_one_is_learned_from_and_it_is_said(labeled, project, count):
    for n in range(count):
        labeled(["engaged", "animated"] * (10 if n == 0 else 2), group=f"person {n}")
    warnings = split_assign(project=project)
    sides = [
        set(Image.objects.filter(group=f"person {n}").values_list("split", flat=True)) for n in range(count)
    ]
    assert {"test"} in sides and {"train"} in sides
    assert any(f"only {count} groups" in line for line in warnings) == (count < 5)
    assert any("for validation" in line for line in warnings) == ({"val"} not in sides)


def test_a_single_group_is_never_cut_and_it_is_said_that_nothing_is_held_out(labeled, project):
    labeled(["engaged", "animated"] * 10, group="one person")
    assert any("held out" in line for line in split_assign(project=project))
    assert set(splits(project).values()) == {"train"}


def test_near_duplicates_stay_together(labeled, project):
    same = labeled(["engaged", "animated"] * 3, perceptual_hash=-17)
    for n in range(20):
        labeled(["engaged", "animated"], perceptual_hash=n * 1000)
    split_assign(project=project)
    sides = splits(project)
    assert len({sides[image.pk] for image in same}) == 1 and set(sides.values()) == {"train", "val", "test"}


@pytest.mark.parametrize("source", ["render", "translated"])
def test_renders_and_translations_are_never_held_out(labeled, project, source):
    made = labeled(["engaged", "animated"] * 20, source=source)
    grouped = labeled(["engaged", "animated"] * 5, source=source, group="a scene")
    labeled(["engaged", "animated"] * 2)
    split_assign(project=project)
    sides = splits(project)
    assert {sides[image.pk] for image in [*made, *grouped]} == {"train"}
    assert "test" in sides.values()


def test_an_imported_split_is_respected(labeled, project):
    brought = {name: labeled(["engaged", "animated"] * 3, split=name) for name in ("train", "val", "test")}
    labeled(["engaged", "animated"] * 3)
    split_assign(project=project)
    sides = splits(project)
    for name, images in brought.items():
        assert {sides[image.pk] for image in images} == {name}
    assert "" not in sides.values()


def test_categories_are_spread_over_the_sides(labeled, project):
    labeled(["engaged"] * 40 + ["animated"] * 20 + ["non-engaged"] * 10)
    split_assign(project=project)
    for category, count in (("engaged", 40), ("animated", 20), ("non-engaged", 10)):
        rows = Image.objects.filter(project=project, queue__category=category)
        assert rows.filter(split="test").count() == pytest.approx(0.2 * count, abs=1)
        assert rows.filter(split="train").count() == pytest.approx(0.7 * count, abs=1)


def test_another_projects_images_are_left_alone(labeled, project, stranger):
    labeled(["engaged", "animated"] * 3)
    theirs = labeled(["x", "y"] * 3, project=stranger.memberships.get().project)
    split_assign(project=project)
    assert {Image.objects.get(pk=image.pk).split for image in theirs} == {""}

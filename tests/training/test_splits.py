"""Splits: decided once, whole groups together, something always held out."""

import pytest

from labeling.models import Image
from labeling.services.splits import split_assign
from labeling.services.units import units_of

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


def test_near_duplicates_stay_together_over_one_that_has_no_label(labeled, make_images, project):
    images = labeled(["engaged", "animated"] * 20)
    (between,) = make_images(project, 1)
    for image, near in (
        (between, images[0]),
        (images[1], between),
        (images[2], images[1]),
        (images[9], images[2]),
    ):
        Image.objects.filter(pk=image.pk).update(near_duplicate_of=near)
    keys = units_of(project).keys
    alike = {keys[images[n].pk] for n in (0, 1, 2, 9)}
    assert len(alike) == 1 and len(set(keys.values())) == 37
    split_assign(project=project)
    sides = splits(project)
    assert len({sides[images[n].pk] for n in (0, 1, 2, 9)}) == 1 and "test" in sides.values()


def test_an_image_without_a_group_follows_its_near_duplicates_group_and_joins_no_two(labeled, project):
    (mine,) = labeled(["engaged"], group="person 1")
    (theirs,) = labeled(["engaged"], group="person 2")
    (loose,) = labeled(["engaged"], near_duplicate_of=mine)
    Image.objects.filter(pk=theirs.pk).update(near_duplicate_of=loose)
    keys = units_of(project).keys
    assert keys[mine.pk] != keys[theirs.pk] and keys[loose.pk] in (keys[mine.pk], keys[theirs.pk])


def meeting(labeled, times, group="a meeting", tiles=1):
    """Labeled frames of one recording; categories change every few seconds."""
    images = labeled(
        [("engaged", "animated")[int(time) // 3 % 2] for time in times for _ in range(tiles)], group=group
    )
    for n, image in enumerate(images):
        image.video_time, image.source = times[n // tiles], "video"
        image.save()
    return images


def closest(project, group="a meeting"):
    """Seconds between a side's images and another's."""
    rows = Image.objects.filter(group=group).exclude(split="").values_list("video_time", "split")
    return min(abs(t - u) for t, side in rows for u, other in rows if side != other)


@pytest.mark.parametrize(
    "times",
    [
        [float(n) for n in range(20)],
        [n * 0.5 for n in range(60)],
        [n * 10.0 for n in range(40)],
        [n * 60.0 for n in range(120)],
        [float(n) for n in range(400)],
        [float(n) for n in range(0, 3600, 37)],
    ],
    ids=lambda times: f"{len(times)} to {times[-1]:.0f} s",
)  # fmt: skip
def test_a_lone_meeting_is_cut_into_blocks_with_a_gap_and_it_is_said(labeled, project, times):
    meeting(labeled, times)
    warnings = split_assign(project=project)
    sides = list(splits(project).values())
    assert set(sides) == {"train", "val", "test", ""}
    assert sides.count("train") >= 0.4 * len(sides) and sides.count("test") >= 0.1 * len(sides)
    assert closest(project) > times[1] - times[0]
    (said,) = warnings
    assert "1 video was cut into blocks of time" in said and f" {sides.count('')} images in the gaps" in said
    assert "by hand" in said and "5 meetings" in said


def test_peoples_tiles_of_one_moment_stand_on_one_side(labeled, project):
    meeting(labeled, [float(n) for n in range(60)], tiles=4)
    split_assign(project=project)
    moments = {}
    for time, side in Image.objects.values_list("video_time", "split"):
        moments.setdefault(time, set()).add(side)
    assert all(len(sides) == 1 for sides in moments.values()) and {"test"} in moments.values()


def test_the_same_meeting_is_cut_in_the_same_way_and_what_has_a_split_keeps_it(labeled, project):
    images = meeting(labeled, [float(n) for n in range(120)])
    split_assign(project=project)
    first = splits(project)
    split_assign(project=project, seed=7)
    assert splits(project) == first
    Image.objects.filter(project=project).update(split="")
    split_assign(project=project)
    assert splits(project) == first
    Image.objects.filter(project=project).update(split="")
    Image.objects.filter(pk__in=[image.pk for image in images[40:45]]).update(split="test")
    split_assign(project=project)
    assert {splits(project)[image.pk] for image in images[40:45]} == {"test"}
    assert closest(project) > 1


def test_what_is_labeled_later_comes_no_closer_to_another_side(labeled, project):
    """Blocks grow with the labels, and frames between those that were labeled first come last."""
    meeting(labeled, [float(n) for n in range(0, 60, 2)])
    split_assign(project=project)
    first = {pk: side for pk, side in splits(project).items() if side}
    for times in (range(1, 60, 2), range(60, 600, 3), range(61, 1800, 3)):
        meeting(labeled, [float(n) for n in times])
        split_assign(project=project)
        assert {"train", "val", "test"} <= set(splits(project).values()) and closest(project) > 1
    assert {pk: splits(project)[pk] for pk in first} == first


def test_with_five_groups_no_video_is_cut(labeled, project):
    for n in range(5):
        meeting(labeled, [float(n) for n in range(40)], group=f"meeting {n}")
    assert split_assign(project=project) == []
    sides = {group: set() for group in Image.objects.values_list("group", flat=True)}
    for group, side in Image.objects.values_list("group", "split"):
        sides[group].add(side)
    assert all(len(side) == 1 for side in sides.values())


def test_a_meeting_that_was_cut_keeps_its_gaps_when_others_come(labeled, project):
    meeting(labeled, [float(n) for n in range(0, 120, 2)])
    split_assign(project=project)
    for n in range(6):
        meeting(labeled, [float(n) for n in range(12)], group=f"meeting {n}")
    meeting(labeled, [float(n) for n in range(1, 120, 2)])
    split_assign(project=project)
    assert closest(project) > 1


def test_pictures_of_a_cut_meeting_without_a_time_are_never_held_out(labeled, project):
    meeting(labeled, [float(n) for n in range(60)])
    photos = labeled(["engaged", "animated"] * 3, group="a meeting")
    split_assign(project=project)
    assert {splits(project)[image.pk] for image in photos} == {"train"}


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

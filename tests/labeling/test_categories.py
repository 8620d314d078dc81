"""Categories that change after labeling has begun: labels, settings, leases and open pages follow."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection

from labeling.models import Annotation, Assignment, CategoryChange, Membership, Project, QueueItem, Role
from labeling.services.categories import PALETTE, name_today, names_since
from tests.labeling.test_queue import lease
from tests.labeling.test_submit import submit


def change(api, project, *rows):
    return api.patch(f"/api/projects/{project.pk}/", {"categories": list(rows)}, format="json")


def categories(api, project):
    return {row["name"]: row for row in api.get(f"/api/projects/{project.pk}/").json()["categories"]}


def said(category, **scores):
    return {
        "id": 1, "model_version": 7, "number": 1, "model": "m", "score": 0.5, "uncertainty": 0.5,
        "result": {"category": category, "scores": scores, "faces": [], "entities": [], "distracted": False, "reason": ""},
    }  # fmt: skip


def merge(api, project, source, target):
    rows = categories(api, project)
    gone = rows.pop(source)
    return change(api, project, *(
        {**row, "merges": [gone["id"]]} if name == target else row for name, row in rows.items()
    ))  # fmt: skip


def test_merging_makes_all_labels_of_one_those_of_the_other(api, manager_api, project, make_images):
    images = make_images(project, 3)
    for image, name in zip(images, ("engaged", "animated", "non-engaged"), strict=True):
        submit(api, image.pk, name)
    answer = merge(manager_api, project, "animated", "engaged")
    assert answer.status_code == 200, answer.json()
    assert [row["name"] for row in answer.json()["categories"]] == ["engaged", "non-engaged"]
    assert answer.json()["categories"][0]["hotkey"] == "1"
    assert sorted(a.result["category"] for a in Annotation.objects.all()) == [
        "engaged",
        "engaged",
        "non-engaged",
    ]
    assert sorted(QueueItem.objects.values_list("category", flat=True)) == [
        "engaged",
        "engaged",
        "non-engaged",
    ]


def test_merging_again_changes_nothing(manager_api, project):
    rows = categories(manager_api, project)
    body = [{**rows["engaged"], "merges": [rows["animated"]["id"]]}, rows["non-engaged"]]
    assert change(manager_api, project, *body).status_code == 200
    assert change(manager_api, project, *body).status_code == 200
    assert CategoryChange.objects.count() == 1


def test_people_who_disagreed_about_two_that_are_one_now_agree(api, manager_api, project, make_images):
    Project.objects.update(overlap=2)
    project.refresh_from_db()
    one, other = make_images(project, 2)
    for image, second in ((one, "animated"), (other, "non-engaged")):
        submit(api, image.pk, "engaged")
        assert submit(manager_api, image.pk, second).json()["status"] == "in_review"
    merge(manager_api, project, "animated", "engaged")
    assert QueueItem.objects.get(pk=one.pk).status == "labeled"
    assert QueueItem.objects.get(pk=other.pk).status == "in_review"


def test_in_a_project_with_review_a_merge_spares_nobody_the_review(api, manager_api, project, make_images):
    Project.objects.update(review=True)
    (image,) = make_images(project, 1)
    submit(api, image.pk, "animated")
    merge(manager_api, project, "animated", "engaged")
    item = QueueItem.objects.get()
    assert (item.status, item.category) == ("in_review", "engaged")


def test_the_setting_that_names_a_category_follows_a_merge_and_ends_with_a_deletion(manager_api, project):
    merge(manager_api, project, "non-engaged", "animated")
    assert manager_api.get(f"/api/projects/{project.pk}/").json()["settings"]["non_engaged"] == "animated"
    rows = categories(manager_api, project)
    answer = change(manager_api, project, rows["engaged"])
    assert answer.json()["settings"]["non_engaged"] == ""


def test_what_stands_in_the_way_of_a_deletion_is_counted(api, manager_api, project, make_images):
    for image in make_images(project, 2):
        submit(api, image.pk, "animated")
    rows = categories(manager_api, project)
    answer = change(manager_api, project, rows["engaged"], rows["non-engaged"])
    assert answer.status_code == 409 and answer.json()["detail"].startswith("2 labels say animated: merge")
    assert len(categories(manager_api, project)) == 3


@pytest.mark.parametrize("wrong", ["unknown", "itself", "kept", "two", "new", "twice"])
def test_a_merge_that_makes_no_sense_is_refused_and_changes_nothing(manager_api, project, wrong):
    a, b, c = (dict(row) for row in categories(manager_api, project).values())
    rows = {
        "unknown": [{**a, "merges": [10**9]}, b, c],
        "itself": [{**a, "merges": [a["id"]]}, b, c],
        "kept": [{**a, "merges": [b["id"]]}, b, c],
        "two": [{**a, "merges": [c["id"]]}, {**b, "merges": [c["id"]]}],
        "new": [{"name": "fresh", "merges": [a["id"]]}, b, c],
        "twice": [a, {**a, "name": "again", "hotkey": ""}, b, c],
    }[wrong]
    answer = change(manager_api, project, *rows)
    assert answer.status_code == 400 and "categories" in answer.json()["errors"]
    assert [row["name"] for row in categories(manager_api, project).values()] == [
        "engaged",
        "non-engaged",
        "animated",
    ]


def test_a_category_of_another_project_is_not_merged(manager_api, project, stranger):
    theirs = Membership.objects.get(user=stranger).project.categories.first()
    rows = list(categories(manager_api, project).values())
    assert change(manager_api, project, {**rows[0], "merges": [theirs.pk]}, *rows[1:]).status_code == 400
    theirs.refresh_from_db()


def test_how_many_labels_say_a_category_is_told_to_managers(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    submit(api, image.pk, "animated")
    url = f"/api/projects/{project.pk}/categories/"
    rows = manager_api.get(url).json()
    assert [(row["name"], row["labels"]) for row in rows] == [
        ("engaged", 0),
        ("non-engaged", 0),
        ("animated", 1),
    ]
    assert api.get(url).status_code == 403


def test_two_swap_names_and_their_labels_with_them(api, manager_api, project, make_images):
    first, second = make_images(project, 2)
    submit(api, first.pk, "engaged")
    submit(api, second.pk, "animated")
    rows = categories(manager_api, project)
    a, b = rows["engaged"], rows["animated"]
    change(manager_api, project, {**a, "name": "animated"}, rows["non-engaged"], {**b, "name": "engaged"})
    assert [QueueItem.objects.get(pk=image.pk).category for image in (first, second)] == [
        "animated",
        "engaged",
    ]
    assert Annotation.objects.get(image=first).result == {"category": "animated"}


def test_a_page_that_was_opened_before_says_the_name_of_before_and_is_understood(
    api, manager_api, project, make_images
):
    first, second = make_images(project, 2)
    QueueItem.objects.update(prediction=said("animated", animated=0.5))
    items = lease(api, project, 2)
    uuid = uuid4()
    rows = categories(manager_api, project)
    change(manager_api, project, rows["engaged"], rows["non-engaged"], {**rows["animated"], "name": "lively"})
    merge(manager_api, project, "lively", "engaged")
    body = {"assignment": items[0]["assignment"]["id"], "uuid": uuid}
    assert submit(api, first.pk, "animated", **body).status_code == 201
    assert submit(api, first.pk, "animated", **body).status_code == 200
    label = Annotation.objects.get()
    assert label.result == {"category": "engaged"} and label.regions[0]["origin"] == "accepted"
    assert submit(api, second.pk, "nonsense").status_code == 400


def test_a_name_that_is_a_categorys_again_means_that_one(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    rows = categories(manager_api, project)
    change(
        manager_api, project, rows["engaged"], {**rows["animated"], "name": "lively"}, {"name": "animated"}
    )
    submit(api, image.pk, "animated")
    assert Annotation.objects.get().result == {"category": "animated"}


def test_what_people_hold_is_renamed_on_their_screens(api, manager_api, project, make_images):
    make_images(project, 1)
    QueueItem.objects.update(prediction=said("animated", engaged=0.3, animated=0.45, **{"non-engaged": 0.25}))
    lease(api, project)
    merge(manager_api, project, "engaged", "non-engaged")
    shown = lease(api, project)[0]["prediction"]
    assert shown["result"]["category"] == "non-engaged"
    assert shown["result"]["scores"] == {"non-engaged": 0.55, "animated": 0.45} and shown["score"] == 0.55


def test_changes_add_up():
    assert names_since([{"a": "b"}, {"b": "c"}]) == {"a": "c", "b": "c"}
    assert names_since([{"a": "b", "b": "a"}, {"a": "x"}]) == {"a": "b", "b": "x"}
    assert names_since([{"a": "b"}, {"a": "z"}]) == {"a": "b"}
    assert names_since([{"a": "b"}, {"b": None}]) == {"a": None, "b": None}
    assert names_since([{"a": "b"}, {"b": "a"}]) == {"b": "a"}


def test_a_name_of_before_is_followed_from_the_last_time_it_was_given_away(project):
    for names in ({"a": "b"}, {"a": "z"}, {"b": "c"}):
        CategoryChange.objects.create(project=project, names=names)
    assert name_today(project_id=project.pk, name="a") == "z"
    assert name_today(project_id=project.pk, name="b") == "c"
    assert name_today(project_id=project.pk, name="never") is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_no_label_slips_through_under_the_old_name(
    _, project, manager_api, make_images, make_user, client_for
):
    """Submits beside a rename come before it or after it."""
    people = [make_user(f"person{n}") for n in range(4)]
    Membership.objects.bulk_create(
        Membership(project=project, user=user, role=Role.LABELER) for user in people
    )
    images = make_images(project, 40)
    clients, together = [client_for(user) for user in people], Barrier(5)
    rows = categories(manager_api, project)

    def label(number):
        try:
            together.wait()
            return [submit(clients[number], image.pk, "animated").status_code for image in images[number::4]]
        finally:
            connection.close()

    def rename():
        try:
            together.wait()
            body = [rows["engaged"], rows["non-engaged"], {**rows["animated"], "name": "lively"}]
            return change(manager_api, project, *body).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        labeled, renamed = pool.map(label, range(4)), pool.submit(rename)
        assert {code for codes in labeled for code in codes} == {201} and renamed.result() == 200
    assert {a.result["category"] for a in Annotation.objects.all()} == {"lively"}
    assert set(QueueItem.objects.values_list("category", flat=True)) == {"lively"}
    assert Assignment.objects.count() == 0


def test_a_category_has_a_colour_of_its_own_up_to_twenty_and_is_shown_in_it_before_it_is_made(manager_api):
    names = [{"name": f"food {n}"} for n in range(len(PALETTE))]
    made = manager_api.post("/api/projects/", {"name": "x", "kind": "detection", "categories": names}, "json")
    assert [row["color"] for row in made.json()["categories"]] == list(PALETTE)
    assert len(set(PALETTE)) == 20
    page = Path(settings.BASE_DIR, "frontend/src/pages/settings/categories-field.tsx").read_text()
    shown = page[page.index("const COLORS") : page.index("];")]
    assert tuple(re.findall("#[0-9A-F]{6}", shown)) == PALETTE

"""Pages of images: every image once, in order, whatever they are ordered by; and filters that say what they mean."""

import base64
import json
from itertools import chain

import pytest
from django.utils import timezone

from labeling.models import Annotation, Image, Project, QueueItem
from tests.labeling.test_images import listed
from tests.labeling.test_submit import submit

UNSURE = [None, 0.5, 0.1, 0.9, 0.5]
ORDERINGS = [sign + name for name in ("id", "name", "uncertainty", "labeled") for sign in ("", "-")]


@pytest.fixture
def images(project, make_images):
    made = make_images(project, 23)
    for number, image in enumerate(made):
        labeled = timezone.now() if number % 3 == 0 else None
        QueueItem.objects.filter(pk=image.pk).update(uncertainty=UNSURE[number % 5], labeled_at=labeled)
    Image.objects.filter(pk__in=[image.pk for image in made[::2]]).update(name="same.jpg")
    return made


def walk(api, url, link):
    pages = []
    while url:
        answer = api.get(url)
        assert answer.status_code == 200 and len(pages) < 30
        pages.append([row["id"] for row in answer.json()["results"]])
        last, url = url, answer.json()[link]
    return pages, last


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_every_image_comes_once_forth_and_back(api, project, images, ordering):
    url = f"/api/projects/{project.pk}/images/?page_size=4&ordering={ordering}"
    forth, last = walk(api, url, "next")
    back, _ = walk(api, last, "previous")
    assert sorted(chain(*forth)) == [image.pk for image in images]
    assert [len(page) for page in forth] == [4, 4, 4, 4, 4, 3]
    assert list(chain(*back[::-1])) == list(chain(*forth))


@pytest.mark.parametrize("sign", ["", "-"])
def test_images_without_a_value_come_last_either_way(api, project, images, sign):
    order = listed(api, project, f"?ordering={sign}uncertainty")
    said = dict(QueueItem.objects.values_list("image_id", "uncertainty"))
    values = [said[pk] for pk in order]
    known = [value for value in values if value is not None]
    assert values == sorted(known, reverse=bool(sign)) + [None] * (len(values) - len(known))


def test_a_page_is_the_same_though_images_come_and_go_before_it(api, project, images):
    url = f"/api/projects/{project.pk}/images/?page_size=4"
    second = api.get(api.get(url).json()["next"]).json()["results"]
    Image.objects.filter(pk__in=[image.pk for image in images[:4]]).update(deleted_at=timezone.now())
    following = api.get(url).json()["results"]
    assert [row["id"] for row in second] == [row["id"] for row in following]


@pytest.mark.parametrize(
    "cursor",
    ["x", "===", base64.urlsafe_b64encode(b"[]").decode(), base64.urlsafe_b64encode(b'[0,"a","b"]').decode(),
     base64.urlsafe_b64encode(json.dumps([0, {"a": 1}, 1]).encode()).decode(), base64.urlsafe_b64encode(b"[" * 9999).decode()],
)  # fmt: skip
def test_a_forged_cursor_is_no_page(api, project, images, cursor):
    for ordering in ("id", "uncertainty", "labeled"):
        answer = api.get(f"/api/projects/{project.pk}/images/?cursor={cursor}&ordering={ordering}")
        assert answer.status_code == 404


def test_a_cursor_of_one_project_shows_nothing_of_it_in_another(api, stranger_api, stranger, project, images):
    elsewhere = stranger.memberships.get().project
    page = api.get(f"/api/projects/{project.pk}/images/?page_size=2").json()["next"]
    assert stranger_api.get(page).status_code == 404
    moved = page.replace(f"/projects/{project.pk}/", f"/projects/{elsewhere.pk}/")
    assert stranger_api.get(moved).json()["results"] == []


def test_an_author_is_one_whose_label_still_stands(api, manager_api, project, images, labeler, manager):
    first, second = images[0].pk, images[1].pk
    submit(api, first, "engaged")
    submit(api, second, "engaged")
    Annotation.objects.filter(image=first).update(current=False)
    Annotation.objects.create(
        image_id=first, project=project, author=manager, result={"category": "engaged"}, digest="x"
    )
    assert listed(api, project, "?author=labeler") == [second]
    assert listed(api, project, "?author=manager") == [first]


def test_flags_say_yes_and_no(api, manager_api, project, images):
    broken, gone = images[0], images[1]
    Image.objects.filter(pk=broken.pk).update(error="damaged")
    Image.objects.filter(pk=gone.pk).update(deleted_at=timezone.now())
    assert listed(api, project, "?error=1&page_size=50") == [broken.pk]
    assert (
        broken.pk not in listed(api, project, "?error=0") and len(listed(api, project, "?error=false")) == 21
    )
    assert gone.pk not in listed(api, project, "?deleted=0") and listed(
        manager_api, project, "?deleted=true"
    ) == [gone.pk]


@pytest.mark.parametrize(
    "query",
    ["score_min=nan", "score_max=inf", "score_min=", "split=x", "source=x", "error=x", "deleted=2", "agrees=x", "author__id=1",
     "annotations__author__password__startswith=p", "ordering=-project", "ordering=?", "id__in=1", "project=1"],
)  # fmt: skip
def test_what_is_no_filter_of_ours_is_refused(api, project, query):
    assert api.get(f"/api/projects/{project.pk}/images/?{query}").status_code == 400


def test_what_no_column_holds_is_refused_and_not_an_error(api, manager_api, project, images):
    assert api.get(f"/api/projects/{project.pk}/images/?group=%00").status_code == 400
    assert api.get(f"/api/images/{10**30}/").status_code in (400, 404)
    body = {"ids": [10**30], "action": "delete"}
    answer = manager_api.post(f"/api/projects/{project.pk}/images/bulk/", body, format="json")
    assert answer.json()["changed"] == 0


def test_a_row_carries_nothing_of_its_people_but_their_names(api, project, images):
    submit(api, images[0].pk, "engaged")
    row = api.get(f"/api/images/{images[0].pk}/").json()
    assert row["annotations"][0]["author"].keys() == {"id", "username"}
    assert "sha256" not in row and "password" not in json.dumps(row)


def predicted(category):
    result = {"category": category, "distracted": False}
    return {"id": 1, "model_version": 1, "number": 1, "model": "majority", "score": 0.9, "result": result}


def test_images_are_found_on_which_people_and_the_model_agree_or_not(api, manager_api, project, images):
    alike, unlike, open_, unknown = (image.pk for image in images[:4])
    said = predicted("engaged")
    QueueItem.objects.filter(pk__in=[alike, unlike, open_]).update(prediction=said)
    QueueItem.objects.filter(pk=unknown).update(prediction=predicted(None))
    for pk, category in ((alike, "engaged"), (unlike, "animated"), (unknown, "engaged")):
        submit(manager_api, pk, category)
    assert listed(manager_api, project, "?agrees=1") == [alike]
    assert listed(manager_api, project, "?agrees=0") == [unlike]
    assert listed(manager_api, project, "?agrees=0&category=animated&source=upload") == [unlike]
    QueueItem.objects.filter(pk=unlike).update(prediction=predicted("animated"))
    assert listed(manager_api, project, "?agrees=0") == []


def test_images_are_found_that_somebody_commented_on_by_all_but_labelers(api, manager_api, project, images):
    said = {"text": "a hand is cut off"}
    for _ in range(2):
        assert api.post(f"/api/images/{images[2].pk}/comments/", said, format="json").status_code == 201
    assert listed(manager_api, project, "?commented=1") == [images[2].pk]
    assert listed(manager_api, project, "?commented=1&status=done") == []
    rest = listed(manager_api, project, "?commented=0&page_size=50")
    assert len(rest) == 22 and images[2].pk not in rest
    url = f"/api/projects/{project.pk}/images/?commented="
    assert [api.get(url + value).status_code for value in "10"] == [403, 403]
    assert manager_api.get(url + "x").status_code == 400


def test_a_labeler_finds_no_open_image_by_whether_the_model_agrees_with_another_person(
    api, manager_api, project, images
):
    QueueItem.objects.update(prediction=predicted("engaged"), slots=2)
    Project.objects.update(overlap=2)
    submit(manager_api, images[0].pk, "engaged")
    assert listed(manager_api, project, "?agrees=1") == [images[0].pk]
    assert listed(api, project, "?agrees=1") == []
    submit(api, images[0].pk, "engaged")
    assert listed(api, project, "?agrees=1") == [images[0].pk]

"""Gold images: given like open ones, answered like open ones, and counted for nothing but the person's record."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from labeling.models import Annotation, Assignment, Project, QueueItem
from labeling.services.queue import leases_return
from tests.labeling.test_images import listed
from tests.labeling.test_queue import images_of, lease
from tests.labeling.test_submit import submit


@pytest.fixture
def gold(manager_api, project, make_images):
    """An image that the manager has labeled engaged and marked, before ten open ones."""
    Project.objects.update(gold_every=1)
    (image,) = make_images(project, 1)
    submit(manager_api, image.pk, "engaged")
    assert mark(manager_api, project, [image.pk]) == 1
    make_images(project, 10)
    return image.pk


def mark(api, project, ids, action="gold", **fields):
    url = f"/api/projects/{project.pk}/images/bulk/"
    return api.post(url, {"action": action, "ids": ids, **fields}, format="json").json()["changed"]


def given(api, project, image):
    """The gold image's item, as it comes up with the next ones."""
    lease(api, project)
    return next(item for item in lease(api, project, 10) if item["image"]["id"] == image)


def record(api, project):
    return api.get(f"/api/projects/{project.pk}/statistics/").json().get("gold")


def test_a_gold_image_comes_up_once_and_looks_like_an_open_one(api, project, gold):
    first = lease(api, project, 3)
    assert gold not in images_of(first)
    item = given(api, project, gold)
    open_ = next(one for one in lease(api, project, 4) if one["image"]["id"] != gold)
    assert item.keys() == open_.keys() and item["image"].keys() == open_["image"].keys()
    for name in ("status", "category"):
        assert item["image"][name] == open_["image"][name]
    assert item["annotation"] is None and not item["commented"] and item["sent_back"] is None
    detail = api.get(f"/api/images/{gold}/").json()
    assert (detail["status"], detail["category"], detail["annotations"]) == ("unlabeled", None, [])
    standing = Annotation.objects.get(image=gold)
    assert api.get(f"/api/annotations/{standing.pk}/").status_code == 404
    submit(api, gold, "engaged", assignment=item["assignment"]["id"])
    for item in lease(api, project, 10):
        assert item["image"]["id"] != gold


def test_an_answer_goes_to_the_record_and_leaves_the_image_alone(api, manager_api, project, gold):
    before = QueueItem.objects.filter(pk=gold).values().get()
    item = given(api, project, gold)
    uuid = uuid4()
    for code in (201, 200):  # a repeat is the same answer
        answer = submit(api, gold, "animated", uuid=uuid, assignment=item["assignment"]["id"])
        assert answer.status_code == code
        assert answer.json() == {"uuid": str(uuid), "late": False, "status": "labeled"}
    assert QueueItem.objects.filter(pk=gold).values().get() == before
    assert list(
        Annotation.objects.counting().filter(image=gold).values_list("author__username", flat=True)
    ) == ["manager"]
    assert record(manager_api, project) == [{"user": "labeler", "answers": 1, "right": 0}]
    assert record(api, project) is None
    mark(manager_api, project, [gold], "relabel", category="animated")  # what is known of it is mended
    assert record(manager_api, project)[0]["right"] == 1


def test_an_answer_is_corrected_and_taken_back_as_any_label_is(api, manager_api, project, gold):
    item, first, second = given(api, project, gold), uuid4(), uuid4()
    submit(api, gold, "animated", uuid=first, assignment=item["assignment"]["id"])
    again = submit(api, gold, "engaged")
    assert again.status_code == 409 and again.json()["current"]["uuid"] == str(first)
    assert submit(api, gold, "engaged", uuid=second, replaces=str(first)).status_code == 201
    assert submit(api, gold, "engaged", replaces=str(first)).status_code == 409
    assert record(manager_api, project) == [{"user": "labeler", "answers": 1, "right": 1}]
    mine = api.get(f"/api/projects/{project.pk}/annotations/mine/").json()["results"]
    assert [(row["image"]["id"], row["annotation"]["uuid"]) for row in mine] == [(gold, str(second))]
    assert mine[0]["image"]["status"] == "labeled"
    assert api.delete(f"/api/annotations/{first}/").status_code == 409
    api.delete(f"/api/annotations/{second}/")
    assert record(manager_api, project) == [{"user": "labeler", "answers": 1, "right": 0}]
    back = api.delete(f"/api/annotations/{first}/").json()
    assert back["image"]["status"] == "unlabeled" and back["annotation"] is None
    assert back["assignment"]["id"] == item["assignment"]["id"]
    assert record(manager_api, project) == []
    assert submit(api, gold, "engaged", assignment=back["assignment"]["id"]).status_code == 201
    assert QueueItem.objects.get(pk=gold).status == "done"


def test_a_lease_of_a_gold_image_that_ends_opens_nothing(api, manager_api, project, gold):
    item = given(api, project, gold)
    Assignment.objects.filter(image=gold).update(expires=timezone.now() - timedelta(1))
    leases_return()
    assert QueueItem.objects.filter(pk=gold).values("status", "slots").get() == {"status": "done", "slots": 0}
    answer = submit(api, gold, "engaged", assignment=item["assignment"]["id"])
    assert answer.status_code == 201 and record(manager_api, project)[0]["right"] == 1


def test_a_skipped_gold_image_stays_what_it_is_and_comes_back_on_undo(api, project, gold):
    lent = given(api, project, gold)["assignment"]["id"]
    assert api.post(f"/api/assignments/{lent}/skip/").status_code == 204
    assert QueueItem.objects.get(pk=gold).status == "done"
    assert api.post(f"/api/assignments/{lent}/undo_skip/").json()["image"]["status"] == "unlabeled"
    assert QueueItem.objects.get(pk=gold).status == "done"


def test_who_labeled_a_gold_image_does_not_get_it(manager_api, project, gold):
    for _ in range(3):
        assert gold not in images_of(lease(manager_api, project, 10))


def test_without_the_setting_no_gold_image_is_given(api, project, gold):
    Project.objects.update(gold_every=0)
    lease(api, project)
    assert gold not in images_of(lease(api, project, 10))


def test_only_what_is_known_becomes_gold_and_labelers_do_not_see_which(
    api, manager_api, stranger_api, project, gold, make_images
):
    (open_,) = make_images(project, 1)
    assert mark(manager_api, project, [open_.pk, gold]) == 0
    assert listed(manager_api, project, "?gold=1") == [gold]
    assert gold not in listed(api, project, "?page_size=100")
    assert api.get(f"/api/projects/{project.pk}/images/?gold=1").status_code == 403
    url = f"/api/projects/{project.pk}/images/bulk/"
    assert api.post(url, {"action": "gold", "ids": [gold]}, format="json").status_code == 403
    assert mark(manager_api, project, [gold], "ungold") == 1
    assert listed(api, project, "?status=done") == [gold]


@pytest.mark.parametrize("every", [-1, 1001, "x"])
def test_how_often_is_a_small_whole_number(manager_api, project, every):
    url = f"/api/projects/{project.pk}/"
    assert manager_api.patch(url, {"gold_every": every}, format="json").status_code == 400
    assert manager_api.patch(url, {"gold_every": 20}, format="json").json()["gold_every"] == 20

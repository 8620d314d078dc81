"""What labelers rely on: everyone gets images of their own, in the project's order, and none is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from labeling.models import Assignment, Membership, Project, QueueItem, Role
from labeling.services.queue import leases_return, queue_next


def lease(api, project, count=1):
    answer = api.post(f"/api/projects/{project.pk}/next/?count={count}")
    assert answer.status_code == 200, answer.json()
    return answer.json()["items"]


def images_of(items):
    return [item["image"]["id"] for item in items]


def expire(project):
    Assignment.objects.filter(project=project).update(expires=timezone.now() - timedelta(seconds=1))


def test_next_gives_images_in_sequence(api, project, make_images):
    images = make_images(project, 3)
    items = lease(api, project, 2)
    assert images_of(items) == [images[0].pk, images[1].pk]
    assert (
        items[0]["image"]["name"] == "0.jpg"
        and items[0]["assignment"]["id"]
        and items[0]["prediction"] is None
    )


def test_next_is_empty_when_there_is_nothing(api, project):
    assert lease(api, project) == []


def test_asking_again_gives_the_same_images_so_that_a_lost_answer_costs_nothing(api, project, make_images):
    make_images(project, 5)
    first = lease(api, project, 2)
    assert lease(api, project, 2) == first
    assert images_of(lease(api, project, 3))[:2] == images_of(first)


def test_two_people_never_get_the_same_image(api, manager_api, project, make_images):
    make_images(project, 4)
    assert not set(images_of(lease(api, project, 2))) & set(images_of(lease(manager_api, project, 2)))


def test_an_overlap_of_two_gives_each_image_to_two_people_and_never_twice_to_one(
    api, manager_api, stranger_api, stranger, project, make_images
):
    Project.objects.filter(pk=project.pk).update(overlap=2)
    project.refresh_from_db()
    Membership.objects.create(project=project, user=stranger, role=Role.LABELER)
    make_images(project, 2)
    assert len(lease(api, project, 5)) == len(lease(manager_api, project, 5)) == 2
    assert lease(stranger_api, project, 5) == []


@pytest.mark.django_db(transaction=True)
def test_eight_people_at_once_get_every_image_exactly_once(project, make_images, make_user):
    make_images(project, 160)
    people = [make_user(f"person{n}") for n in range(8)]
    Membership.objects.bulk_create(
        Membership(project=project, user=user, role=Role.LABELER) for user in people
    )
    project.refresh_from_db()

    def work(user):
        try:
            # Ask for all that I hold and five more, until there is nothing more.
            return images_of(
                [
                    item
                    for n in range(5, 55, 5)
                    for item in queue_next(project_id=project.pk, user=user, count=n)
                ][-50:]
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, people))
    leased = list(Assignment.objects.filter(project=project).values_list("image_id", flat=True))
    assert len(leased) == len(set(leased)) == 160
    assert not QueueItem.objects.filter(project=project, slots__gt=0).exists()


def test_least_confident_first_puts_images_without_a_prediction_last(api, project, make_images):
    Project.objects.filter(pk=project.pk).update(sampling="uncertainty")
    sure, unsure, unknown = make_images(project, 3)
    QueueItem.objects.filter(pk=sure.pk).update(uncertainty=0.1)
    QueueItem.objects.filter(pk=unsure.pk).update(uncertainty=0.9)
    assert images_of(lease(api, project, 3)) == [unsure.pk, sure.pk, unknown.pk]


def test_random_order_follows_the_drawn_number(api, project, make_images):
    Project.objects.filter(pk=project.pk).update(sampling="random")
    images = make_images(project, 6)
    drawn = sorted(images, key=lambda image: QueueItem.objects.get(pk=image.pk).random)
    assert images_of(lease(api, project, 6)) == [image.pk for image in drawn]


def test_a_lease_that_ran_out_goes_to_the_next_person(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    lease(api, project)
    assert lease(manager_api, project) == []
    expire(project)
    assert images_of(lease(manager_api, project)) == [image.pk]


def test_beat_returns_leases_that_ran_out(api, project, make_images):
    make_images(project, 3)
    lease(api, project, 3)
    assert leases_return() == 0
    expire(project)
    assert leases_return() == 3
    assert set(QueueItem.objects.values_list("slots", flat=True)) == {1}
    assert leases_return() == 0


def test_renewing_keeps_my_leases_and_nobody_elses(api, manager_api, project, make_images):
    make_images(project, 2)
    mine, other = (
        lease(api, project)[0]["assignment"]["id"],
        lease(manager_api, project)[0]["assignment"]["id"],
    )
    Assignment.objects.update(expires=timezone.now() + timedelta(seconds=5))
    answer = api.post(f"/api/projects/{project.pk}/renew/", {"assignments": [mine, other]}, format="json")
    assert answer.json() == {"renewed": [mine]}
    assert Assignment.objects.get(pk=mine).expires > timezone.now() + timedelta(minutes=9)


def test_nobody_hoards_leases(api, project, make_images):
    make_images(project, 60)
    assert len(lease(api, project, 100)) == 50
    assert len(lease(api, project, 100)) == 50
    assert Assignment.objects.count() == 50


def test_releasing_gives_the_image_back_once(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    assignment = lease(api, project)[0]["assignment"]["id"]
    assert api.post(f"/api/assignments/{assignment}/release/").status_code == 204
    assert api.post(f"/api/assignments/{assignment}/release/").status_code == 204
    assert QueueItem.objects.get(pk=image.pk).slots == 1
    assert images_of(lease(manager_api, project)) == [image.pk]


def test_a_skipped_image_leaves_the_queue_with_its_reason_and_comes_back_on_undo(
    api, manager_api, project, make_images
):
    (image,) = make_images(project, 1)
    assignment = lease(api, project)[0]["assignment"]["id"]
    assert (
        api.post(f"/api/assignments/{assignment}/skip/", {"reason": "blurred"}, format="json").status_code
        == 204
    )
    assert Assignment.objects.get(pk=assignment).skip_reason == "blurred"
    assert QueueItem.objects.get(pk=image.pk).status == "skipped"
    assert lease(manager_api, project) == []
    back = api.post(f"/api/assignments/{assignment}/undo_skip/")
    assert back.json()["image"]["id"] == image.pk and back.json()["image"]["status"] == "unlabeled"
    assert images_of(lease(api, project)) == [image.pk]


@pytest.mark.parametrize("count", ["0", "-1", "x", "1e3", "99999", "٣"])
def test_a_count_that_is_no_small_whole_number_is_refused(api, project, count):
    answer = api.post(f"/api/projects/{project.pk}/next/?count={count}")
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"


def test_somebody_elses_project_and_leases_are_not_there(api, stranger_api, project, make_images):
    make_images(project, 1)
    assignment = lease(api, project)[0]["assignment"]["id"]
    assert stranger_api.post(f"/api/projects/{project.pk}/next/").status_code == 404
    assert (
        stranger_api.post(
            f"/api/projects/{project.pk}/renew/", {"assignments": []}, format="json"
        ).status_code
        == 404
    )
    for act in ("skip", "release", "undo_skip"):
        assert stranger_api.post(f"/api/assignments/{assignment}/{act}/").status_code == 404
    assert Assignment.objects.get(pk=assignment).state == "leased"


def test_raising_the_overlap_asks_for_more_labels_and_lowering_it_for_fewer(
    manager_api, project, make_images
):
    make_images(project, 2)
    url = f"/api/projects/{project.pk}/"
    assert manager_api.patch(url, {"overlap": 3}, format="json").status_code == 200
    assert set(QueueItem.objects.values_list("slots", flat=True)) == {3}
    lease(manager_api, project)
    assert manager_api.patch(url, {"overlap": 1}, format="json").status_code == 200
    assert sorted(QueueItem.objects.values_list("slots", flat=True)) == [0, 1]


def test_a_lease_from_before_the_model_spoke_gets_what_it_says_now_and_keeps_what_was_shown(
    api, project, make_images
):
    make_images(project, 1)
    said = {"id": 1, "model_version": 7, "result": {"category": "engaged"}}
    assert lease(api, project)[0]["prediction"] is None
    QueueItem.objects.update(prediction=said)
    assert lease(api, project)[0]["prediction"] == said
    QueueItem.objects.update(prediction={**said, "model_version": 8})
    assert lease(api, project)[0]["prediction"] == said


def test_skipping_and_taking_back_hoards_no_leases(api, project, make_images, settings):
    settings.MAX_LEASES = 2
    make_images(project, 6)
    skipped = [item["assignment"]["id"] for item in lease(api, project, 2)]
    for pk in skipped:
        assert api.post(f"/api/assignments/{pk}/skip/").status_code == 204
    first, _ = lease(api, project, 2)
    assert api.post(f"/api/assignments/{skipped[0]}/undo_skip/").status_code == 409
    assert Assignment.objects.filter(state="leased").count() == 2
    assert QueueItem.objects.filter(status="skipped").count() == 2
    assert api.post(f"/api/assignments/{first['assignment']['id']}/release/").status_code == 204
    assert api.post(f"/api/assignments/{skipped[0]}/undo_skip/").status_code == 200


def test_a_skip_is_not_taken_back_on_an_image_that_was_deleted(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    (item,) = lease(api, project)
    api.post(f"/api/assignments/{item['assignment']['id']}/skip/")
    assert manager_api.delete(f"/api/images/{image.pk}/").status_code == 204
    assert api.post(f"/api/assignments/{item['assignment']['id']}/undo_skip/").status_code == 404
    assert Assignment.objects.get().state == "skipped"


def label(api, image, category="engaged"):
    answer = api.put(
        f"/api/images/{image}/annotations/{uuid4()}/", {"result": {"category": category}}, format="json"
    )
    assert answer.status_code == 201, answer.json()


def state(image):
    item = QueueItem.objects.get(pk=image)
    return item.status, item.slots


@pytest.mark.parametrize("end", ["expires", "released", "member removed"])
def test_a_lease_that_ends_on_an_image_labeled_past_it_does_not_bring_it_up_again(
    end, api, manager_api, project, make_images, labeler
):
    (image,) = make_images(project, 1)
    assignment = lease(api, project)[0]["assignment"]["id"]
    label(manager_api, image.pk)
    if end == "expires":
        expire(project)
        leases_return()
    elif end == "released":
        assert api.post(f"/api/assignments/{assignment}/release/").status_code == 204
    else:
        member = Membership.objects.get(project=project, user=labeler)
        assert manager_api.delete(f"/api/projects/{project.pk}/members/{member.pk}/").status_code == 204
    assert state(image.pk) == ("labeled", 0)
    assert lease(manager_api, project) == []


def skip(api, item):
    url = f"/api/assignments/{item['assignment']['id']}/skip/"
    assert api.post(url, {"reason": "blurred"}, format="json").status_code == 204


@pytest.mark.parametrize("skips_last", [False, True])
def test_an_image_that_one_labels_and_the_other_skips_is_labeled_whoever_comes_first(
    skips_last, api, manager_api, project, make_images
):
    Project.objects.update(overlap=2)
    project.refresh_from_db()
    (image,) = make_images(project, 1)
    _, (other,) = lease(api, project), lease(manager_api, project)
    if skips_last:
        label(api, image.pk)
        skip(manager_api, other)
    else:
        skip(manager_api, other)
        label(api, image.pk)
    assert state(image.pk) == ("labeled", 0)
    undone = manager_api.post(f"/api/assignments/{other['assignment']['id']}/undo_skip/").json()
    assert undone["image"]["status"] == "unlabeled" and state(image.pk) == ("unlabeled", 0)
    label(manager_api, image.pk, "animated")
    assert state(image.pk) == ("in_review", 0)


def test_an_image_that_all_skip_is_skipped(api, manager_api, project, make_images):
    Project.objects.update(overlap=2)
    project.refresh_from_db()
    (image,) = make_images(project, 1)
    skip(api, lease(api, project)[0])
    assert state(image.pk) == ("unlabeled", 1)
    skip(manager_api, lease(manager_api, project)[0])
    assert state(image.pk) == ("skipped", 0)


@pytest.mark.parametrize(
    ("said", "review", "then"),
    [("engaged", False, "labeled"), ("animated", False, "in_review"), ("engaged", True, "in_review")],
)
def test_lowering_the_overlap_settles_what_has_enough_labels(
    said, review, then, api, manager_api, project, make_images
):
    Project.objects.update(overlap=3, review=review)
    project.refresh_from_db()
    image, untouched = make_images(project, 2)
    label(api, image.pk)
    label(manager_api, image.pk, said)
    assert state(image.pk) == ("unlabeled", 1)
    url = f"/api/projects/{project.pk}/"
    assert manager_api.patch(url, {"overlap": 2}, format="json").status_code == 200
    assert state(image.pk) == (then, 0) and state(untouched.pk) == ("unlabeled", 2)

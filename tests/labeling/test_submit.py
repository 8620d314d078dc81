"""A submit is kept once, whatever the network does, and says honestly where the label came from."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from labeling.models import Annotation, Assignment, Membership, Project, QueueItem, Role
from labeling.services.queue import leases_return
from tests.labeling.test_queue import lease


def submit(api, image, category="engaged", uuid=None, **body):
    return api.put(
        f"/api/images/{image}/annotations/{uuid or uuid4()}/",
        {"result": {"category": category}, **body},
        format="json",
    )


@pytest.fixture
def leased(api, project, make_images):
    make_images(project, 3)
    return lease(api, project)[0]


def test_a_submit_labels_the_image(api, leased):
    answer = submit(api, leased["image"]["id"], assignment=leased["assignment"]["id"], lead_time_ms=1200)
    assert (
        answer.status_code == 201 and answer.json()["status"] == "labeled" and answer.json()["late"] is False
    )
    annotation = Annotation.objects.get()
    assert (annotation.result, annotation.lead_time_ms, annotation.origin) == (
        {"category": "engaged"},
        1200,
        "person",
    )
    item = QueueItem.objects.get(pk=leased["image"]["id"])
    assert (item.status, item.category, item.slots) == ("labeled", "engaged", 0)


def test_the_same_submit_again_is_the_same_submit(api, leased):
    uuid = uuid4()
    assert submit(api, leased["image"]["id"], uuid=uuid, lead_time_ms=5).status_code == 201
    assert submit(api, leased["image"]["id"], uuid=uuid, lead_time_ms=9).status_code == 200
    assert Annotation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_", range(3))
def test_many_people_label_one_image_at_the_same_moment(_, project, make_images, make_user, client_for):
    Project.objects.filter(pk=project.pk).update(overlap=3)
    project.refresh_from_db()
    (image,) = make_images(project, 1)
    people = [make_user(f"person{n}") for n in range(8)]
    Membership.objects.bulk_create(
        Membership(project=project, user=user, role=Role.LABELER) for user in people
    )
    clients, together = [client_for(user) for user in people], Barrier(8)

    def label(api):
        try:
            together.wait()
            return submit(api, image.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(label, clients))
    assert {answer.status_code for answer in answers} == {201}
    assert sum(answer.json()["late"] for answer in answers) == 5
    item = QueueItem.objects.get()
    assert (item.slots, item.status, item.category) == (0, "in_review", "engaged")
    assert Annotation.objects.filter(current=True).count() == 8


@pytest.mark.django_db(transaction=True)
def test_one_submit_sent_by_two_connections_at_once_is_kept_once(project, labeler, make_images, client_for):
    (image,), uuid, together = make_images(project, 1), uuid4(), Barrier(2)
    clients = [client_for(labeler) for _ in range(2)]

    def label(api):
        try:
            together.wait()
            return submit(api, image.pk, uuid=uuid).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(label, clients)) == [200, 201]
    assert Annotation.objects.get().uuid == uuid


def test_a_uuid_with_another_body_is_a_conflict(api, leased):
    uuid = uuid4()
    submit(api, leased["image"]["id"], uuid=uuid)
    answer = submit(api, leased["image"]["id"], "animated", uuid=uuid)
    assert answer.status_code == 409 and answer["Content-Type"] == "application/problem+json"
    assert Annotation.objects.get().result == {"category": "engaged"}


def test_a_correction_replaces_the_current_version_and_keeps_the_old_one(api, leased):
    first, second = uuid4(), uuid4()
    submit(api, leased["image"]["id"], uuid=first)
    assert submit(api, leased["image"]["id"], "animated", uuid=second, replaces=str(first)).status_code == 201
    assert list(Annotation.objects.filter(current=True).values_list("uuid", flat=True)) == [second]
    assert QueueItem.objects.get(pk=leased["image"]["id"]).category == "animated"
    stale = submit(api, leased["image"]["id"], "engaged", replaces=str(first))
    assert stale.status_code == 409


def test_labeling_an_image_again_without_replaces_is_a_conflict(api, leased):
    submit(api, leased["image"]["id"])
    assert submit(api, leased["image"]["id"], "animated").status_code == 409


def test_a_submit_after_its_lease_ran_out_counts_when_nobody_else_labeled(api, project, leased):
    Assignment.objects.update(expires=timezone.now() - timedelta(1))
    assert leases_return() == 1
    answer = submit(api, leased["image"]["id"], assignment=leased["assignment"]["id"])
    assert answer.status_code == 201 and answer.json() | {"uuid": ""} == {
        "uuid": "",
        "late": False,
        "status": "labeled",
    }
    assert QueueItem.objects.get(pk=leased["image"]["id"]).slots == 0


def test_a_lease_that_another_window_gave_back_does_not_bring_the_labeled_image_up_again(
    api, project, leased
):
    image, lent = leased["image"]["id"], leased["assignment"]["id"]
    api.post(f"/api/assignments/{lent}/release/")
    assert lease(api, project)[0]["image"]["id"] == image
    assert submit(api, image, assignment=lent).status_code == 201
    assert image not in [item["image"]["id"] for item in lease(api, project, 5)]
    assert QueueItem.objects.get(pk=image).slots == 0


def test_a_submit_after_somebody_else_labeled_goes_to_review(api, manager_api, project, leased):
    Assignment.objects.update(expires=timezone.now() - timedelta(1))
    leases_return()
    other = lease(manager_api, project)[0]
    assert other["image"]["id"] == leased["image"]["id"]
    submit(manager_api, other["image"]["id"], assignment=other["assignment"]["id"])
    answer = submit(api, leased["image"]["id"], "animated", assignment=leased["assignment"]["id"])
    assert answer.json()["late"] is True and answer.json()["status"] == "in_review"
    assert Annotation.objects.count() == 2
    assert QueueItem.objects.get(pk=leased["image"]["id"]).category == "engaged"


def test_with_an_overlap_of_two_agreement_is_labeled_and_disagreement_goes_to_review(
    api, manager_api, project, make_images
):
    Project.objects.filter(pk=project.pk).update(overlap=2)
    project.refresh_from_db()
    same, differs = make_images(project, 2)
    for image, (mine, theirs) in ((same, ("engaged", "engaged")), (differs, ("engaged", "animated"))):
        assert submit(api, image.pk, mine).json()["status"] == "unlabeled"
        submit(manager_api, image.pk, theirs)
    assert QueueItem.objects.get(pk=same.pk).status == "labeled"
    assert QueueItem.objects.get(pk=differs.pk).status == "in_review"


def test_a_project_with_review_sends_every_label_there_until_it_is_accepted(
    api, manager_api, project, leased
):
    Project.objects.update(review=True)
    uuid = uuid4()
    assert submit(api, leased["image"]["id"], uuid=uuid).json()["status"] == "in_review"
    assert (
        api.post(f"/api/annotations/{uuid}/review/", {"verdict": "accept"}, format="json").status_code == 403
    )
    answer = manager_api.post(f"/api/annotations/{uuid}/review/", {"verdict": "accept"}, format="json")
    assert answer.status_code == 201 and answer.json() == {"status": "done"}


def test_a_reviewer_mends_a_label_while_accepting_it(api, manager_api, project, leased):
    uuid = uuid4()
    submit(api, leased["image"]["id"], uuid=uuid)
    body = {"verdict": "accept", "result": {"category": "animated"}}
    assert manager_api.post(f"/api/annotations/{uuid}/review/", body, format="json").json() == {
        "status": "done"
    }
    assert QueueItem.objects.get(pk=leased["image"]["id"]).category == "animated"
    assert Annotation.objects.counting().get().replaces_id == uuid


def test_undo_takes_the_submit_back_and_leases_the_image_to_me_again(api, manager_api, project, leased):
    uuid, image = uuid4(), leased["image"]["id"]
    submit(api, image, uuid=uuid, assignment=leased["assignment"]["id"])
    answer = api.delete(f"/api/annotations/{uuid}/")
    assert answer.status_code == 200
    assert answer.json()["image"] | {"category": None, "status": "unlabeled"} == answer.json()["image"]
    assert answer.json()["assignment"]["id"] == leased["assignment"]["id"]
    assert api.delete(f"/api/annotations/{uuid}/").status_code == 200  # a repeat
    assert image not in [item["image"]["id"] for item in lease(manager_api, project, 5)]
    assert submit(api, image, uuid=uuid).status_code == 409  # a late twin of the withdrawn submit
    assert submit(api, image, "animated").status_code == 201


def test_undoing_a_correction_brings_the_version_before_back(api, leased):
    first, second, image = uuid4(), uuid4(), leased["image"]["id"]
    submit(api, image, uuid=first)
    submit(api, image, "animated", uuid=second, replaces=str(first))
    assert api.delete(f"/api/annotations/{second}/").json()["annotation"]["uuid"] == str(first)
    assert QueueItem.objects.get(pk=image).category == "engaged"
    assert submit(api, image, "non-engaged", replaces=str(first)).status_code == 201


def test_the_server_says_where_a_label_came_from_by_the_prediction_that_the_lease_recorded(
    api, project, make_images
):
    images = make_images(project, 2)
    said = {"id": 1, "model_version": 7, "number": 1, "model": "m", "score": 0.8, "uncertainty": 0.2}
    said["result"] = {"category": "engaged", "scores": {"engaged": 0.8}}
    QueueItem.objects.update(prediction=said, uncertainty=0.2)
    items = lease(api, project, 2)
    assert items[0]["prediction"]["result"]["category"] == "engaged"
    QueueItem.objects.update(
        prediction=None
    )  # a promotion in the meantime does not change what the labeler saw
    submit(api, images[0].pk, "engaged", assignment=items[0]["assignment"]["id"])
    submit(api, images[1].pk, "animated", assignment=items[1]["assignment"]["id"])
    regions = [Annotation.objects.get(image=image).regions for image in images]
    assert regions == [
        [{"origin": "accepted", "model_version": 7}],
        [{"origin": "corrected", "model_version": 7}],
    ]


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"category": "nobody"},
        {"category": None},
        {"category": ["engaged"]},
        {"category": "engaged", "score": 1},
    ],
)
def test_a_result_that_the_project_does_not_know_is_refused_and_stores_nothing(api, leased, result):
    answer = api.put(
        f"/api/images/{leased['image']['id']}/annotations/{uuid4()}/", {"result": result}, format="json"
    )
    assert answer.status_code == 400 and answer.json()["title"] == "Bad Request"
    assert not Annotation.objects.exists()


def test_what_a_client_claims_of_author_and_origin_is_ignored(api, manager, leased):
    submit(api, leased["image"]["id"], author=manager.pk, origin="import", regions=[{"origin": "accepted"}])
    annotation = Annotation.objects.get()
    assert (annotation.author.username, annotation.origin, annotation.regions) == (
        "labeler",
        "person",
        [{"origin": "drawn"}],
    )


def test_somebody_elses_images_leases_and_annotations_are_not_there(
    api, stranger_api, manager_api, project, leased
):
    image, uuid = leased["image"]["id"], uuid4()
    assert submit(stranger_api, image).status_code == 404
    assert (
        submit(manager_api, image, assignment=leased["assignment"]["id"]).status_code == 400
    )  # not the manager's lease
    submit(api, image, uuid=uuid)
    assert stranger_api.get(f"/api/annotations/{uuid}/").status_code == 404
    assert stranger_api.delete(f"/api/annotations/{uuid}/").status_code == 404
    review = stranger_api.post(f"/api/annotations/{uuid}/review/", {"verdict": "reject"}, format="json")
    assert review.status_code == 404
    assert Annotation.objects.get().current


def test_a_labeler_cannot_overwrite_another_persons_label(api, manager_api, leased):
    uuid = uuid4()
    submit(manager_api, leased["image"]["id"], uuid=uuid)
    assert submit(api, leased["image"]["id"], "animated", replaces=str(uuid)).status_code == 403
    assert Annotation.objects.get(uuid=uuid).current


def test_the_uuid_of_another_projects_label_gives_nothing_of_it_away(
    api, stranger, stranger_api, project, make_images
):
    theirs = stranger.memberships.get().project
    theirs.categories.filter(name="x").update(name="their-own-word")
    (there,), (here,) = make_images(theirs, 1), make_images(project, 1)
    uuid = uuid4()
    assert submit(stranger_api, there.pk, "their-own-word", uuid=uuid).status_code == 201
    for body in ({"uuid": uuid}, {"replaces": str(uuid)}, {"uuid": uuid, "replaces": str(uuid)}):
        answer = submit(api, here.pk, **body)
        assert answer.status_code in (404, 409), answer.json()
        said = answer.content.decode()
        assert "their-own-word" not in said and "stranger" not in said and "Elsewhere" not in said
    assert submit(api, there.pk, uuid=uuid).status_code == 404
    assert Annotation.objects.get().result == {"category": "their-own-word"}

"""Verdicts: accept, mend, send back to the author with a word, take back; with several people's labels, too."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from labeling.models import Annotation, Assignment, Job, Membership, Project, QueueItem, Review, Role, User
from labeling.services.queue import leases_return
from tests.labeling.test_queue import images_of, lease
from tests.labeling.test_submit import submit


@pytest.fixture
def reviewer_api(make_user, client_for, project):
    user = make_user("reviewer")
    Membership.objects.create(project=project, user=user, role=Role.REVIEWER)
    return client_for(user)


@pytest.fixture
def second_api(make_user, client_for, project):
    user = make_user("second")
    Membership.objects.create(project=project, user=user, role=Role.LABELER)
    return client_for(user)


@pytest.fixture
def overlap(project):
    """Two people an image."""
    Project.objects.update(overlap=2)
    project.refresh_from_db()


def label(api, project, category="engaged", **more):
    """By a lease of `next`: the image and the uuid."""
    item, uuid = lease(api, project)[0], uuid4()
    body = {"assignment": item["assignment"]["id"], "uuid": uuid, **more}
    assert submit(api, item["image"]["id"], category, **body).status_code == 201
    return item["image"]["id"], uuid


def judge(api, uuid, verdict="reject", **more):
    return api.post(f"/api/annotations/{uuid}/review/", {"verdict": verdict, **more}, format="json")


def undo(api, uuid):
    return api.delete(f"/api/annotations/{uuid}/review/")


def row(image):
    item = QueueItem.objects.get(pk=image)
    return item.status, item.slots, item.category


def test_an_image_that_is_sent_back_comes_to_its_author_with_the_comment(
    api, second_api, reviewer_api, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    assert judge(reviewer_api, uuid, comment="Look at the hands").json() == {"status": "unlabeled"}
    assert row(image) == ("unlabeled", 0, "") and not Annotation.objects.counting().exists()
    assert lease(second_api, project) == []
    (item,) = lease(api, project)
    assert item["sent_back"] == {"comment": "Look at the hands", "reviewer": "reviewer"}
    assert item["annotation"] is None and item["image"]["category"] is None
    body = {"assignment": item["assignment"]["id"]}
    assert submit(api, image, "animated", **body).json()["status"] == "labeled"


def test_it_stays_its_authors_when_the_page_closes_and_becomes_anybodys_after_a_day(
    api, second_api, reviewer_api, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    judge(reviewer_api, uuid)
    (item,) = lease(api, project)
    pk = item["assignment"]["id"]
    assert api.post(f"/api/assignments/{pk}/release/").status_code == 204
    api.post(f"/api/projects/{project.pk}/renew/", {"assignments": [pk]}, format="json")
    assert Assignment.objects.get(pk=pk).expires > timezone.now() + timedelta(hours=23)
    assert lease(second_api, project) == []
    Assignment.objects.update(expires=timezone.now() - timedelta(seconds=1))
    leases_return()
    (theirs,) = lease(second_api, project)
    assert theirs["image"]["id"] == image and theirs["sent_back"] is None


def test_an_author_who_has_left_is_not_waited_for(
    api, second_api, reviewer_api, labeler, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    Membership.objects.filter(user=labeler).delete()
    judge(reviewer_api, uuid)
    assert row(image) == ("unlabeled", 1, "") and images_of(lease(second_api, project)) == [image]


def test_each_label_that_is_sent_back_opens_the_slot_it_took(
    api, second_api, reviewer_api, project, overlap, make_images, labeler
):
    make_images(project, 1)
    image, first = label(api, project)
    _, second = label(second_api, project, "animated")
    assert row(image)[0] == "in_review"
    Membership.objects.filter(user__in=[labeler]).delete()
    assert judge(reviewer_api, first).json() == {"status": "unlabeled"}
    assert row(image) == ("unlabeled", 1, "animated")
    assert judge(reviewer_api, second).json() == {"status": "unlabeled"}
    assert row(image) == ("unlabeled", 1, "")  # the other slot is leased to its author
    assert Assignment.objects.filter(state="leased").count() == 1
    (item,) = lease(second_api, project)
    assert item["image"]["id"] == image
    submit(second_api, image, assignment=item["assignment"]["id"])
    assert row(image)[:2] == ("unlabeled", 1)
    (other,) = lease(reviewer_api, project)
    assert submit(reviewer_api, image, assignment=other["assignment"]["id"]).json()["status"] == "labeled"


def test_with_two_people_the_author_of_what_came_back_gets_it_although_they_had_it(
    api, second_api, reviewer_api, project, overlap, make_images
):
    make_images(project, 1)
    image, first = label(api, project)
    label(second_api, project, "animated")
    judge(reviewer_api, first, comment="no")
    (item,) = lease(api, project)
    assert item["image"]["id"] == image
    assert submit(api, image, "animated", assignment=item["assignment"]["id"]).json()["status"] == "labeled"


def test_a_late_label_that_is_sent_back_leaves_the_others_as_they_are(
    api, second_api, reviewer_api, project, make_images
):
    make_images(project, 1)
    item = lease(api, project)[0]
    Assignment.objects.update(expires=timezone.now() - timedelta(seconds=1))
    leases_return()
    image, _ = label(second_api, project)
    late = uuid4()
    submit(api, image, "animated", assignment=item["assignment"]["id"], uuid=late)
    assert row(image)[0] == "in_review"
    assert judge(reviewer_api, late).json() == {"status": "labeled"}
    assert row(image) == ("labeled", 0, "engaged") and lease(api, project) == []


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "accept"},
        {"verdict": "accept", "result": {"category": "animated"}},
        {"verdict": "reject", "comment": "no"},
    ],
    ids=["accept", "mend", "send back"],
)
def test_a_verdict_is_taken_back_and_all_is_as_it_was(
    api, second_api, reviewer_api, project, overlap, make_images, body
):
    make_images(project, 1)
    image, uuid = label(api, project)
    label(second_api, project, "non-engaged")
    columns = ("uuid", "current", "verdict", "late", "result")
    standing = list(Annotation.objects.filter(current=True).order_by("uuid").values(*columns))
    before, leases = row(image), list(Assignment.objects.order_by("id").values("id", "state", "sent_back"))
    assert judge(reviewer_api, uuid, **body).status_code == 201
    assert row(image) != before
    assert undo(reviewer_api, uuid).json() == {"status": "in_review"}
    assert row(image) == before and not Review.objects.exists()
    assert list(Annotation.objects.filter(current=True).order_by("uuid").values(*columns)) == standing
    assert list(Assignment.objects.order_by("id").values("id", "state", "sent_back")) == leases
    assert undo(reviewer_api, uuid).status_code == 409
    assert judge(reviewer_api, uuid, "accept", result={"category": "animated"}).json() == {"status": "done"}
    assert row(image) == ("done", 0, "animated")


def test_a_verdict_is_not_taken_back_when_somebody_went_on_or_by_somebody_else(
    api, manager_api, reviewer_api, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    judge(reviewer_api, uuid)
    assert undo(manager_api, uuid).status_code == 409
    assert undo(api, uuid).status_code == 403
    (item,) = lease(api, project)
    submit(api, image, "animated", assignment=item["assignment"]["id"])
    assert undo(reviewer_api, uuid).status_code == 409
    assert row(image) == ("labeled", 0, "animated")


def test_the_same_verdict_again_is_the_same_and_another_one_is_refused(
    api, reviewer_api, manager_api, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    assert [judge(reviewer_api, uuid, comment="x").status_code for _ in range(2)] == [201, 201]
    assert Review.objects.count() == 1 and Assignment.objects.filter(state="leased").count() == 1
    assert judge(manager_api, uuid, "accept").status_code == 409
    assert row(image) == ("unlabeled", 0, "")


def test_a_reviewer_who_has_accepted_a_label_can_accept_it_as_something_else(
    api, reviewer_api, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    assert judge(reviewer_api, uuid, "accept").status_code == 201
    mend = {"result": {"category": "animated"}}
    for _ in range(2):  # a repeat is the same verdict
        assert judge(reviewer_api, uuid, "accept", **mend).status_code == 201
        assert row(image) == ("done", 0, "animated")
    assert Annotation.objects.count() == 2 and Review.objects.count() == 2
    assert judge(reviewer_api, uuid, "accept", result={"category": "non-engaged"}).status_code == 409
    assert undo(reviewer_api, uuid).status_code == 200
    assert row(image) == ("done", 0, "engaged")


@pytest.mark.parametrize(
    "result", [{}, {"category": "nobody"}, {"category": None}, {"category": "engaged", "score": 1}]
)
def test_a_mend_that_is_no_label_is_refused_and_judges_nothing(
    api, reviewer_api, project, make_images, result
):
    make_images(project, 1)
    image, uuid = label(api, project)
    assert judge(reviewer_api, uuid, "accept", result=result).status_code == 400
    assert row(image) == ("labeled", 0, "engaged") and not Review.objects.exists()
    both = judge(reviewer_api, uuid, "reject", result={"category": "animated"})
    assert both.status_code == 400 and not Review.objects.exists()


def test_what_waits_for_a_verdict_is_listed_with_all_that_was_said(
    api, second_api, reviewer_api, project, overlap, make_images
):
    images = make_images(project, 13)
    for image in images:
        for client, name in ((api, "engaged"), (second_api, "animated")):
            submit(client, image.pk, name)
    api.post(f"/api/images/{images[1].pk}/comments/", {"text": "Which of the two?"}, format="json")
    url = f"/api/projects/{project.pk}/review/"
    page = reviewer_api.get(url).json()
    assert page["count"] == 13 and len(page["items"]) == 10
    assert [item["commented"] for item in page["items"][:3]] == [False, True, False]
    said = [(a["author"]["username"], a["result"]["category"]) for a in page["items"][0]["annotations"]]
    assert said == [("labeler", "engaged"), ("second", "animated")]
    judge(reviewer_api, page["items"][9]["annotations"][0]["uuid"], "accept")
    rest = reviewer_api.get(f"{url}?after={page['items'][9]['image']['id']}").json()
    assert [item["image"]["id"] for item in rest["items"]] == [image.pk for image in images[10:]]
    assert rest["count"] == 12
    assert api.get(url).status_code == 403
    for query in ("status=done", "after=x", "after=-1"):
        assert reviewer_api.get(f"{url}?{query}").status_code == 400


def test_labels_that_nobody_has_to_look_at_are_looked_at_by_chance(api, reviewer_api, project, make_images):
    images = make_images(project, 8)
    for image in images:
        submit(api, image.pk)
    url, seen = f"/api/projects/{project.pk}/review/?status=labeled", []
    drawn = list(QueueItem.objects.order_by("random", "image_id").values_list("image_id", flat=True))
    page = reviewer_api.get(url).json()
    seen = [item["image"]["id"] for item in page["items"]]
    assert seen == drawn
    rest = reviewer_api.get(f"{url}&after={seen[2]}").json()
    assert [item["image"]["id"] for item in rest["items"]] == drawn[3:]


def test_one_image_is_looked_at_by_its_id_and_the_others_count_as_before(
    api, reviewer_api, project, make_images
):
    images = [image.pk for image in make_images(project, 3)]
    for image in images:
        submit(api, image)
    url = f"/api/projects/{project.pk}/review/?status=labeled"
    answer = reviewer_api.get(f"{url}&image={images[1]}").json()
    assert [item["image"]["id"] for item in answer["items"]] == [images[1]] and answer["count"] == 3
    assert reviewer_api.get(f"{url}&image=0").json()["items"] == []
    assert reviewer_api.get(f"{url}&image=x").status_code == 400


def test_deleted_images_wait_for_nobody(api, manager_api, reviewer_api, project, make_images):
    make_images(project, 1)
    image, uuid = label(api, project)
    QueueItem.objects.update(status="in_review")
    manager_api.delete(f"/api/images/{image}/")
    assert reviewer_api.get(f"/api/projects/{project.pk}/review/").json() == {"count": 0, "items": []}
    assert judge(reviewer_api, uuid).status_code == 404
    assert reviewer_api.get(f"/api/annotations/{uuid}/").status_code == 404


# --- the second person's view --------------------------------------------------------------------------------------
def everything(client, project, image, uuid):
    """All that the API tells a labeler of an image, as text."""
    there = f"/api/projects/{project.pk}"
    answers = [
        client.post(f"{there}/next/?count=5"),
        client.get(f"{there}/images/"),
        client.get(f"{there}/images/?ordering=-labeled"),
        client.get(f"{there}/images/?author=labeler"),
        client.get(f"{there}/images/?category=engaged"),
        client.get(f"/api/images/{image}/"),
        client.get(f"/api/annotations/{uuid}/"),
        client.get(f"{there}/predictions/"),
        client.get(f"{there}/jobs/"),
        client.get(f"{there}/jobs/?kind=import"),
        client.get(f"{there}/statistics/"),
        client.get(f"/api/images/{image}/comments/"),
        client.get(f"/api/images/{image}/similar/"),
        *(client.get(f"/api/jobs/{job.pk}/") for job in Job.objects.filter(project=project)),
        *(client.post(f"/api/jobs/{job.pk}/cancel/") for job in Job.objects.filter(project=project)),
    ]
    assert {answer.status_code for answer in answers} <= {200, 202, 403, 404}
    return " ".join(answer.content.decode() for answer in answers)


def test_the_second_persons_view_never_shows_the_first_ones_label(
    api, second_api, manager_api, manager, project, overlap, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    skipped = Assignment.objects.create(
        project=project, image_id=image, user=manager, state="skipped", expires=timezone.now()
    )
    Assignment.objects.filter(pk=skipped.pk).update(skip_reason="engaged, or not")
    Job.objects.create(  # what an import says of labels that contradict those that are there
        project=project, created_by=User.objects.get(username="second"), kind="import", task="import", queue="default", state="succeeded", log="engaged",
        result={"conflicts": [{"name": "1.jpg", "id": image, "reason": "It is labeled engaged already, not animated."}]},
        errors=[{"item": "1.jpg", "reason": "It is labeled engaged already."}],
    )  # fmt: skip
    seen = everything(second_api, project, image, uuid)
    assert "engaged" not in seen and str(uuid) not in seen
    assert "engaged" in everything(api, project, image, uuid)  # to its author
    assert "engaged" in everything(manager_api, project, image, uuid)
    item = lease(second_api, project)[0]
    mine = uuid4()
    submit(second_api, image, "animated", assignment=item["assignment"]["id"], uuid=mine)
    assert row(image)[0] == "in_review"
    seen = everything(second_api, project, image, uuid)
    assert "engaged" not in seen and str(uuid) not in seen and "animated" in seen
    undone = second_api.delete(f"/api/annotations/{mine}/")
    assert "engaged" not in undone.content.decode()
    again = second_api.post(f"/api/assignments/{item['assignment']['id']}/skip/")
    assert again.status_code == 204
    back = second_api.post(f"/api/assignments/{item['assignment']['id']}/undo_skip/")
    assert "engaged" not in back.content.decode()


def test_what_was_sent_back_is_not_shown_to_the_next_person(
    api, second_api, reviewer_api, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project)
    judge(reviewer_api, uuid, comment="not engaged at all")
    Assignment.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert "engaged" not in everything(second_api, project, image, uuid)


def test_when_an_image_is_done_its_labels_are_seen_by_all(api, second_api, project, make_images):
    make_images(project, 1)
    image, uuid = label(api, project)
    assert everything(second_api, project, image, uuid).count("engaged") >= 4


def test_only_its_author_and_reviewers_see_how_long_a_label_took(
    api, second_api, reviewer_api, project, make_images
):
    make_images(project, 1)
    image, uuid = label(api, project, lead_time_ms=4321)
    for client, seen in ((api, 4321), (second_api, None), (reviewer_api, 4321)):
        assert client.get(f"/api/annotations/{uuid}/").json()["lead_time_ms"] == seen
        assert client.get(f"/api/images/{image}/").json()["annotations"][0]["lead_time_ms"] == seen

"""A submit that contradicts what is there is refused with what stands instead, as far as the sender may know it."""

from uuid import uuid4

import pytest

from labeling.models import Annotation, Membership, Project, QueueItem, Role
from tests.labeling.test_submit import submit


@pytest.fixture
def image(project, make_images):
    return make_images(project, 1)[0].pk


@pytest.fixture
def second_api(project, make_user, client_for):
    user = make_user("second")
    Membership.objects.create(project=project, user=user, role=Role.LABELER)
    return client_for(user)


def conflict(answer):
    assert answer.status_code == 409 and answer["Content-Type"] == "application/problem+json"
    return answer.json()["current"]


def review(api, uuid, verdict="accept", **body):
    answer = api.post(f"/api/annotations/{uuid}/review/", {"verdict": verdict, **body}, format="json")
    assert answer.status_code == 201


def test_ones_own_label_of_another_window_is_shown_and_can_be_replaced(api, image):
    uuid = uuid4()
    submit(api, image, uuid=uuid)
    current = conflict(submit(api, image, "animated"))
    assert current == {"uuid": str(uuid), "result": {"category": "engaged"}, "mine": True}
    assert submit(api, image, "animated", replaces=current["uuid"]).status_code == 201
    assert QueueItem.objects.get().category == "animated"


def test_a_correction_of_an_old_version_shows_the_newer_one(api, image):
    first, second = uuid4(), uuid4()
    submit(api, image, uuid=first)
    submit(api, image, "animated", uuid=second, replaces=str(first))
    current = conflict(submit(api, image, "non-engaged", replaces=str(first)))
    assert current == {"uuid": str(second), "result": {"category": "animated"}, "mine": True}


def test_a_reviewers_correction_is_shown_without_its_uuid_for_it_is_not_mine_to_replace(
    api, manager_api, image
):
    uuid = uuid4()
    submit(api, image, uuid=uuid)
    review(manager_api, uuid, result={"category": "animated"})
    current = conflict(submit(api, image, "non-engaged", replaces=str(uuid)))
    assert current == {"uuid": None, "result": {"category": "animated"}, "mine": False}
    # Sent as a label of its own it goes to review, beside the other one.
    assert submit(api, image, "non-engaged").json()["late"] is True
    assert QueueItem.objects.get().category == "animated"


def test_where_several_label_an_image_no_labeler_is_shown_what_another_one_said(
    api, second_api, manager_api, project, make_images
):
    Project.objects.filter(pk=project.pk).update(overlap=2)
    project.refresh_from_db()
    image = make_images(project, 1)[0].pk
    mine, theirs = uuid4(), uuid4()
    submit(api, image, uuid=mine)
    submit(second_api, image, "animated", uuid=theirs)
    review(manager_api, theirs)
    answer = submit(api, image, "non-engaged", replaces=str(mine))
    assert conflict(answer) is None
    assert "animated" not in answer.content.decode() and str(theirs) not in answer.content.decode()


def test_a_reviewer_is_shown_the_label_of_somebody_else_and_may_replace_it(api, manager_api, image):
    first, second = uuid4(), uuid4()
    submit(api, image, uuid=first)
    submit(api, image, "animated", uuid=second, replaces=str(first))
    current = conflict(submit(manager_api, image, "non-engaged", replaces=str(first)))
    assert current == {"uuid": str(second), "result": {"category": "animated"}, "mine": False}
    assert submit(manager_api, image, "non-engaged", replaces=str(second)).status_code == 201


def test_nothing_stands_where_the_label_was_sent_back_or_undone(api, manager_api, image):
    uuid = uuid4()
    submit(api, image, uuid=uuid)
    review(manager_api, uuid, "reject")
    assert conflict(submit(api, image, "animated", replaces=str(uuid))) is None
    other = uuid4()
    submit(api, image, uuid=other)
    api.delete(f"/api/annotations/{other}/")
    assert conflict(submit(api, image, uuid=other)) is None
    assert not Annotation.objects.filter(current=True).exists()

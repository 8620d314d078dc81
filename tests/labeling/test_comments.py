"""What people say about an image is kept once, and tells no labeler what another one has answered."""

from uuid import uuid4

import pytest

from labeling.models import Comment, Membership, Project, Role
from tests.labeling.test_queue import lease
from tests.labeling.test_submit import submit


def say(api, on, text="Which of the two?", **body):
    return api.post(f"/api/images/{on}/comments/", {"text": text, **body}, format="json")


def texts(api, image):
    answer = api.get(f"/api/images/{image}/comments/")
    assert answer.status_code == 200, answer.json()
    return [comment["text"] for comment in answer.json()["results"]]


@pytest.fixture
def image(project, make_images):
    return make_images(project, 1)[0].pk


@pytest.fixture
def second_api(project, make_user, client_for):
    user = make_user("second")
    Membership.objects.create(project=project, user=user, role=Role.LABELER)
    return client_for(user)


def test_a_comment_is_there_with_its_author_and_its_time(api, manager_api, image):
    answer = say(api, image, "  Which of the two?  ")
    assert answer.status_code == 201
    assert answer.json()["text"] == "Which of the two?" and answer.json()["author"]["username"] == "labeler"
    assert texts(api, image) == texts(manager_api, image) == ["Which of the two?"]


def test_the_same_comment_again_is_the_same_comment(api, manager_api, image):
    uuid = str(uuid4())
    assert [say(api, image, uuid=uuid).status_code for _ in range(2)] == [201, 200]
    assert say(api, image, "another", uuid=uuid).status_code == 409
    assert say(manager_api, image, uuid=uuid).status_code == 409
    assert Comment.objects.get().text == "Which of the two?"


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001, "a\0b", None, {"a": 1}])
def test_what_is_no_comment_is_refused(api, image, text):
    assert say(api, image, text).status_code == 400
    assert not Comment.objects.exists()


def test_author_and_image_are_not_for_the_client_to_say(api, manager, image):
    answer = say(api, image, author=manager.pk, image=image + 1, created="2001-01-01T00:00Z")
    assert answer.json()["author"]["username"] == "labeler" and answer.json()["image"] == image
    assert not answer.json()["created"].startswith("2001")


def test_its_author_deletes_it_and_nobody_else(api, manager_api, stranger_api, second_api, image):
    uuid = say(api, image).json()["uuid"]
    assert manager_api.delete(f"/api/comments/{uuid}/").status_code == 403
    assert second_api.delete(f"/api/comments/{uuid}/").status_code == 404  # cannot read it either
    assert stranger_api.delete(f"/api/comments/{uuid}/").status_code == 404
    assert [api.delete(f"/api/comments/{uuid}/").status_code for _ in range(2)] == [204, 404]
    assert texts(manager_api, image) == []


def test_a_labeler_reads_the_comments_on_what_they_hold_or_have_labeled(
    api, manager_api, second_api, project, image
):
    say(manager_api, image, "Look at the hands.")
    assert texts(api, image) == []
    (item,) = lease(api, project)
    assert item["commented"] is True and texts(api, image) == ["Look at the hands."]
    submit(api, image, assignment=item["assignment"]["id"])
    assert texts(api, image) == ["Look at the hands."]
    assert texts(second_api, image) == []


@pytest.mark.django_db(transaction=True)  # where now() goes on
def test_where_several_label_an_image_a_labeler_reads_nothing_that_could_give_an_answer_away(
    api, manager_api, second_api, project, image
):
    Project.objects.update(overlap=2)
    lease(second_api, project)
    say(second_api, image, "Clearly engaged.")
    say(manager_api, image, "I would say animated.")
    lease(api, project)
    assert texts(api, image) == []
    submit(api, image)
    assert texts(api, image) == []
    say(api, image, "Or is it?")
    say(manager_api, image, "See the instructions.")
    assert texts(api, image) == ["Or is it?", "See the instructions."]
    assert texts(second_api, image) == ["Clearly engaged."]
    assert len(texts(manager_api, image)) == 4


def test_another_persons_label_on_the_image_hides_comments_whatever_the_overlap(api, second_api, image):
    submit(second_api, image)
    say(second_api, image, "Clearly engaged.")
    submit(api, image, "animated")  # late: to review
    assert texts(api, image) == []


def test_an_image_without_comments_says_so_in_the_queue(api, project, image):
    assert lease(api, project)[0]["commented"] is False


def test_a_deleted_image_has_no_comments_to_read_or_to_make(api, manager_api, image):
    uuid = say(api, image).json()["uuid"]
    manager_api.delete(f"/api/images/{image}/")
    assert api.get(f"/api/images/{image}/comments/").status_code == 404
    assert say(api, image).status_code == 404
    assert api.delete(f"/api/comments/{uuid}/").status_code == 404

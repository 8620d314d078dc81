"""A labeler finds their own labels again, the newest first, and can correct each."""

from uuid import uuid4

import pytest

from labeling.models import Project
from tests.labeling.test_comments import say
from tests.labeling.test_submit import submit


def mine(api, project, query=""):
    answer = api.get(f"/api/projects/{project.pk}/annotations/mine/{query}")
    assert answer.status_code == 200, answer.json()
    return answer.json()


@pytest.mark.django_db(transaction=True)  # where now() goes on
def test_my_labels_are_there_newest_first_and_a_page_at_a_time(api, project, make_images):
    images = [image.pk for image in make_images(project, 3)]
    for image in images:
        submit(api, image)
    page = mine(api, project, "?page_size=2")
    assert [item["image"]["id"] for item in page["results"]] == [images[2], images[1]]
    rest = api.get(page["next"]).json()
    assert [item["image"]["id"] for item in rest["results"]] == [images[0]] and rest["next"] is None


def test_a_label_that_was_found_again_is_corrected_by_replacing_it(api, project, make_images):
    (image,) = make_images(project, 1)
    uuid = uuid4()
    submit(api, image.pk, uuid=uuid)
    (item,) = mine(api, project)["results"]
    assert item["annotation"] == {"uuid": str(uuid), "result": {"category": "engaged"}}
    assert item["assignment"] is None and item["commented"] is False
    assert submit(api, image.pk, "animated", replaces=item["annotation"]["uuid"]).status_code == 201
    say(api, image.pk)
    (item,) = mine(api, project)["results"]
    assert item["annotation"]["result"] == {"category": "animated"} and item["commented"] is True


def test_nobody_elses_labels_are_among_them_nor_what_they_say(api, manager_api, project, make_images):
    Project.objects.filter(pk=project.pk).update(overlap=2)
    project.refresh_from_db()
    (image,) = make_images(project, 1)
    submit(api, image.pk)
    submit(manager_api, image.pk, "animated")
    (item,) = mine(api, project)["results"]
    assert item["image"]["category"] == "engaged"
    assert len(mine(manager_api, project)["results"]) == 1


def test_deleted_images_and_undone_labels_are_not_among_them(api, manager_api, project, make_images):
    gone, undone = make_images(project, 2)
    uuid = uuid4()
    submit(api, gone.pk)
    submit(api, undone.pk, uuid=uuid)
    manager_api.delete(f"/api/images/{gone.pk}/")
    api.delete(f"/api/annotations/{uuid}/")
    assert mine(api, project)["results"] == []


def test_a_strangers_project_shows_no_labels(stranger_api, project):
    assert stranger_api.get(f"/api/projects/{project.pk}/annotations/mine/").status_code == 404

"""Many images at once: another label, another split, away; and back again."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from labeling.models import Annotation, Assignment, BulkBefore, BulkEdit, Image, Membership, QueueItem, Role
from labeling.services.bulk import bulk_forget
from tests.labeling.test_categories import categories, change
from tests.labeling.test_images import listed
from tests.labeling.test_queue import images_of, lease
from tests.labeling.test_submit import submit


def bulk(api, project, status=200, **body):
    answer = api.post(f"/api/projects/{project.pk}/images/bulk/", body, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def state(*images):
    rows = QueueItem.objects.filter(image__in=images).order_by("image_id")
    return list(rows.values_list("status", "slots", "category"))


@pytest.mark.parametrize(
    "asked", [{"author__password__startswith": "a"}, {"_connector": "OR"}, {"_negated": "1"}, {"status": "labeled", "pk__in": "1"},
              {"queue__category": "x"}, {"project": "1"}, {"id": "1"}],
)  # fmt: skip
def test_a_filter_that_is_none_changes_nothing(manager_api, project, make_images, asked):
    make_images(project, 2)
    answer = bulk(manager_api, project, 400, filter=asked, action="delete")
    assert next(name for name in asked if name != "status") in str(answer)
    assert Image.objects.alive().count() == 2 and not BulkEdit.objects.exists()


@pytest.fixture
def reviewer_api(client_for, project, django_user_model):
    user = django_user_model.objects.create_user("reviewer")
    Membership.objects.create(project=project, user=user, role=Role.REVIEWER)
    return client_for(user)


def test_a_relabel_settles_images_whatever_their_state(reviewer_api, api, project, make_images):
    labeled, open_one, leased = make_images(project, 3)
    before = submit(api, labeled.pk, "animated").json()["uuid"]
    images = [labeled, open_one, leased]
    answer = bulk(reviewer_api, project, ids=[i.pk for i in images], action="relabel", category="engaged")
    assert answer["changed"] == 3
    assert state(*images) == [("done", 0, "engaged")] * 3
    assert not Annotation.objects.get(pk=before).current
    current = Annotation.objects.counting()
    assert {(a.result["category"], a.author.username, a.verdict) for a in current} == {
        ("engaged", "reviewer", "accept")
    }
    assert lease(api, project) == []


def test_a_lease_on_a_relabeled_image_ends(manager_api, api, project, make_images):
    (image,) = make_images(project, 1)
    lease(api, project)
    bulk(manager_api, project, ids=[image.pk], action="relabel", category="engaged")
    assert Assignment.objects.get().state == "released"


def test_the_same_relabel_again_changes_nothing(manager_api, project, make_images):
    (image,) = make_images(project, 1)
    body = {"ids": [image.pk], "action": "relabel", "category": "engaged"}
    assert bulk(manager_api, project, **body)["changed"] == 1
    assert bulk(manager_api, project, **body) == {"changed": 0, "undo": None}
    assert Annotation.objects.count() == BulkEdit.objects.count() == 1


def test_a_relabel_taken_back_leaves_all_as_it_was(manager_api, api, project, make_images):
    project.overlap = 2
    project.save()
    images = make_images(project, 2)
    submit(api, images[0].pk, "animated")
    before = state(*images)
    assert before == [("unlabeled", 1, "animated"), ("unlabeled", 2, "")]
    ids = [image.pk for image in images]
    undo = bulk(manager_api, project, ids=ids, action="relabel", category="engaged")["undo"]
    assert bulk(manager_api, project, action="undo", undo=undo)["changed"] == 2
    assert state(*images) == before
    assert [a.result["category"] for a in Annotation.objects.filter(current=True)] == ["animated"]
    assert bulk(manager_api, project, action="undo", undo=undo)["changed"] == 0
    assert state(*images) == before


def test_taking_back_leaves_alone_what_somebody_has_gone_on_with(manager_api, project, make_images):
    images = make_images(project, 2)
    ids = [image.pk for image in images]
    undo = bulk(manager_api, project, ids=ids, action="relabel", category="engaged")["undo"]
    bulk(manager_api, project, ids=ids[:1], action="relabel", category="animated")
    assert bulk(manager_api, project, action="undo", undo=undo)["changed"] == 1
    assert state(*images) == [("done", 0, "animated"), ("unlabeled", 1, "")]


def test_what_is_taken_back_has_the_names_of_today(manager_api, api, project, make_images):
    (image,) = make_images(project, 1)
    submit(api, image.pk, "animated")
    undo = bulk(manager_api, project, ids=[image.pk], action="relabel", category="engaged")["undo"]
    rows = categories(manager_api, project)
    rows["animated"]["name"] = "lively"
    assert change(manager_api, project, *rows.values()).status_code == 200
    bulk(manager_api, project, action="undo", undo=undo)
    assert state(image) == [("labeled", 0, "lively")]
    assert bulk(manager_api, project, ids=[image.pk], action="relabel", category="animated")["changed"] == 0


def test_an_unknown_category_is_refused_and_nothing_changes(manager_api, project, make_images):
    (image,) = make_images(project, 1)
    answer = bulk(manager_api, project, 400, ids=[image.pk], action="relabel", category="asleep")
    assert answer["errors"]["category"] == ["The category must be one of engaged, non-engaged, animated."]
    assert state(image) == [("unlabeled", 1, "")]


def test_deleted_damaged_and_other_projects_images_are_passed_over(
    manager_api, stranger_api, project, make_images
):
    gone, damaged = make_images(project, 2)
    Image.objects.filter(pk=damaged.pk).update(error="truncated")
    bulk(manager_api, project, ids=[gone.pk], action="delete")
    ids = [gone.pk, damaged.pk]
    assert bulk(manager_api, project, ids=ids, action="relabel", category="engaged")["changed"] == 0
    assert bulk(stranger_api, project, 404, ids=ids, action="relabel", category="engaged")


def test_a_whole_filter_is_relabeled_at_once(manager_api, api, project, make_images):
    images = make_images(project, 3)
    submit(api, images[0].pk, "animated")
    filters = {"status": "unlabeled"}
    assert bulk(manager_api, project, filter=filters, action="relabel", category="engaged")["changed"] == 2
    assert [row[2] for row in state(*images)] == ["animated", "engaged", "engaged"]


def test_a_deletion_and_a_move_are_taken_back(manager_api, api, project, make_images):
    images = make_images(project, 2)
    ids = [image.pk for image in images]
    Image.objects.filter(pk=ids[0]).update(split="train")
    moved = bulk(manager_api, project, ids=ids, action="split", split="test")
    assert moved["changed"] == 2
    assert bulk(manager_api, project, action="undo", undo=moved["undo"])["changed"] == 2
    assert list(Image.objects.order_by("id").values_list("split", flat=True)) == ["train", ""]
    gone = bulk(manager_api, project, ids=ids, action="delete")
    assert listed(api, project) == []
    assert bulk(manager_api, project, action="undo", undo=gone["undo"])["changed"] == 2
    assert listed(api, project) == ids and images_of(lease(api, project, 2)) == ids


def test_reviewers_relabel_and_take_that_back_and_no_more(
    reviewer_api, manager_api, api, project, make_images
):
    (image,) = make_images(project, 1)
    bulk(reviewer_api, project, 403, ids=[image.pk], action="delete")
    bulk(api, project, 403, ids=[image.pk], action="relabel", category="engaged")
    undo = bulk(manager_api, project, ids=[image.pk], action="delete")["undo"]
    bulk(reviewer_api, project, 403, action="undo", undo=undo)
    bulk(manager_api, project, action="undo", undo=undo)
    undo = bulk(reviewer_api, project, ids=[image.pk], action="relabel", category="engaged")["undo"]
    assert bulk(reviewer_api, project, action="undo", undo=undo)["changed"] == 1


def test_another_projects_change_is_not_taken_back(manager_api, project, stranger, stranger_api):
    from labeling.models import Project

    elsewhere = Project.objects.get(name="Elsewhere")
    edit = BulkEdit.objects.create(project=project, action="delete")
    bulk(stranger_api, elsewhere, 404, action="undo", undo=str(edit.pk))
    bulk(manager_api, project, 404, action="undo", undo=str(uuid4()))


def test_after_some_days_a_change_stays(manager_api, project, make_images):
    (image,) = make_images(project, 1)
    undo = bulk(manager_api, project, ids=[image.pk], action="delete")["undo"]
    assert bulk_forget() == 0
    BulkEdit.objects.update(created=timezone.now() - timedelta(days=BulkEdit.UNDO_DAYS, minutes=1))
    bulk_forget()
    assert not BulkBefore.objects.exists()
    bulk(manager_api, project, 404, action="undo", undo=undo)


@pytest.mark.parametrize(
    "body", [{"action": "relabel"}, {"action": "split"}, {"action": "undo"}, {"action": "x"}]
)
def test_half_a_wish_is_refused(manager_api, project, make_images, body):
    (image,) = make_images(project, 1)
    bulk(manager_api, project, 400, ids=[image.pk], **body)


def test_more_images_than_a_statement_has_parameters_are_moved_deleted_and_taken_back(manager_api, project):
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO labeling_image (project_id, sha256, name, format, bytes, width, height, orientation, source, source_url,
                   "group", attributes, split, ready, error, created)
               SELECT %s, encode(sha256(n::text::bytea), 'hex'), n || '.jpg', 'JPEG', 1, 80, 60, 1, 'upload', '', '', '{}', '', true, '', now()
               FROM generate_series(1, 66000) n""",
            [project.pk],
        )
        cursor.execute(
            """INSERT INTO labeling_queueitem (image_id, project_id, slots, random, status, category)
               SELECT id, project_id, 1, random(), 'unlabeled', '' FROM labeling_image WHERE project_id = %s""",
            [project.pk],
        )
    url = f"/api/projects/{project.pk}/images/bulk/"
    for wish in ({"action": "split", "split": "val"}, {"action": "delete"}):
        done = manager_api.post(url, {**wish, "filter": {}}, format="json").json()
        assert done["changed"] == 66_000
        back = manager_api.post(url, {"action": "undo", "undo": done["undo"]}, format="json").json()
        assert back["changed"] == 66_000
    assert not Image.objects.filter(project=project).exclude(split="", deleted_at=None).exists()

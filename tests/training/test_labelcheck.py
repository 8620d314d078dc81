"""Suspected label errors: found by what the production model saw, and decided by a reviewer's two keys."""

import numpy as np
import pytest

from inference.services.results import Said, store
from inference.services.versions import version_set_production
from labeling.models import Job, Membership, Role
from training.tasks import labels_check
from vision.embedding import embeddings
from vision.results import Classes

KINDS = ("engaged", "non-engaged", "animated")


@pytest.fixture
def checked(project, labeled, make_version):
    """30 labels of three kinds that lie apart; the fifth and the tenth are wrong."""
    version = make_version()
    version_set_production(version=version)
    truth = [KINDS[n % 3] for n in range(30)]
    given = list(truth)
    given[4], given[9] = "animated", "non-engaged"
    images = labeled(given)
    for n, image in enumerate(images):
        image.group = f"person {n // 3}"
        image.save()
    features = np.random.default_rng(0).normal(0, 0.2, (30, 8)).astype(np.float32)
    features[np.arange(30), [KINDS.index(name) for name in truth]] += 3
    result = Classes("engaged", {"engaged": 1.0}).to_json()
    store(version, [
        Said(image.pk, result, 1.0, 0.0, 1.0, embedding=embedding)
        for image, embedding in zip(images, embeddings(features), strict=True)
    ])  # fmt: skip
    return images


@pytest.fixture
def reviewer_api(project, make_user, client_for):
    user = make_user("reviewer")
    Membership.objects.create(project=project, user=user, role=Role.REVIEWER)
    return client_for(user)


def check(api, project):
    answer = api.post(f"/api/projects/{project.pk}/label-checks/")
    assert answer.status_code == 202, answer.json()
    labels_check(answer.json()["id"], 1)
    return api.get(f"/api/projects/{project.pk}/label-checks/").json()


@pytest.mark.django_db(transaction=True)
def test_wrong_labels_are_found_and_leave_the_list_once_somebody_has_decided(reviewer_api, project, checked):
    found = check(reviewer_api, project)
    assert found["job"]["state"] == "succeeded" and found["job"]["result"]["checked"] == 30
    twice = [reviewer_api.post(f"/api/projects/{project.pk}/label-checks/").json()["id"] for _ in range(2)]
    assert twice[0] == twice[1] != found["job"]["id"]  # one at a time
    Job.objects.filter(pk=twice[0]).delete()
    by_image = {row["image"]: row for row in found["suspects"]}
    assert {pk: (row["given"], row["suggested"]) for pk, row in by_image.items()} == {
        checked[4].pk: ("animated", "non-engaged"), checked[9].pk: ("non-engaged", "engaged"),
    }  # fmt: skip
    keep, mend = by_image[checked[4].pk], by_image[checked[9].pk]
    for row, body in ((keep, {}), (mend, {"result": {"category": mend["suggested"]}})):
        answer = reviewer_api.post(
            f"/api/annotations/{row['annotation']}/review/", {"verdict": "accept", **body}, format="json"
        )
        assert answer.status_code == 201
    assert reviewer_api.get(f"/api/projects/{project.pk}/label-checks/").json()["suspects"] == []
    assert reviewer_api.get(f"/api/images/{checked[9].pk}/").json()["category"] == "engaged"


@pytest.mark.django_db(transaction=True)
def test_labels_of_one_recorded_meeting_are_checked_by_blocks_of_its_time(reviewer_api, project, checked):
    for n, image in enumerate(checked):
        image.group, image.video_time, image.source = "a meeting.mp4", n * 4.0, "video"
        image.save()
    found = check(reviewer_api, project)
    assert found["job"]["state"] == "succeeded", found["job"]["errors"]
    assert {row["image"] for row in found["suspects"]} == {checked[4].pk, checked[9].pk}


@pytest.mark.django_db(transaction=True)
def test_too_few_labels_are_said_and_not_guessed_about(reviewer_api, project, labeled, make_version):
    version = make_version()
    version_set_production(version=version)
    images = labeled(["engaged"] * 5)
    store(
        version, [Said(i.pk, Classes("engaged", {"engaged": 1.0}).to_json(), 1.0, 0.0, 1.0) for i in images]
    )
    with pytest.raises(Exception, match="At least 20 labels"):
        check(reviewer_api, project)
    job = Job.objects.get(kind="labelcheck")
    assert job.state == "failed" and "At least 20 labels" in job.errors[0]["reason"]


@pytest.mark.django_db
def test_without_a_version_in_production_the_remedy_is_said(reviewer_api, api, project):
    answer = reviewer_api.post(f"/api/projects/{project.pk}/label-checks/")
    assert answer.status_code == 409 and "promote" in answer.json()["detail"]
    assert api.post(f"/api/projects/{project.pk}/label-checks/").status_code == 403
    assert reviewer_api.get(f"/api/projects/{project.pk}/label-checks/").json() == {
        "job": None,
        "suspects": [],
    }

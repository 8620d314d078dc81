"""The lists, the job on demand, notes and archive; each with its twin of somebody else's."""

import pytest

from inference.models import ModelVersion, Prediction
from inference.services.results import Said, store
from labeling.models import Job
from vision.results import Classes

pytestmark = pytest.mark.django_db
RESULT = Classes("engaged", {"engaged": 0.9, "animated": 0.1}).to_json()


@pytest.fixture
def version(make_version):
    return make_version(stage="production")


@pytest.fixture
def said(version, make_images, project):
    images = make_images(project, 3)
    rows = [Said(image.pk, RESULT, 0.9, 0.2, 1.5) for image in images[:2]]
    store(version, [*rows, Said(images[2].pk, None, None, None, 0, "no JPEG, PNG or WebP")])
    return images


def test_predictions_are_listed_and_filtered(api, project, version, said, make_version):
    other = make_version("animated")
    store(other, [Said(said[0].pk, RESULT, 0.9, 0.2, 1.5)])
    path = f"/api/projects/{project.pk}/predictions/"
    assert len(api.get(path).json()["results"]) == 4
    of_image = api.get(path, {"image": said[0].pk}).json()["results"]
    assert {row["model_version"] for row in of_image} == {version.pk, other.pk}
    (one,) = api.get(path, {"image": said[2].pk, "model_version": version.pk}).json()["results"]
    assert one["result"] is None and one["error"] == "no JPEG, PNG or WebP"
    assert api.get(path, {"image": "1 OR 1=1"}).status_code == 400


def test_predictions_of_another_project_are_not_listed(stranger, stranger_api, project, said):
    from labeling.models import Project

    assert stranger_api.get(f"/api/projects/{project.pk}/predictions/").status_code == 404
    theirs = Project.objects.get(name="Elsewhere")
    path = f"/api/projects/{theirs.pk}/predictions/"
    assert stranger_api.get(path, {"image": said[0].pk}).json()["results"] == []


def test_a_manager_starts_a_job_over_a_filter(manager_api, project, version, make_images):
    images = make_images(project, 3)
    make_images(project, 2, status="done", slots=0)
    path = f"/api/projects/{project.pk}/predictions/"
    assert manager_api.post(path, {}, format="json").json()["total"] == 5
    done = manager_api.post(path, {"filter": {"status": "done"}}, format="json")
    assert done.status_code == 202 and done.json()["total"] == 2
    two = {"filter": {"ids": [image.pk for image in images[:2]]}, "model_version": version.pk}
    job = manager_api.post(path, two, format="json").json()
    assert (job["total"], job["kind"], job["state"]) == (2, "prelabel", "queued")
    assert manager_api.get(f"/api/jobs/{job['id']}/").json()["state"] == "queued"


@pytest.mark.parametrize(
    "body", [{"filter": {"status": "x"}}, {"filter": {"ids": ["x"]}}, {"filter": {"ids": [0]}}, {"model_version": "x"}]
)  # fmt: skip
def test_a_filter_that_means_nothing_is_refused(manager_api, project, version, body):
    answer = manager_api.post(f"/api/projects/{project.pk}/predictions/", body, format="json")
    assert answer.status_code == 400 and not Job.objects.exists()


def test_labelers_and_strangers_start_no_job(api, stranger_api, project, version):
    path = f"/api/projects/{project.pk}/predictions/"
    assert api.post(path, {}, format="json").status_code == 403
    assert stranger_api.post(path, {}, format="json").status_code == 404
    assert not Job.objects.exists()


def test_a_version_of_another_project_is_not_used(manager_api, stranger, project, version, make_version):
    from labeling.models import Project

    theirs = make_version(project=Project.objects.get(name="Elsewhere"))
    path = f"/api/projects/{project.pk}/predictions/"
    assert manager_api.post(path, {"model_version": theirs.pk}, format="json").status_code == 404


def test_without_a_version_a_job_is_refused(manager_api, project):
    assert manager_api.post(f"/api/projects/{project.pk}/predictions/", {}, format="json").status_code == 409


def test_versions_are_listed_newest_first(api, stranger_api, project, version, make_version):
    make_version("animated")
    rows = api.get(f"/api/projects/{project.pk}/models/").json()["results"]
    assert [(row["number"], row["stage"]) for row in rows] == [(2, "candidate"), (1, "production")]
    assert rows[0]["model"] == "majority" and "weights" not in rows[0]  # where files lie is nobody's business
    assert stranger_api.get(f"/api/projects/{project.pk}/models/").status_code == 404


def test_notes_are_a_managers_and_nothing_else_changes(manager_api, api, stranger_api, version):
    path = f"/api/models/{version.pk}/"
    forged = {"notes": "good", "stage": "archived", "metrics": {"accuracy": 1}, "project": 99}
    assert manager_api.patch(path, forged, format="json").status_code == 200
    row = manager_api.get(path).json()
    assert (row["notes"], row["stage"], row["metrics"]) == ("good", "production", {})
    assert api.patch(path, {"notes": "x"}, format="json").status_code == 403
    assert stranger_api.patch(path, {"notes": "x"}, format="json").status_code == 404
    assert stranger_api.get(path).status_code == 404
    assert ModelVersion.objects.get().notes == "good"


def test_archive_refuses_what_is_in_production(manager_api, api, stranger_api, version, make_version):
    other = make_version("animated")
    assert manager_api.post(f"/api/models/{version.pk}/archive/").status_code == 409
    assert api.post(f"/api/models/{other.pk}/archive/").status_code == 403
    assert stranger_api.post(f"/api/models/{other.pk}/archive/").status_code == 404
    assert manager_api.post(f"/api/models/{other.pk}/archive/").json()["stage"] == "archived"


def test_a_prediction_cannot_be_sent(manager_api, project, version, said):
    path = f"/api/projects/{project.pk}/predictions/"
    forged = {"image": said[0].pk, "result": RESULT, "score": 1}
    manager_api.post(path, forged, format="json")
    assert Prediction.objects.count() == 3

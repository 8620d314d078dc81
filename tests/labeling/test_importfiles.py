"""Videos and archives that wait to be imported: kept once, found again, forgotten when nobody needs them."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from labeling.models import ImportFile, Job
from labeling.services.importfiles import (
    KEPT,
    importfile_create,
    importfile_opened,
    importfiles_forget,
)
from labeling.services.jobs import JobFailed, job_create
from labeling.services.projects import project_create
from labeling.uploads import Incoming


def arrived(content=b"a long video", name="../call.mp4"):
    incoming = Incoming(name, limit=4, largest=1000)
    incoming.write(content)
    incoming.close()
    return incoming


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.mark.django_db
def test_the_same_content_is_kept_once_and_read_as_it_came(project, manager):
    first = importfile_create(project=project, by=manager, incoming=arrived())
    again = importfile_create(project=project, by=manager, incoming=arrived(name="other.mp4"))
    assert first.pk == again.pk and first.name == "call.mp4"
    with importfile_opened(pk=first.pk) as path:
        assert path.read_bytes() == b"a long video"


@pytest.mark.django_db
def test_a_file_whose_content_was_lost_is_stored_again(project, manager):
    first = importfile_create(project=project, by=manager, incoming=arrived())
    Path(default_storage.path(first.key)).unlink()
    importfile_create(project=project, by=manager, incoming=arrived())
    assert default_storage.exists(first.key)


@pytest.mark.django_db
def test_what_nobody_used_for_a_week_is_forgotten_unless_a_job_or_another_project_needs_it(project, manager):
    other = project_create(by=manager, name="another", kind="classification", categories=[{"name": "x"}])
    waited, unused, shared = (
        importfile_create(project=project, by=manager, incoming=arrived(content))
        for content in (b"waited for", b"nobody's", b"in two projects")
    )
    theirs = importfile_create(project=other, by=manager, incoming=arrived(b"in two projects"))
    ImportFile.objects.exclude(pk=theirs.pk).update(used=timezone.now() - KEPT - timedelta(hours=1))
    job_create(
        project=project, kind=Job.Kind.IMPORT, task="none", queue="default", by=manager, params={"file": waited.pk}
    )  # fmt: skip
    assert importfiles_forget() == 2
    assert set(ImportFile.objects.values_list("pk", flat=True)) == {waited.pk, theirs.pk}
    assert not default_storage.exists(unused.key)
    assert default_storage.exists(shared.key)  # the other project's still
    with pytest.raises(JobFailed, match="upload it again"), importfile_opened(pk=unused.pk):
        pass


@pytest.mark.django_db
def test_a_body_that_names_no_way_or_two_is_refused_in_one_sentence(manager_api, project):
    for body in ({}, [], 5, {"group": "x"}):
        answer = manager_api.post(f"/api/projects/{project.pk}/imports/", body, format="json")
        assert answer.status_code == 400 and "exactly one of" in answer.json()["detail"]
    upload = {"file": io.BytesIO(b"x")}
    answer = manager_api.post(f"/api/projects/{project.pk}/imports/", upload, format="multipart")
    assert answer.status_code == 400 and "exactly one of" in answer.json()["detail"]

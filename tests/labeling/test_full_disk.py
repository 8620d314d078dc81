"""A disk that fills up under a job: it ends in a true sentence, names all that came, and leaves nothing half behind."""

import errno
import io
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from labeling import uploads
from labeling.models import Image, ImportFile
from labeling.services import exports, video
from labeling.services.jobs import JobFailed
from labeling.tasks.exports import export_run
from labeling.tasks.imports import import_archive_run, import_page_run, import_urls_run
from labeling.uploads import Incoming, incoming_folder
from tests.labeling.test_archives import begun, packed
from tests.labeling.test_imports import site  # noqa: F401
from tests.labeling.test_page_imports import site as pages  # noqa: F401
from tests.labeling.test_video import imported as video_imported
from tests.pictures import jpeg, upload
from tests.vision.videos import count, write_video

pytestmark = pytest.mark.django_db(transaction=True)
KEPT = "The storage is full. What was brought until then was kept."


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch):
    """Every file goes to the disk as it arrives, as large ones do."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    monkeypatch.setattr(uploads, "IN_MEMORY", 100)


def full(*args, **kwargs):
    raise OSError(errno.ENOSPC, "No space left on device", str(incoming_folder() / "x.part"))


@pytest.fixture
def room(monkeypatch):
    """`room(method, n)`: there is room for n calls of that method of arriving files, and then no more."""

    def leave(method, calls):
        real, made = getattr(Incoming, method), []

        def once_less(self, *args):
            made.append(self)
            return real(self, *args) if len(made) <= calls else full()

        monkeypatch.setattr(Incoming, method, once_less)

    return leave


def ended(job, sentence=KEPT):
    assert job["state"] == "failed" and [row["reason"] for row in job["errors"]] == [sentence]
    assert sorted(job["result"]["created"]) == sorted(Image.objects.values_list("id", flat=True))
    assert list(incoming_folder().iterdir()) == []
    return len(job["result"]["created"])


def job_of(api, pk):
    return api.get(f"/api/jobs/{pk}/").json()


@pytest.mark.parametrize("method", ["settle", "write"])
def test_a_list_of_addresses(manager_api, project, site, room, method):  # noqa: F811
    urls = [f"{site.url}/{'x' * n}.jpg" for n in range(1, 13)]
    answer = manager_api.post(f"/api/projects/{project.pk}/imports/", {"urls": urls}, format="json")
    room(method, 3)
    with suppress(JobFailed):
        import_urls_run(answer.json()["id"], 1)
    assert ended(job_of(manager_api, answer.json()["id"])) <= 3


@pytest.mark.parametrize(("path", "calls"), [("/", 4), ("/one.jpg", 0)])
def test_a_web_page(manager_api, project, pages, room, path, calls):  # noqa: F811
    pages.pages["/"] = "".join(f"<img src=/{n}.jpg>" for n in range(9))
    body = {"page_url": f"{pages.url}{path}", "min_width": 0, "min_height": 0}
    answer = manager_api.post(f"/api/projects/{project.pk}/imports/", body, format="json")
    room("settle", calls)
    with suppress(JobFailed):
        import_page_run(answer.json()["id"], 1)
    assert ended(job_of(manager_api, answer.json()["id"])) == calls


@pytest.mark.parametrize(("method", "calls"), [("write", 60), ("settle", 55)])
def test_an_archive(manager_api, project, room, monkeypatch, method, calls):
    data = packed({f"engaged/{n:03}.jpg": jpeg(n) for n in range(70)})
    monkeypatch.setattr(uploads, "IN_MEMORY", 10**6)  # the archive itself still fits
    pk = begun(manager_api, project, data)
    monkeypatch.setattr(uploads, "IN_MEMORY", 100)
    room(method, calls)
    with suppress(JobFailed):
        import_archive_run(pk, 1)
    assert ended(job_of(manager_api, pk)) == 50  # a batch, whole


def test_a_table_of_addresses(manager_api, project, site, room):  # noqa: F811
    table = "url\n" + "".join(f"{site.url}/{'x' * n}.jpg\n" for n in range(1, 13))
    pk = begun(manager_api, project, table, "labels.csv")
    room("write", 10)
    with suppress(JobFailed):
        import_archive_run(pk, 1)
    assert ended(job_of(manager_api, pk)) == 8


@pytest.mark.parametrize("method", ["settle", "write"])
def test_a_video(manager_api, project, tmp_path, room, monkeypatch, method):
    path = write_video(tmp_path / "call.mp4", count(100), bf="2", g="30")
    monkeypatch.setattr(video, "TOGETHER", 4)
    calls = {"settle": 1, "write": (path.stat().st_size + 65535) // 65536}[method]
    room(method, calls + 6)
    job = video_imported(manager_api, project, path, near_duplicates=0)
    assert ended(job) == 4
    assert job["resumable"] and job["result"]["resume"]["after"] == 3, "frames that were lost are taken again"


def test_an_uploaded_archive_that_does_not_fit_is_refused_and_takes_no_room(
    manager_api, stranger_api, stranger, project, monkeypatch
):
    def send(api, pk):
        file = io.BytesIO(packed({"1.jpg": jpeg(1)}))
        file.name = "x.zip"
        return api.post(f"/api/projects/{pk}/imports/", {"archive": file}, format="multipart")

    with monkeypatch.context() as broken:
        broken.setattr(Incoming, "settle", full)
        answer = send(manager_api, project.pk)
    assert answer.status_code == 507 and "nothing of this upload was kept" in answer.json()["detail"]
    assert not ImportFile.objects.exists()
    assert not [path for path in Path(default_storage.location).rglob("*") if path.is_file()]
    assert send(stranger_api, stranger.memberships.get().project_id).status_code == 202
    with monkeypatch.context() as broken:
        broken.setattr(Incoming, "settle", full)
        assert send(manager_api, project.pk).status_code == 507
    assert default_storage.exists(ImportFile.objects.get().key)  # it is somebody else's, too


@pytest.mark.parametrize("format", ["csv", "folders", "label-studio"])
def test_an_export(manager_api, project, monkeypatch, format):
    monkeypatch.setattr(uploads, "IN_MEMORY", 10**6)
    upload(manager_api, project, {"a.jpg": jpeg(1)})
    body = {"format": format, "images": True}
    answer = manager_api.post(f"/api/projects/{project.pk}/exports/", body, format="json")
    monkeypatch.setattr(exports, "move_in", full)
    with suppress(JobFailed):
        export_run(answer.json()["id"], 1)
    job = job_of(manager_api, answer.json()["id"])
    assert job["state"] == "failed"
    assert [row["reason"] for row in job["errors"]] == ["The storage is full: the export was not kept."]
    assert job["result"] is None and list(incoming_folder().iterdir()) == []

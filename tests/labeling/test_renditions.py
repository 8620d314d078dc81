"""Renditions in the worker: an image that cannot be made holds up nothing, and whatever breaks off is made again."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.db import connection, transaction

from labeling.models import Image, Project, QueueItem
from labeling.services import renditions
from labeling.services.renditions import DEATHS, renditions_make
from labeling.tasks.images import renditions_make as task
from tests.conftest import until
from tests.labeling.test_page_imports import photo
from tests.pictures import jpeg, upload


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def images(manager_api, project):
    upload(manager_api, project, {f"{n}.jpg": jpeg(n) for n in range(3)})
    return list(Image.objects.order_by("id"))


class Killed(BaseException):
    pass


@pytest.mark.parametrize("error", [KeyError("x"), MemoryError(), OverflowError(), RecursionError()])
def test_whatever_a_decoder_raises_is_one_images_error(project, images, monkeypatch, error):
    import vision.images

    real, calls = vision.images.open_image, []

    def decode(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(vision.images, "open_image", decode)
    assert renditions_make(project_id=project.pk) == 2
    assert [bool(row.error) for row in Image.objects.order_by("id")] == [False, True, False]
    assert QueueItem.objects.get(pk=images[1].pk).slots == 0


def test_a_missing_original_is_one_images_error(project, images):
    default_storage.delete(images[0].file_key)
    assert renditions_make(project_id=project.pk) == 2
    assert "missing" in Image.objects.get(pk=images[0].pk).error


def test_an_image_that_kills_its_worker_is_given_up_and_the_others_are_made(project, images, monkeypatch):
    real = cache.delete

    def killed(content, *, large):
        # Nothing runs after a kill, so the mark that this image was begun stays.
        monkeypatch.setattr(cache, "delete", lambda key: None)
        raise Killed

    for _ in range(DEATHS):
        with monkeypatch.context() as dying, pytest.raises(Killed):
            dying.setattr(renditions, "_make", killed)
            renditions_make(project_id=project.pk)
        monkeypatch.setattr(cache, "delete", real)
    assert renditions_make(project_id=project.pk) == 2
    assert "again and again" in Image.objects.get(pk=images[0].pk).error
    assert Image.objects.filter(ready=True).count() == 2


def test_a_storage_that_is_down_is_no_images_fault(project, images, monkeypatch):
    def down(*args):
        raise ConnectionError("the bucket does not answer")

    with monkeypatch.context() as outage:
        outage.setattr(default_storage, "open", down)
        for _ in range(DEATHS + 2):
            with pytest.raises(ConnectionError):
                renditions_make(project_id=project.pk)
    assert renditions_make(project_id=project.pk) == 3
    assert not Image.objects.exclude(error="").exists()


def test_a_task_delivered_twice_makes_each_image_once(project, images, monkeypatch):
    made, real = [], renditions._make
    monkeypatch.setattr(
        renditions, "_make", lambda content, **size: made.append(content) or real(content, **size)
    )
    task(project.pk)
    task(project.pk)
    assert len(made) == 3 and Image.objects.filter(ready=True).count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_nothing(manager_api, project, workers):
    files = {f"{n}.jpg": jpeg(n) for n in range(80)}
    assert len(upload(manager_api, project, files).json()["created"]) == 80
    first = workers.start("default")
    until(lambda: Image.objects.filter(ready=True).exists(), what="the first renditions")
    workers.kill(first)
    Image.objects.filter(pk=Image.objects.order_by("-pk")[0].pk).update(
        ready=False
    )  # some work is left for certain
    workers.start("default")
    renditions.renditions_request(project_id=project.pk)
    until(lambda: Image.objects.filter(ready=True).count() == 80, what="all renditions")
    for image in Image.objects.all():
        assert all(default_storage.exists(image.rendition_key(size)) for size in renditions.SIZES)
    assert not Image.objects.exclude(error="").exists()


def test_an_image_that_came_too_soon_after_another_to_be_asked_for_is_made_as_well(
    manager_api, project, images, monkeypatch, django_capture_on_commit_callbacks
):
    """One upload in a while asks the worker for its renditions; the task itself has to look for those that follow."""
    sent = []
    monkeypatch.setattr(renditions, "enqueue", lambda task, *args, **options: sent.append(task))

    def come(number):
        with django_capture_on_commit_callbacks(execute=True):
            upload(manager_api, project, {f"{number}.jpg": jpeg(number)})

    renditions._asked.clear()
    come(10)
    assert sent == [renditions.TASK]
    monkeypatch.setattr(renditions, "JUST", 60)
    monkeypatch.setattr(renditions.time, "sleep", lambda seconds: come(11))
    assert renditions_make(project_id=project.pk) == 5  # three, one, and the one that came while it waited
    assert sent.count(renditions.TASK) == 1


@pytest.mark.django_db(transaction=True)
def test_the_worker_does_not_wait_for_who_holds_the_project(manager_api, project):
    """A training run holds it while it writes the splits of images that the worker has in hand. Each waiting for the
    other, the database would end one of them. What is near another image is written twice, and checked anew at commit."""
    upload(manager_api, project, {"one.jpg": photo("a"), "same.jpg": photo("a", quality=60)})

    def make():
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")
            return renditions_make(project_id=project.pk)
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        Project.objects.lock(pk=project.pk)
        assert pool.submit(make).result() == 2
    assert Image.objects.filter(near_duplicate_of__isnull=False).exists()

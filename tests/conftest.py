"""Shared fixtures. The database and the broker are real; `make test` starts them."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from rest_framework.test import APIClient

from labeling.models import Image, Membership, Project, QueueItem, Role, User
from labeling.services.accounts import token_create
from labeling.services.projects import project_create

PASSWORD = "a quiet staple"
HASHED = make_password(PASSWORD)  # hashing once keeps the suite quick

Client = APIClient
MakeUser = Callable[..., User]
MakeImages = Callable[..., list[Image]]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: Playwright's event loop runs on in this thread, and Django's ORM refuses to beside one."""
    items.sort(key=lambda item: "e2e" in item.path.parts)


@pytest.fixture(scope="session")
def compiled() -> None:
    """pymatting compiles itself where it is used first, which takes longer than a call waits for its answer."""
    from vision.matting import estimate_foreground

    estimate_foreground(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 2), np.float32))


@pytest.fixture
def make_user(db: None) -> MakeUser:
    def make(username: str, **fields: Any) -> User:
        return User.objects.create(username=username, password=HASHED, **fields)

    return make


@pytest.fixture
def manager(make_user: MakeUser) -> User:
    return make_user("manager")


@pytest.fixture
def labeler(make_user: MakeUser) -> User:
    return make_user("labeler")


@pytest.fixture
def stranger(make_user: MakeUser) -> User:
    """A manager of another project: the twin that every test of access needs."""
    user = make_user("stranger")
    project_create(
        by=user, name="Elsewhere", kind="classification", categories=[{"name": "x"}, {"name": "y"}]
    )
    return user


@pytest.fixture
def project(manager: User, labeler: User) -> Project:
    categories = [{"name": "engaged"}, {"name": "non-engaged"}, {"name": "animated"}]
    project = project_create(by=manager, name="Frames", kind="classification", categories=categories)
    Membership.objects.create(project=project, user=labeler, role=Role.LABELER)
    return project


@pytest.fixture
def fridge(manager: User, labeler: User) -> Project:
    """A project of boxes; its images are 640 × 480."""
    categories = [{"name": "milk"}, {"name": "jam"}, {"name": "water"}]
    project = project_create(by=manager, name="Fridge", kind="detection", categories=categories)
    Membership.objects.create(project=project, user=labeler, role=Role.LABELER)
    return project


@pytest.fixture
def portraits(manager: User, labeler: User) -> Project:
    """A project of mattes; its images are 640 × 480."""
    project = project_create(by=manager, name="Portraits", kind="matting", categories=[])
    Membership.objects.create(project=project, user=labeler, role=Role.LABELER)
    return project


@pytest.fixture
def client_for() -> Callable[[User], APIClient]:
    """A program with a token of that user's: what it may do, it may do without a CSRF token."""

    def make(user: User, **kwargs: Any) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token_create(user=user, name='test', **kwargs)[1]}")
        return client

    return make


@pytest.fixture
def api(client_for: Callable[[User], APIClient], labeler: User) -> APIClient:
    return client_for(labeler)


@pytest.fixture
def manager_api(client_for: Callable[[User], APIClient], manager: User) -> APIClient:
    return client_for(manager)


@pytest.fixture
def stranger_api(client_for: Callable[[User], APIClient], stranger: User) -> APIClient:
    return client_for(stranger)


@pytest.fixture
def make_images() -> MakeImages:
    """Rows of images without files, as the queue sees them."""

    def make(project: Project, count: int, **queue: Any) -> list[Image]:
        start = Image.objects.filter(project=project).count()
        images = Image.objects.bulk_create((
            Image(
                project=project, sha256=hashlib.sha256(f"{project.pk}-{start + n}".encode()).hexdigest(),
                name=f"{start + n}.jpg", format="JPEG", bytes=1, width=640, height=480, ready=True,
            )
            for n in range(count)
        ), batch_size=1000)  # fmt: skip
        QueueItem.objects.bulk_create(
            (
                QueueItem(
                    **{
                        "image": image,
                        "project": project,
                        "slots": project.overlap,
                        "random": (n * 7 % 11) / 11,
                        **queue,
                    }
                )
                for n, image in enumerate(images)
            ),
            batch_size=1000,
        )
        return images

    return make


@pytest.fixture
def broker() -> Any:
    """The broker, emptied: messages of other tests must not reach this one's workers."""
    store = redis.Redis.from_url(settings.BROKER_URL)
    store.flushdb()
    return store


class Workers:
    """Real Celery workers in processes of their own, on the test's database."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *queues: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", ",".join(queues), "-P", "prefork", "-c", "1",
                   "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "-n", f"{'-'.join(queues)}{len(self.processes)}@test"]  # fmt: skip
        process = subprocess.Popen(command, env=self.environment, start_new_session=True)
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """As a power cut would: the worker and all its children, at once."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill(process)


@pytest.fixture
def workers(transactional_db: None, broker: Any, tmp_path: Path, settings: Any) -> Iterator[Workers]:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    database = connection.settings_dict
    url = f"postgresql://{quote(database['USER'])}:{quote(database['PASSWORD'] or '')}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    started = Workers(
        {
            **os.environ,
            "DATABASE_URL": url,
            "MEDIA_ROOT": settings.MEDIA_ROOT,
            "FRAMELOOP_FOLDER": str(tmp_path),
        }
    )
    yield started
    started.stop()


def until(ready: Callable[[], Any], seconds: float = 60, what: str | Callable[[], str] = "") -> Any:
    """Wait for what other processes do; fails with what was waited for (as it is then, where `what` is a function)."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ready():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s for {(what() if callable(what) else what) or ready}")

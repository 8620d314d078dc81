"""Labeling while things die: the web's processes, the database's and the broker's connections. Real ones, all of them."""

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4, uuid5

import httpx
import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from config.local.processes import Service
from config.local.stores import free_port
from config.local.supervisor import app_services
from labeling.enqueue import enqueue
from labeling.models import Annotation, Assignment, Image, Membership, Project, QueueItem, Role
from labeling.services.accounts import token_create
from labeling.services.renditions import TASK
from tests.conftest import until
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)


class Web:
    def __init__(self, service: Service, port: int) -> None:
        self.service, self.url = service, f"http://127.0.0.1:{port}"

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/health/live", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    def workers(self) -> list[int]:
        """The processes that answer, below the one that watches them."""
        main = self.service.process.pid
        return [
            int(pid) for pid in Path(f"/proc/{main}/task/{main}/children").read_text().split() if _serves(pid)
        ]

    def kill_workers(self) -> None:
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)


def _serves(pid: str) -> bool:
    """Python's helper for shared semaphores is a child as well, and no worker."""
    return b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes()


@pytest.fixture
def web(workers):
    port = free_port()
    service = app_services(workers.environment, "127.0.0.1", port)[0]
    service.start()
    web = Web(service, port)
    until(web.answers, 60, "the web server")
    yield web
    service.ask_to_stop()
    service.wait(10)


def headers(user):
    return {"Authorization": f"Bearer {token_create(user=user, name='test')[1]}"}


def submit(web, image, uuid, head, category="engaged"):
    path = f"{web.url}/api/images/{image.pk}/annotations/{uuid}/"
    return httpx.put(path, json={"result": {"category": category}}, headers=head, timeout=20)


def waiting_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()


def cut(broker):
    """Every connection to the database and to the broker but this test's own, as a restart of both would."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND pid <> pg_backend_pid()"""
        )
    broker.client_kill_filter(_type="normal", skipme=True)


def again(call):
    """As the page does: the same once more, until something is said."""

    def once():
        try:
            answer = call()
        except httpx.HTTPError:
            return None
        return answer if answer.status_code < 500 else None

    return until(once, 30, "an answer")


def test_the_web_is_killed_while_a_submit_is_written(web, labeler, project, make_images):
    (image,), head, uuid, lost = make_images(project, 1), headers(labeler), uuid4(), []

    def send():
        try:
            lost.append(submit(web, image, uuid, head))
        except httpx.HTTPError as error:
            lost.append(error)

    with transaction.atomic():
        QueueItem.objects.select_for_update().get(image=image)  # holds the submit up in the middle
        sender = threading.Thread(target=send)
        sender.start()
        until(waiting_for_a_lock, 20, "the submit")
        web.kill_workers()
        sender.join()
        assert isinstance(lost[0], httpx.HTTPError) and not Annotation.objects.exists()
    # The statement had reached the database: whether it is finished or rolled back there, sending again makes one of it.
    answer = again(lambda: submit(web, image, uuid, head))
    assert answer.status_code in (200, 201) and answer.json()["status"] == "labeled"
    assert Annotation.objects.get().uuid == uuid and QueueItem.objects.get().slots == 0


def test_the_web_is_killed_after_a_submit_is_written_and_before_it_is_answered(
    web, labeler, project, make_images
):
    (image,), head, uuid = make_images(project, 1), headers(labeler), uuid4()
    body = b'{"result": {"category": "engaged"}}'
    host, port = web.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(
            f"PUT /api/images/{image.pk}/annotations/{uuid}/ HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            f"Authorization: {head['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )  # fmt: skip
        until(Annotation.objects.exists, 20, "the row")
        web.kill_workers()  # the answer is never read
    answer = again(lambda: submit(web, image, uuid, head))
    assert answer.status_code == 200 and answer.json()["status"] == "labeled"
    assert Annotation.objects.get().uuid == uuid


def test_one_dead_worker_is_replaced_and_takes_no_other_with_it(web):
    victim, other = web.workers()
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(web.workers()) == 2 and victim not in web.workers(), 20, "another worker")
    assert other in web.workers() and web.service.running()
    until(web.answers, 10)


def test_connections_cut_under_load_lose_nothing_and_do_nothing_twice(
    web, workers, broker, project, make_images, make_user
):
    """Four people label while the database's and the broker's connections are cut, as by a restart."""
    images = make_images(project, 80)
    people = [make_user(f"person{n}") for n in range(4)]
    Membership.objects.bulk_create(
        Membership(project=project, user=user, role=Role.LABELER) for user in people
    )
    given: list[tuple[int, UUID]] = []
    troubles: list[int | str] = []
    clients = [httpx.Client(base_url=web.url, timeout=20) for _ in people]
    for client, user in zip(clients[:2], people[:2], strict=True):
        client.headers.update(headers(user))
    for client, user in zip(
        clients[2:], people[2:], strict=True
    ):  # sessions, which live in the broker's store
        browser = APIClient()
        browser.force_login(user)
        client.cookies.set("sessionid", browser.cookies["sessionid"].value)
        client.get("/api/session/")
        client.headers["X-CSRFToken"] = client.cookies["csrftoken"]

    def persist(client, method, path, **body):
        def once():
            try:
                answer = client.request(method, path, **body)
            except httpx.HTTPError as error:
                troubles.append(type(error).__name__)
                return None
            if answer.status_code >= 500:
                troubles.append(answer.status_code)
                assert answer.headers["Content-Type"] == "application/problem+json", answer.text
                return None
            return answer

        answer = until(once, 30, "an answer")
        assert answer.status_code < 300, answer.text
        return answer.json()

    def work(client):
        while items := persist(client, "POST", f"/api/projects/{project.pk}/next/?count=2")["items"]:
            for item in items:
                image = item["image"]["id"]
                uuid = uuid5(UUID(int=0), str(image))
                body = {"result": {"category": "engaged"}, "assignment": item["assignment"]["id"]}
                persist(client, "PUT", f"/api/images/{image}/annotations/{uuid}/", json=body)
                given.append((image, uuid))
                time.sleep(0.02)

    with ThreadPoolExecutor(4) as pool:
        works = [pool.submit(work, client) for client in clients]
        while not all(one.done() for one in works):
            cut(broker)
            time.sleep(
                0.05
            )  # often enough that calls are hit: what is cut between two of them goes unnoticed
        for one in works:
            one.result()
    assert troubles  # otherwise nothing was hit
    assert sorted(image for image, _ in given) == sorted(image.pk for image in images)
    rows = list(Annotation.objects.values_list("image", "uuid", "current", "late"))
    assert sorted(rows) == sorted((image, uuid, True, False) for image, uuid in given)
    assert set(QueueItem.objects.values_list("slots", "status")) == {(0, "labeled")}
    assert set(Assignment.objects.values_list("state", flat=True)) == {"submitted"}


def test_a_worker_finds_its_broker_and_database_again(workers, broker, project, make_images):
    workers.start("default")
    media = Path(workers.environment["MEDIA_ROOT"])
    for number in range(3):
        (image,) = make_images(project, 1)
        (media / image.file_key).parent.mkdir(parents=True, exist_ok=True)
        (media / image.file_key).write_bytes(jpeg(number))
        Image.objects.filter(pk=image.pk).update(ready=False)
        enqueue(TASK, project.pk)
        until(lambda image=image: Image.objects.get(pk=image.pk).ready, 60, "the rendition")
        cut(broker)


# --- at the same moment --------------------------------------------------------------------------------------------
def together(calls):
    """All at once, each in a thread with a connection of its own."""
    ready = threading.Barrier(len(calls))

    def run(call):
        ready.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def put(user, image, uuid, category="engaged"):
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=headers(user)["Authorization"])
    path = f"/api/images/{image.pk}/annotations/{uuid}/"
    return lambda: client.put(path, {"result": {"category": category}}, format="json")


def test_one_submit_sent_by_several_connections_is_kept_once_and_answered_alike(
    labeler, project, make_images
):
    for image in make_images(project, 5):
        uuid = uuid4()
        answers = together([put(labeler, image, uuid) for _ in range(6)])
        assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
        assert len({answer.content for answer in answers}) == 1
        assert Annotation.objects.get(image=image).uuid == uuid


def test_two_people_who_submit_one_image_at_once_are_both_kept_and_one_is_reviewed(
    manager, labeler, project, make_images
):
    for image in make_images(project, 5):
        answers = together(
            [put(labeler, image, uuid4(), "engaged"), put(manager, image, uuid4(), "animated")]
        )
        assert [answer.status_code for answer in answers] == [201, 201]
        rows = Annotation.objects.filter(image=image, current=True).order_by("late")
        assert [row.late for row in rows] == [False, True]
        item = QueueItem.objects.get(image=image)
        assert (item.status, item.slots, item.category) == ("in_review", 0, rows[0].result["category"])


def test_with_an_overlap_of_two_both_count(manager, labeler, project, make_images):
    Project.objects.update(overlap=2)
    project.refresh_from_db()
    for image in make_images(project, 5):
        answers = together([put(user, image, uuid4()) for user in (labeler, manager)])
        assert sorted(answer.json()["status"] for answer in answers) == ["labeled", "unlabeled"]
        assert Annotation.objects.filter(image=image, late=False, current=True).count() == 2
        assert QueueItem.objects.get(image=image).slots == 0


def test_one_uuid_for_two_images_at_once_is_kept_for_one_and_a_conflict_for_the_other(
    labeler, project, make_images
):
    images = make_images(project, 12)
    for first, second in zip(images[::2], images[1::2], strict=True):
        uuid = uuid4()
        answers = together([put(labeler, image, uuid) for image in (first, second)])
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert Annotation.objects.filter(uuid=uuid).count() == 1
    assert QueueItem.objects.filter(slots=1, status="unlabeled").count() == 6


def test_one_version_replaced_twice_at_once_is_replaced_once(manager, labeler, project, make_images):
    (image,) = make_images(project, 1)
    before = uuid4()
    assert put(labeler, image, before)().status_code == 201

    def replace(user, category):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=headers(user)["Authorization"])
        body = {"result": {"category": category}, "replaces": str(before)}
        return lambda: client.put(f"/api/images/{image.pk}/annotations/{uuid4()}/", body, format="json")

    answers = together([replace(labeler, "animated"), replace(manager, "non-engaged")])
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert Annotation.objects.filter(current=True).count() == 1

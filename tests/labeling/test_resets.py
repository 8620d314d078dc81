"""A manager's link for a forgotten password: once, for a day, and never a way to more rights."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from labeling.models import Membership, PasswordReset, Project, Role, Token, User
from labeling.services.accounts import token_create
from labeling.services.projects import project_create

NEW = "a staple of another kind"


@pytest.fixture(autouse=True)
def _unthrottled():
    cache.clear()


def browser(user):
    client = APIClient()
    client.force_login(user)
    return client


def link(by, user):
    return browser(by).post(f"/api/users/{user.pk}/reset-link/")


def choose(secret, password=NEW):
    return APIClient().post("/api/auth/reset/", {"secret": secret, "password": password}, format="json")


def test_a_link_sets_a_new_password_once_and_ends_sessions_and_tokens(manager, labeler, project):
    before, (_, token) = browser(labeler), token_create(user=labeler, name="x")
    made = link(manager, labeler)
    assert made.status_code == 201 and made.json()["expires"]
    secret = made.json()["secret"]
    assert choose(secret).json() == {"username": "labeler"}
    labeler.refresh_from_db()
    assert labeler.check_password(NEW)
    assert before.get("/api/projects/").status_code == 401
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert (
        program.get("/api/projects/").status_code == 401 and not Token.objects.filter(user=labeler).exists()
    )
    again = choose(secret, "yet another staple")
    assert again.status_code == 400 and "used already" in again.json()["detail"]
    labeler.refresh_from_db()
    assert labeler.check_password(NEW)


def test_a_weak_password_leaves_the_link_as_it_is(manager, labeler, project):
    secret = link(manager, labeler).json()["secret"]
    answer = choose(secret, "labeler")
    assert answer.status_code == 400 and answer.json()["errors"]["password"]
    assert choose(secret).status_code == 200


def test_a_link_runs_out_and_a_newer_one_ends_it(manager, labeler, project):
    first = link(manager, labeler).json()["secret"]
    second = link(manager, labeler).json()["secret"]
    assert choose(first).status_code == 400
    PasswordReset.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert choose(second).status_code == 400


def test_the_secret_is_neither_stored_nor_logged(manager, labeler, project, caplog):
    with caplog.at_level(logging.DEBUG):
        secret = link(manager, labeler).json()["secret"]
        choose(secret)
    assert secret not in caplog.text and f"user {labeler.pk} has a new password" in caplog.text
    secret = link(manager, labeler).json()["secret"]
    stored = str([list(model.objects.values()) for model in (PasswordReset, User, Token, Session)])
    assert PasswordReset.objects.exists() and secret not in stored


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_is_refused(manager, labeler, project):
    secret = link(manager, labeler).json()["secret"]
    together = threading.Barrier(2)

    def use(password):
        try:
            together.wait(10)
            return password, choose(secret, password)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as people:
        answers = dict(people.map(use, [NEW, "yet another staple"]))
    assert sorted(answer.status_code for answer in answers.values()) == [200, 400]
    labeler.refresh_from_db()
    (chosen,) = (password for password, answer in answers.items() if answer.status_code == 200)
    assert labeler.check_password(chosen) and not PasswordReset.objects.exists()


def test_guessing_links_is_slowed_down(db):
    codes = [choose(f"guess {n}").status_code for n in range(32)]
    assert codes[0] == 400 and codes[-1] == 429


@pytest.mark.parametrize(
    "who", ["admin", "manager here", "manager elsewhere", "member elsewhere", "member of a deleted project"]
)
def test_a_manager_makes_no_link_for_somebody_who_can_do_more(manager, labeler, stranger, project, who):
    theirs = Membership.objects.get(user=stranger).project
    if who == "admin":
        User.objects.filter(pk=labeler.pk).update(is_staff=True)
    elif who == "manager here":
        Membership.objects.filter(user=labeler).update(role=Role.MANAGER)
    else:
        role = Role.MANAGER if who == "manager elsewhere" else Role.LABELER
        Membership.objects.create(project=theirs, user=labeler, role=role)
    if who == "member of a deleted project":
        Project.objects.filter(pk=theirs.pk).update(deleted_at=timezone.now())
    answer = link(manager, labeler)
    assert answer.status_code == 403 and "site admin" in answer.json()["detail"]
    rows = browser(manager).get(f"/api/projects/{project.pk}/members/").json()["results"]
    assert not any(row["resettable"] for row in rows) and not PasswordReset.objects.exists()


def test_strangers_labelers_and_tokens_make_no_link(
    manager, labeler, stranger, project, make_user, client_for
):
    assert link(stranger, labeler).status_code == 404
    assert link(make_user("nobody"), labeler).status_code == 404
    assert link(labeler, manager).status_code == 404
    assert client_for(manager).post(f"/api/users/{labeler.pk}/reset-link/").status_code in (401, 403)
    assert not PasswordReset.objects.exists()


def test_a_manager_is_told_for_whom_a_link_can_be_made(manager, labeler, project, api):
    rows = browser(manager).get(f"/api/projects/{project.pk}/members/").json()["results"]
    assert {row["user"]["username"]: row["resettable"] for row in rows} == {"manager": False, "labeler": True}
    assert not any(
        row["resettable"] for row in api.get(f"/api/projects/{project.pk}/members/").json()["results"]
    )


def test_a_link_ends_when_its_person_is_given_more_or_its_maker_has_less(manager, labeler, project):
    secret = link(manager, labeler).json()["secret"]
    User.objects.filter(pk=labeler.pk).update(is_staff=True)
    assert choose(secret).status_code == 400
    User.objects.filter(pk=labeler.pk).update(is_staff=False)
    other = project_create(by=labeler, name="Own", kind="classification", categories=[{"name": "a"}])
    assert choose(secret).status_code == 400
    other.delete()
    Membership.objects.filter(user=manager).update(role=Role.LABELER)
    assert choose(secret).status_code == 400


def test_a_site_admin_makes_links_for_everybody_but_a_superuser(manager, make_user, project):
    admin, root = make_user("admin", is_staff=True), make_user("root", is_staff=True, is_superuser=True)
    assert choose(link(admin, manager).json()["secret"]).status_code == 200
    assert link(admin, root).status_code == 403
    assert link(root, admin).status_code == 201


def test_who_deleted_a_project_and_when_is_shown(manager_api, project):
    manager_api.delete(f"/api/projects/{project.pk}/")
    (row,) = manager_api.get("/api/projects/?deleted=1").json()["results"]
    assert row["deleted_by"] == "manager" and row["deleted"]
    assert manager_api.post(f"/api/projects/{project.pk}/restore/").json()["deleted_by"] is None

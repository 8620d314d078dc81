"""Passwords, tokens and keys: in no log, no answer and no row; and what a production must not start with."""

import io
import logging
import os
import re
import subprocess
import sys

import kombu.serialization
import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from kombu.exceptions import ContentDisallowed
from rest_framework.test import APIClient

from config.celery import app
from labeling.models import Job
from labeling.services.accounts import PREFIX, token_create
from tests.conftest import PASSWORD
from tests.labeling.test_accounts import sign_in, visitor  # noqa: F401
from tests.labeling.test_imports import imported, site  # noqa: F401

ROOT = django_settings.BASE_DIR


@pytest.fixture(autouse=True)
def nobody_guessed_yet(db):
    cache.clear()


@pytest.fixture
def person(make_user, settings):
    """Somebody whose password is quick to check, and to guess: a slow hash would make minutes of these tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    user = make_user("person")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def log():
    """All that is logged, at the chattiest level."""
    sink = io.StringIO()
    handler, root = logging.StreamHandler(sink), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    loud = [
        name
        for name in ("axes", "django", "django.request", "labeling")
        if name in logging.root.manager.loggerDict
    ]
    levels = {name: logging.getLogger(name).level for name in loud}
    for name in loud:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    yield sink
    root.removeHandler(handler)
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


def rows_with(word):
    """Tables in which the word stands somewhere."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def test_a_password_stands_in_no_log_answer_or_row(manager, visitor, log):  # noqa: F811
    wrong = "wr0ng-horse"
    answers = [
        sign_in(visitor, password=wrong),
        APIClient().post("/api/auth/token/", {"username": "manager", "password": wrong}, format="json"),
        APIClient().post("/api/auth/token/", {"username": "manager", "password": wrong, "x": 1}),  # as a form
        sign_in(visitor),
        visitor.post("/api/session/password/", {"current": wrong, "new": PASSWORD}, format="json"),
        visitor.post("/api/session/password/", {"current": PASSWORD, "new": "wr0ng-horse"}, format="json"),
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 415, 200, 400, 204]
    said = "".join(answer.content.decode() for answer in answers) + log.getvalue()
    assert wrong not in said and PASSWORD not in said and "axes" in logging.root.manager.loggerDict
    assert rows_with(wrong) == rows_with(PASSWORD) == []


def test_a_token_stands_in_no_log_and_in_no_row(manager, log):
    answer = APIClient().post(
        "/api/auth/token/", {"username": "manager", "password": PASSWORD}, format="json"
    )
    token = answer.json()["token"]
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    assert program.get("/api/projects/").status_code == 200
    assert program.get("/api/projects/999999/").status_code == 404
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {token}x")
    refused = program.get("/api/projects/")
    assert refused.status_code == 401 and token not in refused.content.decode()
    assert token not in log.getvalue() and rows_with(token) == []


def test_a_token_in_an_address_opens_nothing(client_for, manager):
    value = client_for(manager)._credentials["HTTP_AUTHORIZATION"].split()[1]
    for query in (f"?token={value}", f"?access_token={value}", f"?Authorization=Bearer+{value}"):
        assert APIClient().get(f"/api/projects/{query}").status_code == 401


def test_nobody_tries_one_password_on_everybody(person):
    for n in range(30):
        body = {"username": f"person{n}", "password": "Password1!"}
        assert APIClient().post("/api/auth/token/", body, format="json").status_code == 401
    body = {"username": "person", "password": PASSWORD}
    answer = APIClient().post("/api/auth/token/", body, format="json")
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0
    assert (
        APIClient().post("/api/auth/token/", body, format="json", REMOTE_ADDR="10.1.1.1").status_code == 200
    )


def test_an_office_that_signs_in_at_nine_is_not_locked_out(person):
    for _ in range(35):
        answer = APIClient().post(
            "/api/auth/token/", {"username": "person", "password": PASSWORD}, format="json"
        )
        assert answer.status_code == 200


def test_an_address_is_not_made_up_by_a_header(person):
    """Behind no proxy, X-Forwarded-For is the guesser's own word."""
    codes = [
        APIClient().post(
            "/api/auth/token/", {"username": "person", "password": f"guess {n}"}, format="json", HTTP_X_FORWARDED_FOR=f"10.0.0.{n}",
        ).status_code
        for n in range(django_settings.AXES_FAILURE_LIMIT + 1)
    ]  # fmt: skip
    assert codes[0] == 401 and codes[-1] == 429


def test_an_open_session_is_no_leave_to_guess_its_password(manager, visitor):  # noqa: F811
    sign_in(visitor)
    codes = [
        visitor.post("/api/session/password/", {"current": f"guess {n}", "new": "b quieter staple"}, format="json").status_code
        for n in range(django_settings.AXES_FAILURE_LIMIT + 1)
    ]  # fmt: skip
    assert codes[0] == 400 and codes[-1] == 429
    manager.refresh_from_db()
    assert manager.check_password(PASSWORD)


def test_names_tell_nothing_by_how_they_are_refused(person):
    answers = [
        APIClient().post("/api/auth/token/", {"username": name, "password": "wrong"}, format="json") for name in ("person", "nobody")
    ]  # fmt: skip
    assert (
        answers[0].status_code == answers[1].status_code == 401 and answers[0].content == answers[1].content
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "address",
    [
        "http://someone:hunter2@{host}/a.jpg",
        "https://hunter2@{host}/a.jpg",
        "http://a:hunter2@[::1/a.jpg",
        "http://u:hunter2@x@{host}/",
    ],
)
def test_credentials_in_an_import_are_neither_used_nor_kept(manager_api, project, site, log, address):  # noqa: F811
    url = address.format(host=site.url.removeprefix("http://"))
    job = imported(manager_api, project, [url])
    assert len(job["result"]["rejected"]) == 1 and site.pages.hits == []
    assert "hunter2" not in str(job) and "hunter2" not in log.getvalue()
    assert "hunter2" not in manager_api.get(f"/api/projects/{project.pk}/jobs/").content.decode()
    assert "hunter2" not in str(Job.objects.values()) and rows_with("hunter2") == []


# --- what a production must not start with -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "django-insecure-" + "x8#k" * 9}, "SECRET_KEY"),
        ({"SECRET_KEY": "change-me-" * 5}, "SECRET_KEY"),
        ({"DEBUG": "true", "HTTPS": "true"}, "DEBUG"),
        ({"DEBUG": "true", "BEHIND_PROXY": "true"}, "DEBUG"),
        ({"DEBUG": "true", "ALLOWED_HOSTS": "localhost,labels.example.org"}, "DEBUG"),
        ({"DEBUG": "true", "ALLOWED_HOSTS": "*"}, "DEBUG"),
    ],
)
def test_it_does_not_start_on_a_key_that_is_none_or_with_debug(given, said):
    environment = {**os.environ, **given}
    environment = {name: value for name, value in environment.items() if value is not None}
    begun = subprocess.run(
        [sys.executable, "-c", "import config.wsgi"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert begun.returncode != 0 and "ImproperlyConfigured" in begun.stderr
    assert said in begun.stderr.splitlines()[-1]


def test_debug_is_for_ones_own_machine():
    given = {**os.environ, "DEBUG": "true", "ALLOWED_HOSTS": "localhost,127.0.0.1", "HTTPS": "false", "BEHIND_PROXY": "false"}  # fmt: skip
    subprocess.run([sys.executable, "-c", "import config.wsgi"], cwd=ROOT, env=given, check=True)


KEYS = re.compile(
    rb"AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY|ghp_[A-Za-z0-9]{36}|" + PREFIX.encode() + rb"[\w-]{43}"
)


def test_no_tracked_file_holds_a_key(manager):
    assert KEYS.search(token_create(user=manager, name="x")[1].encode())
    names = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout
    paths = [ROOT / name.decode() for name in names.split(b"\0") if name]
    assert len(paths) > 100
    assert [path for path in paths if path.is_file() and KEYS.search(path.read_bytes())] == []


def test_workers_take_json_alone():
    """What comes over the broker is data: a pickle in it would run."""
    said = app.conf
    assert (set(said.accept_content), said.task_serializer, said.result_serializer) == (
        {"json"},
        "json",
        "json",
    )
    with pytest.raises(ContentDisallowed):
        kombu.serialization.loads(b"", "application/x-python-serialize", "binary", accept=said.accept_content)


def test_an_error_of_ours_shows_no_insides(manager_api, project, monkeypatch):
    from labeling.api import projects

    def fail(*args, **kwargs):
        raise RuntimeError("the secret insides")

    monkeypatch.setattr(projects, "project_for", fail)
    manager_api.raise_request_exception = False
    answer = manager_api.get(f"/api/projects/{project.pk}/")
    assert answer.status_code == 500 and answer["Content-Type"] == "application/problem+json"
    assert "insides" not in answer.content.decode() and "Traceback" not in answer.content.decode()


# --- what a page is made of ---------------------------------------------------------------------------------------
def test_html_is_made_of_text_in_two_places_alone():
    """Both hold Markdown, whose raw HTML is refused."""
    pages = ROOT / "frontend" / "src"
    found = [str(path.relative_to(pages)) for path in pages.rglob("*.ts*") if HTML.search(path.read_text())]
    assert sorted(found) == ["pages/label/instructions.tsx", "pages/settings/preview.tsx"]


HTML = re.compile(
    r"dangerouslySetInnerHTML|\.(inner|outer)HTML\s*=|insertAdjacentHTML|document\.write|createContextualFragment|srcdoc"
)


# --- model files ---------------------------------------------------------------------------------------------------
def test_no_code_of_ours_opens_a_pickle():
    """What torch.load opens is tensors, and layers that are named before."""
    opened = []
    for folder in ("config", "labeling", "inference", "training", "vision"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            assert not re.search(
                r"^\s*(import|from) (pickle|joblib|dill|shelve|marshal)\b|allow_pickle=True|weights_only=False",
                text,
                re.M,
            ), path
            opened += re.findall(r"torch\.load\([^\n]*", text)
            assert not re.search(r"yaml\.(unsafe_)?load\(|(?<!\.)\beval\(|\bexec\(", text), path
    assert sorted(opened) == [
        'torch.load(path, map_location="cpu", weights_only=True)',
        'torch.load(weights.backbone(), map_location="cpu", weights_only=True)',
    ]

"""Bodies that no honest client sends: each is answered with a problem, stores nothing, and is never an error of ours."""

import json
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from labeling.models import Annotation, Membership, Project, Role, User
from tests.inference.conftest import make_version, media  # noqa: F401
from tests.labeling.test_queue import lease
from tests.safety.routes import WRITING, furnish, written
from training.api import promotions
from training.models import TrainingRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(project, labeler, make_images, make_version, monkeypatch):  # noqa: F811
    monkeypatch.setattr(promotions, "PATIENCE", 0)
    versions = [make_version(stage="production"), make_version("animated")]
    return furnish(project, labeler, make_images(project, 4), versions)


@pytest.fixture
def admin(make_user):
    """Somebody whom nothing is forbidden: what is refused is refused for its content."""
    client = APIClient(raise_request_exception=False)
    client.force_authenticate(make_user("admin", is_staff=True))
    return client


def is_problem(answer):
    return 400 <= answer.status_code < 500 and answer["Content-Type"] == "application/problem+json"


FILES = {"POST projects/<int:pk>/images/", "POST mattes/", "POST projects/<int:pk>/scene-models/"}
JSON_CALLS = [
    call for call in WRITING
    if call.method != "DELETE" and not call.route.endswith("predict/") and str(call) not in FILES
]  # fmt: skip
TAKE_NO_BODY = (
    "/cancel/", "/resume/", "/restore/", "/archive/", "/next/", "/undo_skip/", "/release/", "/rollback/", "/label-checks/", "/reset-link/",
)  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"result":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": ' + b"9" * 10_000 + b"}",
        b"\xff\xfe",
        b"[]",
        b'"text"',
        b"null",
        b"5",
    ],
    ids=["deep list", "deep object", "NaN", "infinity", "ten thousand digits", "no utf-8", "list", "text", "null", "number"],
)  # fmt: skip
def test_what_is_no_object_of_json_is_refused_everywhere(ours, admin, body):
    before, wrong = written(), []
    for call in JSON_CALLS:
        if call.route.endswith(TAKE_NO_BODY):
            continue
        answer = admin.generic(call.method, ours.path(call), body, content_type="application/json")
        if not is_problem(answer):
            wrong.append(f"{call}: {answer.status_code} {answer.content[:150]!r}")
    assert wrong == [] and written() == before


def test_a_body_of_json_is_read_as_far_as_any_call_needs_it(ours, admin, settings):
    """By somebody who has not signed in, too."""
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    before, wrong = written(), []
    for call in JSON_CALLS:
        if call.route.endswith(TAKE_NO_BODY):
            continue
        body = encoded({**ours.body(call)["data"], "padding": "x" * 2000})
        answer = admin.generic(call.method, ours.path(call), body, content_type="application/json")
        if answer.status_code != 413 or not is_problem(answer):
            wrong.append(f"{call}: {answer.status_code} {answer.content[:150]!r}")
    assert wrong == [] and written() == before


MORE = {
    "PATCH projects/<int:pk>/": ("settings", "overlap", "train_after", "sampling", "review", "instructions", "categories"),
    "PUT images/<int:pk>/annotations/<uuid:uuid>/": ("assignment", "lead_time_ms", "shown_from", "replaces"),
    "POST annotations/<uuid:uuid>/review/": ("comment", "result"),
    "POST projects/<int:pk>/predictions/": ("model_version", "filter"),
    "POST projects/<int:pk>/training-runs/": ("params",),
    "POST projects/<int:pk>/images/bulk/": ("split", "category", "undo"),
    "POST projects/<int:pk>/imports/": ("group",),
    "POST tokens/": ("days", "scope"),
    "POST users/": ("email",),
}  # fmt: skip
NASTY = {
    "NUL": "\0",
    "half a surrogate": "\ud800",
    "too long": "x" * 100_001,
    "past every column": 10**30,
    "below every column": -(10**30),
    "larger than a float": float("1e308") * 10,
    "list": [["x"]],
    "object": {"\ud800": "\0"},
    "truth": True,
    "nothing": None,
}


def encoded(body):
    """As a hostile client writes it: half surrogates and numbers past a float are JSON to most parsers."""
    return json.dumps(body).replace("Infinity", "1e999").encode()


@pytest.mark.parametrize("value", NASTY.values(), ids=NASTY.keys())
def test_no_value_in_any_field_is_an_error_of_ours(ours, admin, value, settings):
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # a slow one has its own tests
    wrong = []
    for call in JSON_CALLS:
        good = ours.body(call)["data"]
        for name in [*good, "\ud800", *MORE.get(str(call), ())]:
            answer = admin.generic(
                call.method, ours.path(call), encoded({**good, name: value}), content_type="application/json"
            )
            if answer.status_code >= 500:
                wrong.append(f"{call} {name!r}: {answer.status_code}")
            elif answer.status_code >= 400 and not is_problem(answer):
                wrong.append(f"{call} {name!r}: {answer.status_code} {answer.content[:150]!r}")
    assert wrong == []


@pytest.mark.parametrize(
    "value",
    ["\0", "\ud800", "😀" * 300, 10**30, float("1e308") * 10, ["engaged"], {"a": {"b": 1}}],
    ids=["NUL", "half", "smiles", "large", "larger", "list", "object"],
)
def test_no_label_is_made_of_what_no_category_is_called(ours, api, project, value):
    api.raise_request_exception = False
    path = f"/api/images/{ours.ids['images/pk']}/annotations/{uuid4()}/"
    for result in (
        {"category": value},
        {"category": "engaged", "score": value},
        {"category": "engaged", "\ud800": 1},
    ):
        answer = api.generic("PUT", path, encoded({"result": result}), content_type="application/json")
        assert answer.status_code == 400 and is_problem(answer), answer.content
    assert Annotation.objects.count() == 1


def test_parameters_of_a_run_are_refused_with_their_field_however_odd_they_are(ours, manager_api):
    manager_api.raise_request_exception = False
    path = f"/api/projects/{ours.project.pk}/training-runs/"
    for params in (
        {"\ud800": 1},
        {"smoothing": float("1e308") * 10},
        {"smoothing": 10**400},
        {"smoothing": "\0"},
        {"\0": 1},
    ):
        body = encoded({"model": "majority", "params": params})
        answer = manager_api.generic("POST", path, body, content_type="application/json")
        assert answer.status_code == 400 and is_problem(answer), answer.content
    assert TrainingRun.objects.count() == 1


def test_names_that_are_too_long_are_refused_with_their_field(ours, admin, project):
    member = Membership.objects.get(project=project, role=Role.LABELER)
    tries = [
        ("patch", f"/api/projects/{project.pk}/", {"name": "x" * 201}, "name"),
        ("patch", f"/api/projects/{project.pk}/", {"instructions": "x" * 50_001}, "instructions"),
        ("patch", f"/api/projects/{project.pk}/", {"categories": [{"name": "x" * 101}]}, "categories"),
        ("post", "/api/users/", {"username": "x" * 151, "password": "a quiet staple"}, "username"),
        ("patch", f"/api/models/{ours.ids['models/pk']}/", {"notes": "x" * 5001}, "notes"),
        ("post", f"/api/models/{ours.ids['models/pk']}/promote/", {"force": True, "reason": "x" * 501}, "reason"),
        ("post", f"/api/annotations/{ours.ids['annotations/uuid']}/review/", {"verdict": "reject", "comment": "x" * 5001}, "comment"),
        ("patch", f"/api/projects/{project.pk}/members/{member.pk}/", {"role": "x" * 99}, "role"),
    ]  # fmt: skip
    before = written()
    for method, path, body, field in tries:
        answer = getattr(admin, method)(path, body, format="json")
        assert answer.status_code == 400 and field in answer.json()["errors"], answer.content
    assert written() == before


@pytest.mark.parametrize(
    "query",
    [
        "images/?author__password__startswith=p", "images/?author=x&queue__project=1", "images/?ordering=author__password",
        "images/?ordering=project__members__user__password",
    ],
)  # fmt: skip
def test_filters_reach_into_no_other_table(ours, api, query):
    assert is_problem(api.get(f"/api/projects/{ours.project.pk}/{query}"))


@pytest.mark.parametrize(
    "query", ["author__password__startswith=p", "project__members__user__password=x", "ordering=password"]
)
def test_lists_without_filters_pass_over_what_looks_like_one(ours, manager_api, query):
    for path in ("jobs", "models", "predictions", "training-runs", "members"):
        whole = manager_api.get(f"/api/projects/{ours.project.pk}/{path}/").json()["results"]
        assert manager_api.get(f"/api/projects/{ours.project.pk}/{path}/?{query}").json()["results"] == whole
    whole = manager_api.get("/api/users/").json()["results"]
    assert manager_api.get(f"/api/users/?{query}").json()["results"] == whole
    assert set(whole[0]) == {"id", "username"}


@pytest.mark.parametrize(
    "cursor",
    ["%00", "cj0xJnA9JTAw", "bz05OTk5OTk5OTk5OTk5OTk5OTk5OQ==", "cD0nJzsgRFJPUCBUQUJMRQ==", "x" * 5000],
)
def test_a_forged_cursor_is_no_error_of_ours(ours, manager_api, cursor):
    manager_api.raise_request_exception = False
    for path in ("jobs", "models", "predictions", "training-runs", "members", "images"):
        answer = manager_api.get(f"/api/projects/{ours.project.pk}/{path}/?cursor={cursor}")
        assert answer.status_code in (200, 400, 404), (path, answer.status_code, answer.content)
    assert manager_api.get(f"/api/users/?q=%00&cursor={cursor}").status_code in (200, 400, 404)


def test_a_labeler_gives_nobody_rank_scores_splits_or_sources(ours, api, labeler, project, make_images):
    """Whatever is sent beside what a call takes is not taken (CVE-2026-23526)."""
    make_images(project, 2)
    claims = {
        "role": "manager", "project": 1, "author": 1, "user": 1, "is_staff": True, "is_superuser": True, "model_version": 1,
        "score": 1.0, "uncertainty": 0.0, "split": "test", "source": "render", "stage": "production", "status": "done",
        "origin": "import", "late": True, "verdict": "accept", "current": False, "regions": [{"origin": "accepted"}],
    }  # fmt: skip
    item = lease(api, project, 2)[-1]  # the first one is skipped below
    image, uuid = item["image"]["id"], uuid4()
    body = {"result": {"category": "engaged"}, **claims}
    assert api.put(f"/api/images/{image}/annotations/{uuid}/", body, format="json").status_code == 201
    made = Annotation.objects.select_related("image__queue").get(uuid=uuid)
    assert (made.author, made.project, made.origin, made.late, made.current, made.verdict) == (
        labeler, project, "person", False, True, "",
    )  # fmt: skip
    assert made.regions == [{"origin": "drawn"}]
    row = made.image
    assert (row.split, row.source, row.queue.status) == ("", "upload", "labeled")
    assert (row.queue.score, row.queue.uncertainty, row.queue.prediction) == (None, None, None)
    for path in (f"assignments/{ours.ids['assignments/pk']}/skip/", f"projects/{project.pk}/next/"):
        assert api.post(f"/api/{path}", claims, format="json").status_code < 300
    assert Membership.objects.get(user=labeler).role == "labeler"
    assert not User.objects.filter(is_staff=True).exists()
    made = api.post("/api/projects/", {**ours_new(), **claims}, format="json")
    assert made.status_code == 201 and Membership.objects.filter(user=labeler).count() == 2
    assert Project.objects.get(pk=made.json()["id"]).deleted_at is None


def ours_new():
    return {"name": "Mine", "kind": "classification", "categories": [{"name": "a"}, {"name": "b"}]}

"""Every route of the API, walked from the URL configuration: strangers, visitors, ranks, read-only tokens, CSRF."""

import pytest
import yaml
from django.conf import settings as django_settings
from django.db import transaction
from rest_framework.test import APIClient

from labeling.models import Membership, Role
from tests.inference.conftest import make_version, media  # noqa: F401
from tests.pictures import jpeg, upload
from tests.safety.routes import (
    BY_SESSION_ALONE,
    CALLS,
    LABELERS_MAY,
    OF_NO_PROJECT,
    OF_PROJECTS,
    OWN_ALONE,
    REVIEWERS_MAY,
    SAFE,
    WITHOUT_SIGNING_IN,
    WRITING,
    Call,
    furnish,
    written,
)
from training.api import promotions

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours(project, labeler, manager_api, make_images, make_version, monkeypatch):  # noqa: F811
    """A project with one of everything, and no worker: nobody waits for one."""
    monkeypatch.setattr(promotions, "PATIENCE", 0)
    versions = [make_version(stage="production"), make_version("animated")]
    images = make_images(project, 3)
    upload(manager_api, project, {"a.jpg": jpeg()})
    fresh = project.images.order_by("-id").first()
    return furnish(project, labeler, [*images, fresh], versions)


def refused(ours, client, calls, codes):
    """What answered otherwise, or changed something."""
    wrong = []
    for call in calls:
        with transaction.atomic():
            before = written()
            answer = ours.send(client, call)
            if answer.status_code not in codes:
                wrong.append(f"{call}: {answer.status_code} {answer.content[:200]!r}")
            elif written() != before:
                wrong.append(f"{call}: {answer.status_code}, but something has changed")
            transaction.set_rollback(True)
    return wrong


def test_the_schema_and_the_addresses_name_the_same_calls():
    schema = yaml.safe_load((django_settings.BASE_DIR / "openapi.yaml").read_text())["paths"]
    said = {
        (method.upper(), path.count("{"), path.split("{")[0])
        for path, row in schema.items()
        for method in row
    }
    walked = {
        (call.method, call.route.count("<"), f"/api/{call.route.split('<')[0]}")
        for call in CALLS if call.route != "schema/"
    }  # fmt: skip
    assert len(CALLS) > 50 and walked == said


def test_each_request_would_work_for_those_who_may(ours, manager_api, api, stranger):
    """Without this, a refusal below could be that of a misspelt request."""
    wrong = []
    for call in OF_PROJECTS:
        with transaction.atomic():
            client = api if str(call) in OWN_ALONE else manager_api
            if str(call) == "POST projects/<int:pk>/restore/":
                manager_api.delete(f"/api/projects/{ours.project.pk}/")
            if str(call) == "DELETE annotations/<uuid:uuid>/review/":
                ours.send(client, Call("POST", call.route))
            before = written()
            answer = ours.send(client, call)
            asks_worker = call.route.endswith(("predict/", "snap/", "segment/"))  # there is none here
            done = answer.status_code < 300 or (answer.status_code == 503 and asks_worker)
            if not done:
                wrong.append(f"{call}: {answer.status_code} {answer.content[:200]!r}")
            elif call.method not in SAFE and not asks_worker and written() == before:
                wrong.append(f"{call}: {answer.status_code}, and nothing has changed")
            transaction.set_rollback(True)
    # A lease of somebody else is passed over, and so is an image that is not deleted.
    assert [line for line in wrong if "/renew/" not in line and "images/<int:pk>/restore/" not in line] == []


def test_another_projects_ids_are_not_there_for_a_stranger(ours, stranger_api):
    assert refused(ours, stranger_api, OF_PROJECTS, {404}) == []


def test_another_projects_rows_are_not_reached_through_ones_own_project(ours, stranger, stranger_api):
    """Where an address or a body names two things, one of them mine."""
    mine = Membership.objects.get(user=stranger).project_id
    there, before = f"/api/projects/{mine}", written()
    version, image = ours.ids["models/pk"], ours.ids["images/pk"]
    calls = [
        ("patch", f"{there}/members/{ours.ids['members/member']}/", {"role": "manager"}, 404),
        ("delete", f"{there}/members/{ours.ids['members/member']}/", {}, 404),
        ("get", f"{there}/models/compare/?a={version}&b={version}", None, 404),
        ("post", f"{there}/predictions/", {"model_version": version}, 404),
        ("post", f"{there}/training-runs/", {"model": "majority", "snapshot": ours.ids["snapshots/pk"]}, 404),
        ("post", f"{there}/images/bulk/", {"ids": [image], "action": "delete"}, 200),
        ("post", f"{there}/renew/", {"assignments": [ours.ids["assignments/pk"]]}, 200),
        ("get", f"{there}/predictions/?model_version={version}&image={image}", None, 200),
        ("get", f"{there}/images/?author=labeler", None, 200),
    ]
    for method, path, body, code in calls:
        answer = getattr(stranger_api, method)(path, body, **({} if method == "get" else {"format": "json"}))
        assert answer.status_code == code, (method, path, answer.content)
        if code == 200:
            assert (
                answer.json() in ({"changed": 0, "undo": None}, {"renewed": []})
                or answer.json()["results"] == []
            )
    assert written() == before


def test_nobody_is_let_in_without_signing_in(ours):
    closed = [call for call in CALLS if str(call) not in WITHOUT_SIGNING_IN]
    assert refused(ours, APIClient(), closed, {401}) == []


def test_a_token_that_is_none_opens_nothing(ours, client_for, labeler):
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION="Bearer fl_nonsense")
    closed = [call for call in CALLS if str(call) not in WITHOUT_SIGNING_IN]
    assert refused(ours, program, closed, {401}) == []


def test_a_reading_token_writes_nothing_anywhere(ours, client_for, manager):
    by_token = [
        call for call in WRITING
        if str(call) not in BY_SESSION_ALONE | WITHOUT_SIGNING_IN and not call.route.endswith("/predict/")
    ]  # fmt: skip
    assert len(by_token) > 20
    assert refused(ours, client_for(manager, scope="read"), by_token, {403}) == []


def test_a_session_without_its_csrf_token_writes_nothing_anywhere(ours, manager):
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(manager)
    by_session = [call for call in WRITING if not call.route.startswith("auth/")]  # which know no session
    assert refused(ours, browser, by_session, {403}) == []


def test_reading_changes_nothing(ours, manager, manager_api):
    """A GET with side effects could be sent by any page that somebody looks at."""
    reading = [call for call in CALLS if call.method in SAFE]
    assert refused(ours, manager_api, reading, {200, 401}) == []


@pytest.mark.parametrize(("role", "may"), [(Role.LABELER, LABELERS_MAY), (Role.REVIEWER, REVIEWERS_MAY)])
def test_a_rank_does_what_is_listed_here_and_nothing_else(ours, client_for, labeler, role, may):
    Membership.objects.filter(user=labeler).update(role=role)
    above = [
        call for call in WRITING if call.route not in OF_NO_PROJECT and str(call) not in may
    ]  # fmt: skip
    above = [
        call for call in above if call.route != "projects/<int:pk>/restore/"
    ]  # of a deleted one, see below
    assert refused(ours, client_for(labeler), above, {403}) == []


def test_a_former_member_is_a_stranger_on_every_route(ours, labeler, api):
    Membership.objects.filter(user=labeler).delete()
    assert refused(ours, api, OF_PROJECTS, {404}) == []


def test_nothing_of_a_deleted_project_is_there_even_for_its_manager(ours, manager_api, api):
    assert manager_api.delete(f"/api/projects/{ours.project.pk}/").status_code == 204
    gone = [call for call in OF_PROJECTS if call.route != "projects/<int:pk>/restore/"]
    assert refused(ours, manager_api, gone, {404}) == []
    assert refused(ours, api, gone, {404}) == []

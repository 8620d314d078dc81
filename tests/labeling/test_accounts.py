"""Signing in and out, passwords and tokens."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from rest_framework.test import APIClient

from labeling.models import Token, User
from labeling.services.accounts import token_create
from tests.conftest import PASSWORD


@pytest.fixture
def visitor(manager):
    """A browser: cookies, and CSRF checked."""
    cache.clear()
    return APIClient(enforce_csrf_checks=True)


def sign_in(visitor, username="manager", password=PASSWORD):
    visitor.get("/api/session/")
    visitor.credentials(HTTP_X_CSRFTOKEN=visitor.cookies["csrftoken"].value)
    answer = visitor.post("/api/session/", {"username": username, "password": password}, format="json")
    if "csrftoken" in visitor.cookies:
        visitor.credentials(HTTP_X_CSRFTOKEN=visitor.cookies["csrftoken"].value)
    return answer


def test_a_person_signs_in_and_out(visitor):
    assert visitor.get("/api/session/").json()["user"] is None
    assert visitor.get("/api/projects/").status_code == 401
    assert sign_in(visitor).json()["user"]["username"] == "manager"
    assert visitor.get("/api/projects/").status_code == 200
    assert visitor.delete("/api/session/").status_code == 204
    assert visitor.get("/api/projects/").status_code == 401


def test_the_source_is_offered_to_everyone(visitor):
    assert visitor.get("/api/session/").json()["source"] == settings.SOURCE_URL


def test_a_wrong_password_is_refused_and_guessing_is_locked(visitor):
    assert sign_in(visitor, password="wrong").status_code == 401
    answers = [sign_in(visitor, password=f"wrong{n}") for n in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[-1].status_code == 429 and int(answers[-1]["Retry-After"]) > 0
    assert sign_in(visitor).status_code == 429  # the right one too, until the lock ends
    right = {"username": "manager", "password": PASSWORD}
    program = APIClient().post("/api/auth/token/", right, format="json")
    assert program.status_code == 429 and int(program["Retry-After"]) > 0
    assert "Too many wrong passwords" in program.json()["detail"] and not Token.objects.exists()


def test_a_change_by_session_needs_the_csrf_token(visitor):
    sign_in(visitor)
    visitor.credentials()
    assert visitor.post("/api/projects/", {}, format="json").status_code == 403
    assert (
        visitor.post(
            "/api/session/", {"username": "manager", "password": PASSWORD}, format="json"
        ).status_code
        == 403
    )


def test_a_password_change_ends_other_sessions_and_keeps_this_one(visitor):
    other = APIClient()
    other.force_login(User.objects.get(username="manager"))
    sign_in(visitor)
    wrong = visitor.post("/api/session/password/", {"current": "x", "new": "b quieter staple"}, format="json")
    assert wrong.status_code == 400
    weak = visitor.post("/api/session/password/", {"current": PASSWORD, "new": "manager"}, format="json")
    assert weak.status_code == 400 and weak.json()["errors"]["new"]
    done = visitor.post(
        "/api/session/password/", {"current": PASSWORD, "new": "b quieter staple"}, format="json"
    )
    assert done.status_code == 204
    assert visitor.get("/api/projects/").status_code == 200
    assert other.get("/api/projects/").status_code == 401


def test_a_token_made_in_the_ui_works_until_it_is_revoked(visitor):
    sign_in(visitor)
    made = visitor.post("/api/tokens/", {"name": "script", "days": 7}, format="json")
    assert made.status_code == 201
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {made.json()['token']}")
    assert program.get("/api/projects/").status_code == 200
    assert "token" not in visitor.get("/api/tokens/").json()["results"][0]
    assert visitor.delete(f"/api/tokens/{made.json()['id']}/").status_code == 204
    assert program.get("/api/projects/").status_code == 401


def test_tokens_are_stored_hashed_and_expire(api, labeler):
    token, value = token_create(user=labeler, name="x")
    assert value not in str(list(Token.objects.values()))
    program = APIClient()
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {value}")
    assert program.get("/api/projects/").status_code == 200
    Token.objects.filter(pk=token.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert program.get("/api/projects/").status_code == 401


def test_a_token_for_name_and_password(labeler):
    cache.clear()
    answer = APIClient().post(
        "/api/auth/token/", {"username": "labeler", "password": PASSWORD}, format="json"
    )
    assert answer.status_code == 200 and answer.json()["token"] and answer.json()["expires"]


def test_a_reading_token_writes_nothing(client_for, manager, project):
    reader = client_for(manager, scope="read")
    assert reader.get(f"/api/projects/{project.pk}/").status_code == 200
    assert reader.patch(f"/api/projects/{project.pk}/", {"name": "x"}, format="json").status_code == 403
    assert reader.post(f"/api/projects/{project.pk}/next/").status_code == 403


def test_a_token_cannot_make_or_list_tokens(manager_api):
    assert manager_api.post("/api/tokens/", {"name": "heir"}, format="json").status_code in (401, 403)
    assert manager_api.get("/api/tokens/").status_code in (401, 403)


def test_nobody_revokes_another_persons_token(visitor, labeler):
    token, _ = token_create(user=labeler, name="x")
    sign_in(visitor)
    assert visitor.delete(f"/api/tokens/{token.pk}/").status_code == 404
    assert Token.objects.filter(pk=token.pk).exists()


def test_only_site_admins_make_users(client_for, make_user, manager_api):
    body = {"username": "new", "password": "a quiet staple too"}
    assert manager_api.post("/api/users/", body, format="json").status_code == 403
    admin = client_for(make_user("admin", is_staff=True))
    answer = admin.post("/api/users/", {**body, "is_staff": True, "is_superuser": True}, format="json")
    assert answer.status_code == 201
    user = User.objects.get(username="new")
    assert not user.is_staff and not user.is_superuser and user.check_password("a quiet staple too")
    assert admin.post("/api/users/", {"username": "x", "password": "short"}, format="json").status_code == 400


def test_a_deactivated_person_is_out_at_once(api, labeler):
    User.objects.filter(pk=labeler.pk).update(is_active=False)
    assert api.get("/api/projects/").status_code == 401

"""How somebody has set their screen is theirs on every machine; nothing else gets in there."""

import re

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from labeling.api.accounts import ACTIONS
from labeling.models import UserSettings

SETTINGS = "/api/session/settings/"


def client(user):
    browser = APIClient()
    browser.force_login(user)
    return browser


def put(browser, body):
    return browser.put(SETTINGS, body, format="json")


def of(browser):
    return browser.get("/api/session/").json()["settings"]


def test_settings_come_back_with_the_session_on_another_machine(labeler, manager):
    body = {"keys": {"skip": "x", "redo": "ctrl+shift+z", "next": "arrowright", "help": "ä"}, "timer": False}
    assert put(client(labeler), body).json() == body
    assert of(client(labeler)) == body
    assert of(client(manager)) == {} == of(APIClient())


def test_what_is_kept_replaces_what_was_kept(labeler):
    browser = client(labeler)
    put(browser, {"keys": {"skip": "x"}, "timer": False})
    assert put(browser, {"timer": True}).status_code == 200
    assert of(browser) == {"timer": True} and UserSettings.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {"keys": {"format_disk": "x"}},
        {"keys": {"skip": "x" * 30}},
        {"keys": {"skip": "<b>"}},
        {"keys": {"skip": ""}},
        {"keys": {"skip": "alt+x"}},
        {"keys": {"skip": ["x"]}},
        {"keys": ["skip"]},
        {"timer": "perhaps"},
    ],
)
def test_what_is_no_key_and_no_action_is_refused_and_changes_nothing(labeler, body):
    browser = client(labeler)
    put(browser, {"timer": False})
    answer = put(browser, body)
    assert answer.status_code == 400 and answer.json()["detail"]
    assert of(browser) == {"timer": False}


def test_what_nobody_asked_for_is_not_kept(labeler):
    browser = client(labeler)
    assert put(browser, {"timer": True, "is_staff": True, "blob": "x" * 10_000}).json() == {"timer": True}
    assert of(browser) == {"timer": True}


def test_a_visitor_keeps_no_settings(db):
    assert put(APIClient(), {"timer": True}).status_code in (401, 403)
    assert not UserSettings.objects.exists()


def test_the_actions_are_those_of_the_screens():
    text = (settings.BASE_DIR / "frontend" / "src" / "tools" / "keys.ts").read_text()
    table = text.split("const LABELING =")[1].split("export type")[0]
    assert sorted(re.findall(r"(\w+): \[", table)) == sorted(ACTIONS)

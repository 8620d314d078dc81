"""Projects, categories and members: what managers set up, and what others may not."""

import time
from html.parser import HTMLParser
from uuid import uuid4

import pytest

from labeling.models import Annotation, Assignment, Membership, Project, QueueItem
from tests.labeling.test_queue import lease
from tests.labeling.test_submit import submit

NEW = {
    "name": "Fridge faces",
    "kind": "classification",
    "categories": [{"name": "engaged", "color": "#00aa00", "hotkey": "e"}, {"name": "non-engaged"}],
    "instructions": "Look at the **hands**.\n\n<script>alert(1)</script> [x](javascript:alert(1))",
}


def test_whoever_makes_a_project_manages_it(api):
    answer = api.post("/api/projects/", NEW, format="json")
    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert row["role"] == "manager" and row["overlap"] == 1 and row["sampling"] == "sequential"
    first = row["categories"][0]
    assert (first["name"], first["color"], first["hotkey"]) == ("engaged", "#00aa00", "e")
    assert row["categories"][1]["hotkey"] == "2"
    assert row["counts"]["total"] == 0
    assert [project["id"] for project in api.get("/api/projects/").json()["results"]] == [row["id"]]


def test_instructions_are_markdown_and_carry_no_script(api):
    html = api.post("/api/projects/", NEW, format="json").json()["instructions_html"]
    assert "<strong>hands</strong>" in html
    assert "<script" not in html and 'href="javascript' not in html


@pytest.mark.parametrize(
    "text",
    [
        "[x](JaVaScRiPt:alert(1))", "[x](&#106;avascript:alert(1))", "[x](data:text/html;base64,PHNjcmlwdD4=)", "[x](vbscript:x)",
        "<javascript:alert(1)>", "[x][1]\n\n[1]: javascript:alert(1)", "![x](http://evil.example/pixel.png)",
        "![x](x\" onerror=\"alert(1))", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", '```"><script>alert(1)</script>\nx\n```',
        '[x](http://a.example "\" onmouseover=\"alert(1)")', "[x](http://a.example/\"onmouseover=alert(1))", "<!-- --><b onclick=x>",
        "[x](file:///etc/passwd)",
    ],
)  # fmt: skip
def test_no_markdown_carries_a_script_or_fetches_anything(api, text):
    html = api.post("/api/projects/", {**NEW, "instructions": text}, format="json").json()[
        "instructions_html"
    ]
    seen = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: seen.append((tag, dict(attrs)))
    parser.feed(html)
    for tag, attrs in seen:
        assert tag in {"p", "a", "pre", "code"} and set(attrs) <= {"href", "title", "class"}, html
        assert attrs.get("href", "http://").startswith(("http://", "https://", "mailto:")), html


@pytest.mark.parametrize(
    "text",
    ["[" * 50_000, "![" * 25_000, ">" * 50_000, "*a_ " * 12_500, "<" * 50_000, "~~a" * 16_000],
    ids=["[", "![", ">", "*", "<", "~"],
)
def test_no_instructions_keep_the_server_busy(api, text):
    begun = time.process_time()
    assert api.post("/api/projects/", {**NEW, "instructions": text}, format="json").status_code in (201, 400)
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"kind": "telepathy"},
        {"categories": []},
        {"categories": [{"name": "a"}, {"name": "a"}]},
        {"categories": [{"name": "a", "hotkey": "1"}, {"name": "b", "hotkey": "1"}]},
        {"categories": [{"name": "a", "color": "red;}"}]},
        {"overlap": 0},
        {"overlap": 21},
        {"sampling": "alphabetical"},
        {"settings": {"entity_score": 2}},
        {"name": "nul\x00"},
    ],
)
def test_nonsense_is_refused_with_its_field_and_stores_nothing(api, change):
    answer = api.post("/api/projects/", {**NEW, **change}, format="json")
    assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
    assert next(iter(change)) in answer.json()["errors"]
    assert not Project.objects.exists()


def test_categories_are_renamed_added_and_reordered_and_labels_follow(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    submit(api, image.pk, "non-engaged")
    url = f"/api/projects/{project.pk}/"
    rows = manager_api.get(url).json()["categories"]
    rows = [{"id": rows[1]["id"], "name": "bored"}, {"name": "asleep"}, rows[0], rows[2]]
    answer = manager_api.patch(url, {"categories": rows}, format="json")
    assert answer.status_code == 200, answer.json()
    assert [c["name"] for c in answer.json()["categories"]] == ["bored", "asleep", "engaged", "animated"]
    assert answer.json()["settings"]["non_engaged"] == "bored"
    assert Annotation.objects.get().result == {"category": "bored"}
    assert QueueItem.objects.get().category == "bored"


def test_two_categories_swap_names(manager_api, project):
    url = f"/api/projects/{project.pk}/"
    first, second, third = manager_api.get(url).json()["categories"]
    first["name"], second["name"] = second["name"], first["name"]
    answer = manager_api.patch(url, {"categories": [first, second, third]}, format="json")
    assert answer.status_code == 200, answer.json()


def test_a_category_that_labels_carry_does_not_vanish(api, manager_api, project, make_images):
    (image,) = make_images(project, 1)
    submit(api, image.pk, "engaged")
    url = f"/api/projects/{project.pk}/"
    answer = manager_api.patch(url, {"categories": [{"name": "animated"}]}, format="json")
    assert answer.status_code == 409 and "engaged" in answer.json()["detail"]
    assert len(manager_api.get(url).json()["categories"]) == 3


def test_labelers_change_nothing_and_strangers_see_nothing(api, stranger_api, project):
    url = f"/api/projects/{project.pk}/"
    for client, status in ((api, 403), (stranger_api, 404)):
        assert client.patch(url, {"name": "mine"}, format="json").status_code == status
        assert client.delete(url).status_code == status
        assert (
            client.post(f"{url}members/", {"user": "labeler", "role": "manager"}, format="json").status_code
            == status
        )
    assert stranger_api.get(url).status_code == 404
    assert stranger_api.get(f"{url}members/").status_code == 404
    assert project.pk not in [row["id"] for row in stranger_api.get("/api/projects/").json()["results"]]


def test_a_deleted_project_is_gone_until_it_is_restored(manager_api, api, project):
    url = f"/api/projects/{project.pk}/"
    assert manager_api.delete(url).status_code == 204
    assert manager_api.get(url).status_code == 404 and api.post(f"{url}next/").status_code == 404
    assert [p["id"] for p in manager_api.get("/api/projects/?deleted=1").json()["results"]] == [project.pk]
    assert api.get("/api/projects/?deleted=1").json()["results"] == []
    assert api.post(f"{url}restore/").status_code == 403
    assert manager_api.post(f"{url}restore/").status_code == 200
    assert api.get(url).status_code == 200


def test_a_manager_adds_and_removes_members(manager_api, stranger, stranger_api, project, make_images):
    url = f"/api/projects/{project.pk}/members/"
    assert manager_api.post(url, {"user": "nobody", "role": "labeler"}, format="json").status_code == 400
    added = manager_api.post(url, {"user": "stranger", "role": "labeler"}, format="json")
    assert added.status_code == 201 and added.json()["user"]["username"] == "stranger"
    by_id = manager_api.post(url, {"user": stranger.pk, "role": "reviewer"}, format="json")
    assert by_id.json() == {**added.json(), "role": "reviewer"}
    (image,) = make_images(project, 1)
    lease(stranger_api, project)
    assert manager_api.delete(f"{url}{added.json()['id']}/").status_code == 204
    assert stranger_api.get(f"/api/projects/{project.pk}/").status_code == 404
    assert Assignment.objects.get().state == "released" and QueueItem.objects.get(pk=image.pk).slots == 1


def test_a_project_keeps_a_manager(manager_api, manager, project):
    member = Membership.objects.get(project=project, user=manager)
    url = f"/api/projects/{project.pk}/members/{member.pk}/"
    assert manager_api.patch(url, {"role": "labeler"}, format="json").status_code == 409
    assert manager_api.delete(url).status_code == 409


def test_members_of_another_project_cannot_be_reached_through_mine(manager_api, stranger, project):
    other = Membership.objects.get(user=stranger)
    url = f"/api/projects/{project.pk}/members/{other.pk}/"
    assert manager_api.patch(url, {"role": "labeler"}, format="json").status_code == 404
    assert manager_api.delete(url).status_code == 404
    assert Membership.objects.get(pk=other.pk).role == "manager"


def test_what_the_server_owns_is_not_taken_from_the_body(manager_api, project):
    body = {
        "id": 999,
        "role": "labeler",
        "created": "2001-01-01",
        "deleted": "2001-01-01",
        "counts": {"total": 9},
    }
    row = manager_api.patch(f"/api/projects/{project.pk}/", body, format="json").json()
    assert (
        row["id"] == project.pk
        and row["role"] == "manager"
        and row["deleted"] is None
        and row["counts"]["total"] == 0
    )


def test_unknown_calls_and_ids_answer_in_the_problem_format(manager_api, project):
    for path in ("/api/nonsense/", "/api/projects/123456789/", f"/api/annotations/{uuid4()}/"):
        answer = manager_api.get(path)
        assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == 404


def test_a_category_of_another_project_is_not_taken_renamed_or_merged(manager_api, stranger, project):
    theirs = stranger.memberships.get().project.categories.first()
    mine = [{"id": one.pk, "name": one.name} for one in project.categories.all()]
    for categories in (
        [*mine, {"id": theirs.pk, "name": "taken"}],
        [{**mine[0], "merges": [theirs.pk]}, *mine[1:]],
    ):
        answer = manager_api.patch(f"/api/projects/{project.pk}/", {"categories": categories}, format="json")
        assert answer.status_code == 400 and theirs.name not in answer.json()["errors"]["categories"]
    theirs.refresh_from_db()
    assert theirs.name == "x" and theirs.project_id != project.pk
    assert list(project.categories.values_list("name", flat=True)) == [one["name"] for one in mine]

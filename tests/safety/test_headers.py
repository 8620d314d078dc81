"""Headers that keep a browser from doing with our answers what somebody else wants."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from rest_framework.test import APIClient

from labeling.models import Job
from labeling.services.importfiles import preview_key
from tests.labeling.test_accounts import sign_in, visitor  # noqa: F401
from tests.labeling.test_exports import exported
from tests.pictures import jpeg, upload

ELSEWHERE = {"HTTP_ORIGIN": "https://evil.example"}


def policy(answer):
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    settings.FRONTEND_DIST = tmp_path
    (tmp_path / "index.html").write_text("<!doctype html><script>early()</script><div id=root></div>")


@pytest.mark.parametrize("path", ["/", "/api/session/", "/projects/1/label", "/api/nothing/"])
def test_pages_and_answers_are_framed_by_nobody_and_run_only_our_scripts(db, path):
    answer = APIClient().get(path, **ELSEWHERE)
    said = policy(answer)
    for name in ("object-src", "base-uri", "frame-ancestors"):
        assert said[name] == ["'none'"], name
    assert said["default-src"] == ["'self'"] and said["form-action"] == ["'self'"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff"
    assert "Access-Control-Allow-Origin" not in answer


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor):  # noqa: F811
    sign_in(visitor)
    cookie = visitor.cookies["sessionid"]
    assert cookie["httponly"] is True and cookie["samesite"] == "Lax"
    assert visitor.cookies["csrftoken"]["samesite"] == "Lax"


@pytest.mark.django_db(transaction=True)
def test_files_from_people_are_sandboxed_and_unsniffed(manager_api, project):
    (image,) = upload(manager_api, project, {"a.jpg": jpeg()}).json()["created"]
    export = exported(manager_api, project, format="csv")["id"]
    job = Job.objects.create(project=project, kind=Job.Kind.IMPORT, attempt=1)
    default_storage.save(preview_key(job.pk, 0), ContentFile(jpeg()))
    for path in (
        f"images/{image}/file/", f"images/{image}/file/?size=screen", f"images/{image}/thumbnail/", f"exports/{export}/file/",
        f"jobs/{job.pk}/preview/0/",
    ):  # fmt: skip
        answer = manager_api.get(f"/api/{path}", **ELSEWHERE)
        assert answer.status_code == 200, path
        assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox", path
        assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY", path
        assert "Access-Control-Allow-Origin" not in answer, path
    assert manager_api.get(f"/api/exports/{export}/file/")["Content-Disposition"].startswith("attachment")

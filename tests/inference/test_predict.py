"""The prediction API in front of a serving thread of this process: the answers, and the refusals."""

import io
import subprocess
import sys
import time

import pytest
import redis

from inference.services import calls, predict
from inference.services.versions import version_set_production
from labeling.api.throttles import CallRate
from labeling.models import Membership, Project, Role
from tests.pictures import encoded, jpeg, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(broker, monkeypatch):
    monkeypatch.setattr(calls, "LOOK_SECONDS", 0.05)
    server = calls.Server()
    server.start()
    while not broker.exists(calls.ALIVE):
        time.sleep(0.01)
    yield server
    server.stop()


@pytest.fixture
def version(make_version):
    version = make_version()
    version_set_production(version=version)
    return version


def ask(api, path, data=None, **fields):
    file = io.BytesIO(jpeg() if data is None else data)
    file.name = "a.jpg"
    return api.post(f"/api/{path}/predict/", {"image": file, **fields}, format="multipart")


def test_the_production_version_answers(api, project, version, server):
    answer = ask(api, f"projects/{project.pk}")
    assert answer.status_code == 200, answer.json()
    said = answer.json()
    assert said["model_version"] == version.pk and said["ms"] > 0
    assert said["result"]["category"] == "engaged"
    assert said["result"]["scores"] == {"engaged": 0.8, "non-engaged": 0.1, "animated": 0.1}


def test_a_named_version_answers(api, make_version, version, server):
    other = make_version("animated")
    answer = ask(api, f"models/{other.pk}")
    assert answer.json()["result"]["category"] == "animated"
    assert answer.json()["model_version"] == other.pk


def test_a_token_that_may_only_read_may_predict(client_for, labeler, project, version, server):
    assert ask(client_for(labeler, scope="read"), f"projects/{project.pk}").status_code == 200


def test_strangers_get_no_prediction(stranger_api, project, version, server, broker):
    assert ask(stranger_api, f"projects/{project.pk}").status_code == 404
    assert ask(stranger_api, f"models/{version.pk}").status_code == 404
    assert not broker.exists(calls.CALLS)


def test_nobody_is_refused_without_signing_in(client, project, version):
    assert client.post(f"/api/projects/{project.pk}/predict/").status_code in (401, 403)


def test_without_a_version_in_production_it_says_what_to_do(api, project):
    answer = ask(api, f"projects/{project.pk}")
    assert answer.status_code == 409 and "train one and promote it" in answer.json()["detail"]
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", jpeg()[:400], encoded(picture(), "GIF")],
    ids=["empty", "svg", "html", "truncated", "gif"],
)
def test_what_is_no_image_is_refused(api, project, version, server, data):
    answer = ask(api, f"projects/{project.pk}", data)
    assert answer.status_code == 400 and "image" in answer.json()["errors"], answer.json()


def test_an_image_over_the_limit_is_refused(api, project, version, server, settings):
    settings.MAX_IMAGE_BYTES = 300
    assert ask(api, f"projects/{project.pk}").status_code == 400


def test_pixels_over_the_limit_are_refused_before_decoding(api, project, version, server, settings):
    settings.MAX_IMAGE_PIXELS = 1000
    assert ask(api, f"projects/{project.pk}").status_code == 400


def test_no_image_or_two_are_refused(api, project, version):
    assert api.post(f"/api/projects/{project.pk}/predict/", {"a": "b"}, format="multipart").status_code == 400
    files = [io.BytesIO(jpeg()), io.BytesIO(jpeg())]
    for file in files:
        file.name = "a.jpg"
    two = api.post(f"/api/projects/{project.pk}/predict/", {"image": files}, format="multipart")
    assert two.status_code == 400 and "one image" in two.json()["detail"]


def test_nothing_of_a_call_is_left(api, project, version, server, broker, media):
    ask(api, f"projects/{project.pk}")
    assert not [key for key in broker.keys("frameloop:predict:*") if key != calls.ALIVE.encode()]
    assert not list(media.glob("incoming/*"))


def test_without_a_worker_it_says_so_at_once(api, project, version, broker):
    begun = time.monotonic()
    answer = ask(api, f"projects/{project.pk}")
    assert answer.status_code == 503 and "No inference worker answers" in answer.json()["detail"]
    assert time.monotonic() - begun < 2 and not broker.exists(calls.CALLS)


def test_a_worker_that_does_not_answer_in_time_is_said(api, project, version, broker, settings):
    settings.PREDICT_TIMEOUT = 0.3
    broker.zadd(calls.ALIVE, {"a worker": time.time() + 60})
    answer = ask(api, f"projects/{project.pk}")
    assert answer.status_code == 503 and "No inference worker answers" in answer.json()["detail"]
    assert broker.ttl(calls.CALLS) <= calls.KEPT_SECONDS
    server = calls.Server()  # comes too late: passes the call over
    server.start()
    while broker.exists(calls.CALLS):
        time.sleep(0.01)
    server.stop()
    assert not broker.keys("frameloop:predict:*:answer")


def test_a_model_that_fails_is_said_and_the_next_call_is_served(api, project, version, server, monkeypatch):
    good = predict.predictor_for

    def broken(version):
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(predict, "predictor_for", broken)
    answer = ask(api, f"projects/{project.pk}")
    assert answer.status_code == 422 and answer.json()["detail"] == "The model failed (RuntimeError)."
    monkeypatch.setattr(predict, "predictor_for", good)
    assert ask(api, f"projects/{project.pk}").status_code == 200


def test_a_garbled_call_does_not_end_the_service(api, project, version, server, broker):
    broker.rpush(calls.CALLS, b"no json", b"{}", b"[]")
    assert ask(api, f"projects/{project.pk}").status_code == 200


def test_past_its_limit_it_says_when_to_come_back(api, manager_api, project, version, server, monkeypatch):
    monkeypatch.setattr(CallRate, "THROTTLE_RATES", {"predict": "2/min"})
    codes = [ask(api, f"projects/{project.pk}").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    late = ask(api, f"models/{version.pk}")
    assert late.status_code == 429 and 0 < int(late["Retry-After"]) <= 60
    assert ask(manager_api, f"projects/{project.pk}").status_code == 200  # somebody else's limit


def test_a_deleted_project_predicts_nothing(api, project, version, server):
    Project.objects.filter(pk=project.pk).update(deleted_at="2026-01-01T00:00Z")
    assert ask(api, f"projects/{project.pk}").status_code == 404
    assert ask(api, f"models/{version.pk}").status_code == 404


def test_a_member_who_left_predicts_nothing(api, labeler, project, version, server):
    Membership.objects.filter(project=project, user=labeler, role=Role.LABELER).delete()
    assert ask(api, f"models/{version.pk}").status_code == 404


def test_the_web_process_imports_no_torch():
    heavy = ("torch", "torchvision", "onnxruntime", "cv2", "timm", "sklearn", "ultralytics")
    check = f"import django; django.setup(); import config.urls, config.wsgi, sys; print([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_broker_that_goes_away_for_a_moment_is_found_again(api, project, version, broker, monkeypatch):
    monkeypatch.setattr(calls.time, "sleep", lambda seconds: None)
    flaky, real = [True, True], calls._serve_one

    def serve(store, call):
        if flaky:
            flaky.pop()
            raise redis.ConnectionError
        real(store, call)

    monkeypatch.setattr(calls, "_serve_one", serve)
    server = calls.Server()
    server.start()
    broker.rpush(calls.CALLS, "{}", "{}")
    while flaky:
        pass
    assert ask(api, f"projects/{project.pk}").status_code == 200
    server.stop()

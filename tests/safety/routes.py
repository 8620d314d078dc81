"""Every call of the API, found in the URL configuration, with a request of it that would work.

A new route without an entry here fails the tests that walk these, so that nobody forgets to think of it.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from labeling.models import (
    Annotation,
    Assignment,
    Comment,
    Image,
    Job,
    Membership,
    Project,
    QueueItem,
    Role,
    Token,
    User,
)
from labeling.services.exports import export_key
from labeling.services.importfiles import preview_key
from labeling.services.mattes import matte_store
from tests.labeling.mattes import disc, png
from tests.pictures import jpeg
from tests.vision.test_scenes import CUBE as SOLID

SAFE = {"GET"}
# Of nobody's project: what they do and to whom is tested by name.
OF_NO_PROJECT = {
    "schema/", "session/", "session/password/", "session/settings/", "auth/token/", "tokens/", "tokens/<int:pk>/", "users/",
    "projects/", "users/<int:pk>/reset-link/", "auth/reset/", "mattes/",
}  # fmt: skip
WITHOUT_SIGNING_IN = {
    "GET schema/",
    "GET session/",
    "POST session/",
    "DELETE session/",
    "POST auth/token/",
    "POST auth/reset/",
}
BY_SESSION_ALONE = {
    "GET tokens/", "POST tokens/", "DELETE tokens/<int:pk>/", "POST session/password/", "PUT session/settings/", "GET session/",
    "POST session/", "DELETE session/", "POST users/<int:pk>/reset-link/",
}  # fmt: skip
LABELERS_MAY = {
    "POST projects/<int:pk>/next/", "POST projects/<int:pk>/renew/", "POST assignments/<int:pk>/skip/",
    "POST assignments/<int:pk>/undo_skip/", "POST assignments/<int:pk>/release/", "DELETE annotations/<uuid:uuid>/",
    "PUT images/<int:pk>/annotations/<uuid:uuid>/", "POST projects/<int:pk>/predict/", "POST models/<int:pk>/predict/",
    "POST images/<int:pk>/comments/", "DELETE comments/<uuid:uuid>/", "POST images/<int:pk>/snap/",
    "POST images/<int:pk>/solve/", "POST images/<int:pk>/segment/",
}  # fmt: skip
REVIEWERS_MAY = LABELERS_MAY | {
    "POST annotations/<uuid:uuid>/review/", "DELETE annotations/<uuid:uuid>/review/",
    "POST projects/<int:pk>/label-checks/",
}  # fmt: skip
# Answered 404 to a manager who does not own the lease, and 403 for another person's label or comment.
OWN_ALONE = {
    "POST assignments/<int:pk>/skip/", "POST assignments/<int:pk>/undo_skip/", "POST assignments/<int:pk>/release/",
    "DELETE annotations/<uuid:uuid>/", "DELETE comments/<uuid:uuid>/",
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    method: str
    route: str

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def calls() -> list[Call]:
    found = []
    for route, view in _walk(get_resolver().url_patterns, ""):
        if route.startswith("api/") and (view_class := getattr(view, "view_class", None)):
            methods = [
                name.upper()
                for name in ("get", "post", "put", "patch", "delete")
                if hasattr(view_class, name)
            ]
            found += [Call(method, route.removeprefix("api/")) for method in methods]
    return found


def _walk(patterns: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


CALLS = calls()
OF_PROJECTS = [call for call in CALLS if call.route not in OF_NO_PROJECT]
WRITING = [call for call in CALLS if call.method not in SAFE]


@dataclass
class Furnished:
    """A project with one of everything that an address can name."""

    project: Project
    ids: dict[str, Any]

    def path(self, call: Call) -> str:
        """The call's address with this project's own ids in it."""
        before = ""

        def own(match: re.Match[str]) -> str:
            what = f"{before}/{match['name']}" if before else match["name"]
            return str(
                self.ids[f"{call.method} {what}"] if f"{call.method} {what}" in self.ids else self.ids[what]
            )

        parts = []
        for part in call.route.split("/"):
            name = re.fullmatch(r"<\w+:(?P<name>\w+)>", part)
            parts.append(own(name) if name else part)
            if not name:
                before = part
        if call.route.endswith("undo_skip/"):
            parts[1] = str(self.ids["skipped"])
        if call.route.endswith("resume/"):
            parts[1] = str(self.ids["stopped"])
        names = {"models/compare/": ("a", "b"), "snapshots/compare/": ("before", "after")}
        query = ""
        for ending, (one, other) in names.items():
            if call.route.endswith(ending):
                pk = self.ids[f"{ending.split('/')[0]}/pk"]
                query = f"?{one}={pk}&{other}={pk}"
        return f"/api/{'/'.join(parts)}{query}"

    def body(self, call: Call) -> dict[str, Any]:
        """What makes the call do something; the keyword arguments of a test client."""
        route = call.route
        if route.endswith("predict/"):
            return {"data": {"image": _file()}, "format": "multipart"}
        if str(call) == "POST mattes/":
            return {"data": {"file": _file(png(disc(size=(8, 8))), "a.png")}, "format": "multipart"}
        if str(call) == "POST projects/<int:pk>/images/":
            return {"data": {"files": [_file()]}, "format": "multipart"}
        if str(call) == "POST projects/<int:pk>/scene-models/":
            return {
                "data": {"file": _file(SOLID, "a.obj"), "name": "made", "height": "0.1"},
                "format": "multipart",
            }
        bodies: dict[str, Any] = {
            "POST synthesis/batches/": {
                "project": self.project.pk, "generator": "stylegan2", "count": 1, "params": {"model_version": self.ids["maker"]},
            },
            "POST synthesis/batches/<int:pk>/translate/": {"model_version": self.ids["translator"]},
            "POST session/": {"username": "nobody", "password": "x"},
            "POST auth/token/": {"username": "nobody", "password": "x"},
            "POST auth/reset/": {"secret": "x", "password": "b quieter staple"},
            "POST session/password/": {"current": "a quiet staple", "new": "b quieter staple"},
            "PUT session/settings/": {"timer": False},
            "POST tokens/": {"name": "x"},
            "POST users/": {"username": "made", "password": "a quiet staple too"},
            "POST projects/": {"name": "made", "kind": "classification", "categories": [{"name": "a"}, {"name": "b"}]},
            "PATCH projects/<int:pk>/": {"name": "taken over"},
            "POST projects/<int:pk>/members/": {"user": "stranger", "role": "manager"},
            "PATCH projects/<int:pk>/members/<int:member>/": {"role": "manager"},
            "POST projects/<int:pk>/renew/": {"assignments": [self.ids["assignments/pk"]]},
            "POST projects/<int:pk>/images/bulk/": {"ids": [self.ids["images/pk"]], "action": "delete"},
            "POST projects/<int:pk>/imports/": {"urls": ["http://example.org/a.jpg"]},
            "POST projects/<int:pk>/exports/": {"format": "csv"},
            "PUT images/<int:pk>/annotations/<uuid:uuid>/": {"result": {"category": "engaged"}},
            "POST images/<int:pk>/comments/": {"text": "Which of the two?"},
            "POST annotations/<uuid:uuid>/review/": {"verdict": "reject"},
            "POST projects/<int:pk>/predictions/": {},
            "POST projects/<int:pk>/models/": {"model": "rule", "config": {"yaw_degrees": 33.0}},
            "PATCH models/<int:pk>/": {"notes": "taken over"},
            "POST models/<int:pk>/promote/": {"force": True, "reason": "because"},
            "POST projects/<int:pk>/training-runs/": {"model": "majority", "snapshot": self.ids["snapshots/pk"]},
            "POST projects/<int:pk>/snapshots/": {"name": "taken over"},
            "PATCH snapshots/<int:pk>/": {"name": "taken over"},
            "POST images/<int:pk>/snap/": {"point": [3, 3]},
            "POST images/<int:pk>/segment/": {"point": [3, 3]},
            "POST images/<int:pk>/solve/": {"trimap": self.ids["mattes/sha256"]},
        }  # fmt: skip
        return {"data": bodies.get(str(call), {}), "format": "json"}

    def send(self, client: Any, call: Call) -> Any:
        arguments = {} if call.method in SAFE else self.body(call)
        return getattr(client, call.method.lower())(self.path(call), **arguments)


def _file(data: bytes = b"", name: str = "a.jpg") -> io.BytesIO:
    file = io.BytesIO(data or jpeg(99))
    file.name = name
    return file


def furnish(project: Project, labeler: User, images: list[Image], versions: list[Any]) -> Furnished:
    """Rows of every kind that a route names, into a project whose images and model versions are given."""
    from training.models import Metric, Promotion, Snapshot, TrainingRun

    leased, skipped, labeled, fresh = images
    lease = Assignment.objects.create(
        image=leased, project=project, user=labeler, expires="2100-01-01T00:00Z"
    )
    skip = Assignment.objects.create(
        image=skipped, project=project, user=labeler, expires="2100-01-01T00:00Z", state="skipped"
    )
    matte = matte_store(project_id=project.pk, data=png(disc(size=(fresh.width, fresh.height))))
    # Of both kinds at once, for each route that a label has.
    said = {"category": "engaged", "alpha": matte.sha256, "trimap": matte.sha256}
    annotation = Annotation.objects.create(
        image=labeled, project=project, author=labeler, result=said, digest="x"
    )
    comment = Comment.objects.create(image=labeled, project=project, author=labeler, text="Which of the two?")
    QueueItem.objects.filter(image__in=[leased, skipped, labeled]).update(slots=0)
    QueueItem.objects.filter(image=skipped).update(status="skipped")
    QueueItem.objects.filter(image=labeled).update(status="labeled", category="engaged")
    job = Job.objects.create(
        project=project, kind="training", task="no.task", queue="nobody-listens", attempt=1
    )
    stopped = Job.objects.create(
        project=project, kind="import", task="labeling.tasks.imports.import_urls_run", queue="nobody-listens", attempt=1,
        state="cancelled", params={"urls": [], "group": ""},
    )  # fmt: skip
    export = Job.objects.create(
        project=project, kind="export", task="no.task", queue="nobody-listens", attempt=1, state="succeeded",
        result={"url": "", "name": "a.csv", "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()},
    )  # fmt: skip
    default_storage.save(export_key(export.result["sha256"]), ContentFile(b"x"))
    manifest = f"snapshots/{hashlib.sha256(b'').hexdigest()}.jsonl"
    default_storage.save(manifest, ContentFile(b""))
    snapshot = Snapshot.objects.create(
        project=project, sha256=hashlib.sha256(b"").hexdigest(), manifest=manifest, count=8,
        splits={"train": {"engaged": 4, "animated": 4}, "test": {"engaged": 1}}, images={"train": 8, "test": 1},
    )  # fmt: skip
    run = TrainingRun.objects.create(job=job, project=project, model="majority", snapshot=snapshot)
    shown = default_storage.save(f"runs/{job.pk}/pictures/1-1.png", ContentFile(png(disc(size=(8, 8)))))
    Metric.objects.create(run=run, epoch=1, values={}, pictures={"1": shown})
    production, candidate = versions
    Promotion.objects.create(model_version=production, previous=candidate, gate={})
    default_storage.save(preview_key(job.pk, 0), ContentFile(jpeg(3)))
    made = furnish_synthesis(project)
    member = Membership.objects.get(project=project, role=Role.LABELER)
    token = Token.objects.create(user=labeler, name="x", digest=str(uuid4()), expires="2100-01-01T00:00Z")
    return Furnished(
        project,
        {
            "projects/pk": project.pk, "members/member": member.pk, "images/pk": fresh.pk, "annotations/uuid": annotation.pk,
            "PUT annotations/uuid": uuid4(), "assignments/pk": lease.pk, "skipped": skip.pk, "jobs/pk": job.pk,
            "training-runs/pk": job.pk, "models/pk": candidate.pk, "tokens/pk": token.pk, "users/pk": labeler.pk,
            "snapshots/pk": snapshot.pk, "comments/uuid": comment.pk, "preview/n": 0, "exports/pk": export.pk,
            "stopped": stopped.pk, "mattes/sha256": matte.sha256, "pictures/epoch": 1, "pictures/image": 1, **made,
        },
    )  # fmt: skip


def furnish_synthesis(project: Project) -> dict[str, Any]:
    from inference.models import ModelVersion
    from synthesis.models import SceneModel, SyntheticBatch, SyntheticImage
    from synthesis.services.pictures import picture_store

    job = Job.objects.create(
        project=project, kind="render", task="no.task", queue="nobody-listens", attempt=1, state="succeeded"
    )
    batch = SyntheticBatch.objects.create(job=job, project=project, generator="blender", count=1, seed=1)
    picture = SyntheticImage.objects.create(
        batch=batch, number=0, seed=1, **picture_store(png(disc(size=(8, 8))))
    )
    model = SceneModel.objects.create(
        project=project, name="crate", sha256="0" * 64, suffix=".obj", bytes=1, height=0.1
    )
    makers = [
        ModelVersion.objects.create(
            project=project, model=name, number=1, weights="none", weights_sha256="0" * 64
        )
        for name in ("stylegan2", "cyclegan")
    ]
    return {
        "batches/pk": batch.pk, "pictures/pk": picture.pk, "scene-models/pk": model.pk, "maker": makers[0].pk, "translator": makers[1].pk,
    }  # fmt: skip


def written() -> int:
    """Rows of ours that this transaction has inserted, changed or deleted by now, what was rolled back included.

    When a token was last used is no change: that is written on reading, too.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT sum(n_tup_ins + n_tup_del + CASE WHEN relname = 'labeling_token' THEN 0 ELSE n_tup_upd END)
               FROM pg_stat_xact_user_tables WHERE relname ~ '^(labeling|inference|training|synthesis)_'"""
        )
        return int(cursor.fetchone()[0])

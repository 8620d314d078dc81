"""Mattes into the storage, and who may name them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework.exceptions import NotFound, ValidationError

from labeling.access import projects_of
from labeling.errors import NO_ROOM, StorageFull
from labeling.imagefiles import RejectedImage
from labeling.mattefiles import MatteFile, matte_file
from labeling.models import Job, Matte, User
from labeling.models.matte import matte_key
from labeling.storage import content_lock

KEPT_DAYS = 7  # of an uploaded matte that no label names
SWEPT_AT_ONCE, SWEEPING_SECONDS = 1000, 600


def matte_upload(*, user: User, data: bytes) -> Matte:
    """A person's matte, which a label or a solve may come to name. Raises ValidationError for what is none, StorageFull."""
    try:
        file = matte_file(data)
    except RejectedImage as error:
        raise ValidationError({"file": [str(error)]}) from error
    return _keep(file, author_id=user.pk)


def matte_store(*, project_id: int, data: bytes) -> Matte:
    """A matte that a worker has made for a project, or an import brings. Raises RejectedImage, StorageFull."""
    return _keep(matte_file(data), project_id=project_id)


def _keep(file: MatteFile, **of: int) -> Matte:
    """Idempotent: the file first, so that a row never names one that is not there."""
    with transaction.atomic():
        content_lock(file.sha256)  # the sweep does not take it away in between
        if not Matte.objects.filter(sha256=file.sha256).exists():
            try:
                default_storage.save(matte_key(file.sha256), ContentFile(file.data))
            except OSError as error:
                if error.errno in NO_ROOM:
                    raise StorageFull from error
                raise
        facts = {"width": file.width, "height": file.height, "bytes": len(file.data), "preview": file.preview}
        matte, created = Matte.objects.get_or_create(sha256=file.sha256, **of, defaults=facts)
        if not created and matte.author_id:  # its days begin anew
            Matte.objects.filter(pk=matte.pk).update(created=timezone.now())
    return matte


def mattes_claim(*, user: User, project_id: int, named: Iterable[str], width: int, height: int) -> None:
    """Let a project have the mattes that a person's label names. Raises ValidationError for one that neither the person
    has uploaded nor the project has, or that is of another size than the image."""
    for sha256 in dict.fromkeys(named):
        known = Matte.objects.filter(sha256=sha256).filter(Q(project=project_id) | Q(author=user))
        matte = known.order_by("project_id").first()  # the project's own before NULL
        if matte is None:
            raise ValidationError({"result": [f"There is no matte {sha256}: upload it first."]})
        if (matte.width, matte.height) != (width, height):
            raise ValidationError(
                {"result": [f"The matte is {matte.width} × {matte.height} pixels, and the image {width} × {height}."]}
            )  # fmt: skip
        if matte.project_id is None:
            _give(matte, project_id)


def _give(matte: Matte, project_id: int) -> None:
    with transaction.atomic():
        content_lock(matte.sha256)
        if not Matte.objects.filter(sha256=matte.sha256).exists():  # swept since it was looked up
            raise ValidationError(
                {"result": [f"There is no matte {matte.sha256} any more: upload it again."]}
            )
        Matte.objects.get_or_create(
            sha256=matte.sha256, project_id=project_id,
            defaults={"width": matte.width, "height": matte.height, "bytes": matte.bytes, "preview": matte.preview},
        )  # fmt: skip


def matte_visible(*, user: User, sha256: str) -> Matte:
    """A matte by its name, for who has uploaded it and the members of a project that has it. Raises NotFound."""
    rows = Matte.objects.filter(Q(author=user) | Q(project__in=projects_of(user)), sha256=sha256)
    matte = rows.first()
    if matte is None:
        raise NotFound
    return matte


def mattes_forget() -> int:
    """Take away old uploads, and jobs of a day ago that made some; how many uploads there were. Labels have theirs by their
    project. What is left after a while is taken the next time."""
    Job.objects.filter(kind=Job.Kind.SOLVE, finished__lt=timezone.now() - timedelta(days=1)).delete()
    old = Matte.objects.filter(project=None, created__lt=timezone.now() - timedelta(days=KEPT_DAYS))
    gone, end = 0, time.monotonic() + SWEEPING_SECONDS
    while (some := list(old.values_list("pk", "sha256")[:SWEPT_AT_ONCE])) and time.monotonic() < end:
        for pk, sha256 in some:
            with transaction.atomic():
                content_lock(sha256)
                gone += old.filter(pk=pk).delete()[0]
                if not Matte.objects.filter(sha256=sha256).exists():
                    default_storage.delete(matte_key(sha256))
    return gone

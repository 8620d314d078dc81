"""Jobs: their state, polled with an ETag, and their end."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import HttpResponseNotModified
from django.utils.http import parse_etags
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_and_project, object_for, project_for, require_rank
from labeling.api.pages import CursorPage, paged
from labeling.api.request import Request
from labeling.models import Job, Project, Role, User
from labeling.services import jobs as services
from labeling.services.resuming import import_resume, is_resumable


class JobError(serializers.Serializer[dict[str, str]]):
    item = serializers.CharField()
    reason = serializers.CharField()


class JobRow(serializers.ModelSerializer[Job]):
    errors = JobError(many=True)  # type: ignore[assignment]
    created_by = serializers.CharField(source="created_by.username", default=None, allow_null=True)
    result = serializers.DictField(allow_null=True)
    params = serializers.DictField()
    resumable = serializers.SerializerMethodField(help_text="Whether `…/resume/` goes on with it.")

    class Meta:
        model = Job
        fields = [
            "id", "project", "kind", "state", "done", "total", "errors", "log", "result", "params", "attempt",
            "cancel_requested", "resumable", "created_by", "created", "started", "finished",
        ]  # fmt: skip
        read_only_fields = fields

    def get_resumable(self, job: Job) -> bool:
        return is_resumable(job)


def job_row(job: Job, project: Project, user: User) -> dict[str, Any]:
    """A labeler sees that a job runs and how far it is. What it found may be other people's labels of an image that
    is still open, or what a gold image shows; but a matte that they had solved is theirs."""
    row = dict(JobRow(job).data)
    own = job.kind == Job.Kind.SOLVE and job.created_by_id == user.pk
    if project.role == Role.LABELER and not own:  # type: ignore[attr-defined]
        row |= {"result": None, "params": {}, "errors": [], "log": ""}
    return row


class Jobs(APIView):
    @extend_schema(
        responses=paged(JobRow),
        parameters=[
            OpenApiParameter("kind", enum=list(Job.Kind)),
            OpenApiParameter("state", enum=list(Job.State)),
        ],
    )
    def get(self, request: Request, pk: int) -> Response:
        project = project_for(request.user, pk)
        jobs = Job.objects.filter(project=project).select_related("created_by")
        for name, choices in (("kind", Job.Kind.values), ("state", Job.State.values)):
            if value := request.query_params.get(name):
                if value not in choices:
                    raise exceptions.ValidationError({name: [f"One of {', '.join(choices)}."]})
                jobs = jobs.filter(**{name: value})
        if request.query_params.get("kind") != Job.Kind.SOLVE:  # many, and of the moment
            jobs = jobs.exclude(kind=Job.Kind.SOLVE)
        pages = CursorPage()
        return pages.get_paginated_response(
            [job_row(job, project, request.user) for job in pages.paginate_queryset(jobs, request, self)]
        )


class JobDetail(APIView):
    @extend_schema(responses=JobRow)
    def get(self, request: Request, pk: int) -> Response:
        """Send the ETag back in If-None-Match: 304 while nothing has changed."""
        job, project = object_and_project(request.user, Job.objects.select_related("created_by"), pk)
        return unchanged_or(request, job_row(job, project, request.user))


class JobCancel(APIView):
    @extend_schema(request=None, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Ask for the end. Whoever started the job may, and managers."""
        job, project = object_and_project(request.user, Job.objects.all(), pk)
        if job.created_by_id != request.user.pk:
            require_rank(project.role, Role.MANAGER)  # type: ignore[attr-defined]
        services.job_cancel(job=job)
        return Response(job_row(job, project, request.user), status=status.HTTP_202_ACCEPTED)


class JobResume(APIView):
    @extend_schema(request=None, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Go on with an import that was cancelled or failed, where it ended. Managers may.

        The same job runs again as another attempt; what it brought is not brought twice. One that waits, runs or has
        succeeded is answered as it is. 409 when there is nothing to go on with, or its file is kept no longer.
        """
        job = object_for(request.user, Job.objects.select_related("created_by"), pk, Role.MANAGER)
        import_resume(job=job)
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)


def knows(request: Request, etag: str) -> bool:
    """Whether the caller has what `etag` stands for. A proxy that compresses makes it a weak one."""
    said = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
    return etag in said or f"W/{etag}" in said


def unchanged_or(request: Request, data: object) -> Response:
    """`data` with its ETag, or 304 for a caller who has it."""
    etag = f'"{hashlib.sha256(json.dumps(data, default=str).encode()).hexdigest()[:32]}"'
    if knows(request, etag):
        return HttpResponseNotModified(headers={"ETag": etag})  # type: ignore[return-value]
    return Response(data, headers={"ETag": etag, "Cache-Control": "private, no-cache"})

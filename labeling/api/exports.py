"""Exports: a project's images and labels as a file, made by a job and kept for a week. For managers: such a file says
who labeled what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote

from django.core.files.storage import default_storage
from django.http import HttpResponse, HttpResponseNotModified, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_for, project_for
from labeling.api.fields import OneOrMore
from labeling.api.jobs import JobRow, knows
from labeling.api.request import Request
from labeling.formats import EXPORTS, ONE_LABELING, refusal
from labeling.models import Image, Job, QueueItem, Role
from labeling.services import exports as services

CHUNK = 256 * 1024
CONTENT_TYPES = {
    "zip": "application/zip", "csv": "text/csv; charset=utf-8", "json": "application/json", "jsonl": "application/x-ndjson",
}  # fmt: skip
FORMATS_HELP = "; ".join(f"{kind}: one of {', '.join(formats)}" for kind, formats in EXPORTS.items())
SHA256 = r"\A[0-9a-f]{64}\Z"
SPLITS = [*filter(None, Image.Split.values), "none"]


@extend_schema_field(
    {"oneOf": [{"enum": SPLITS}, {"type": "array", "items": {"type": "string", "enum": SPLITS}}]}
)
class SplitsField(OneOrMore):
    child = serializers.ChoiceField(choices=SPLITS)


@extend_schema_field(
    {
        "oneOf": [
            {"enum": QueueItem.Status.values},
            {"type": "array", "items": {"type": "string", "enum": QueueItem.Status.values}},
        ]
    }
)
class StatusesField(OneOrMore):
    child = serializers.ChoiceField(choices=QueueItem.Status.choices)


class ExportInput(serializers.Serializer[Any]):
    format = serializers.CharField(max_length=20, help_text=FORMATS_HELP)
    images = serializers.BooleanField(
        default=False, help_text="With the pictures, in a ZIP. Class folders always have them."
    )
    split = SplitsField(default=list)
    status = StatusesField(default=list)
    annotations = serializers.ChoiceField(choices=["newest", "all"], default="newest")
    snapshot = serializers.RegexField(
        SHA256, required=False, default="",
        help_text="The sha256 of a dataset version: then its images with the labels and splits that were frozen, all of them.",
    )  # fmt: skip

    def validate_format(self, name: str) -> str:
        if name not in EXPORTS[self.context["kind"]]:
            raise serializers.ValidationError(refusal(self.context["kind"], name))
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["format"] in ONE_LABELING and attrs["annotations"] == "all":
            reason = (
                f"In {attrs['format']} a picture lies once: take the newest label, or a table for every one."
            )
            raise serializers.ValidationError({"annotations": [reason]})
        if attrs["snapshot"] and (attrs["split"] or attrs["status"] or attrs["annotations"] == "all"):
            reason = "A dataset version is exported whole, as it was frozen: leave out split, status and annotations."
            raise serializers.ValidationError({"snapshot": [reason]})
        return attrs


class Exports(APIView):
    @extend_schema(request=ExportInput, responses={202: JobRow})
    def post(self, request: Request, pk: int) -> Response:
        """Write the project's images and labels in a format, as a job: those of today, or a dataset version's. Its
        `result` is `{url, bytes, sha256, notes}`; the list of a project's jobs (`?kind=export`) has the ones before."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = ExportInput(data=request.data, context={"kind": project.kind})
        row.is_valid(raise_exception=True)
        fields = row.validated_data
        fields["images"] = fields["images"] or fields["format"] == "folders"
        address = request.build_absolute_uri("/api/images/") + "{id}/file/"
        try:
            job = services.export_create(project=project, by=request.user, address=address, **fields)
        except ValueError as error:
            raise exceptions.ValidationError(str(error)) from error
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)


class ExportFile(APIView):
    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        """The file of an export, or the part of it that a Range asks for."""
        job = object_for(request.user, Job.objects.filter(kind=Job.Kind.EXPORT), pk, Role.MANAGER)
        made = job.result or {}
        if job.state != Job.State.SUCCEEDED or made.get("forgotten"):
            raise exceptions.NotFound(
                "This export has no file: it did not end well, or was kept long enough."
            )
        try:
            file = default_storage.open(services.export_key(made["sha256"]))
        except FileNotFoundError as error:
            raise exceptions.NotFound("The file is missing from the storage: export again.") from error
        return send_file(request, file, made)


def send_file(request: Request, file: Any, made: dict[str, Any]) -> HttpResponseBase:
    """A stored file as a download. One range is understood; of several, as of none that can be read, all is sent."""
    size, etag = made["bytes"], f'"{made["sha256"]}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made['name'])}",
    }
    if knows(request, etag):
        file.close()
        return HttpResponseNotModified(headers=headers)
    start, end, code = 0, size, 200
    asked = request.headers.get("Range", "") if request.headers.get("If-Range", etag) == etag else ""
    if part := re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.strip()):
        found = _range(part[1], part[2], size)
        if found is None:
            file.close()
            return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
        (start, end), code = found, 206
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    kind = CONTENT_TYPES.get(made["name"].rpartition(".")[2], "application/octet-stream")
    headers["Content-Length"] = str(end - start)
    return StreamingHttpResponse(_read(file, start, end), status=code, content_type=kind, headers=headers)


def _range(first: str, last: str, size: int) -> tuple[int, int] | None:
    """From and to (without it), of `5-9`, `5-` and `-5`. None where no byte of the file is meant."""
    if not first:
        start, end = max(0, size - int(last or 0)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    return (start, end) if start < end else None


def _read(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while start < end and (data := file.read(min(CHUNK, end - start))):
            start += len(data)
            yield data

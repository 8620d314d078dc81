"""Imports: what a project can be filled from, each as a job."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.response import Response

from labeling.access import project_for
from labeling.api.jobs import JobRow
from labeling.api.parsing import StrictJSONParser
from labeling.api.receiving import ReceivingView, UploadParser
from labeling.api.request import Request
from labeling.formats import IMPORTS, refusal
from labeling.models import ImportFile, Job, Project, Role
from labeling.services import archives, importfiles, video
from labeling.services import imports as services
from labeling.services.fetch import Refused

FORMATS_HELP = "; ".join(f"{kind}: one of {', '.join(formats)}" for kind, formats in IMPORTS.items()) + "."


class GroupInput(serializers.Serializer[Any]):
    group = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class FromWebInput(GroupInput):
    min_width = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    min_height = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    skip_near_duplicates = serializers.BooleanField(required=False, default=False)


class UrlsInput(FromWebInput):
    urls = serializers.ListField(
        child=serializers.CharField(max_length=2000), min_length=1, max_length=10_000
    )


class PageInput(FromWebInput):
    page_url = serializers.CharField(max_length=2000)


@extend_schema_field({"oneOf": [{"type": "string", "format": "binary"}, {"type": "integer"}]})
class UploadField(serializers.Field[Any, Any, Any, Any]):
    """A file, or the id of one that was uploaded before. `Imports` looks at it itself."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class ArchiveInput(GroupInput):
    archive = UploadField()
    format = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=20,
        help_text=f"Found out by content where it is not given. {FORMATS_HELP}",
    )  # fmt: skip
    create_categories = serializers.BooleanField(
        default=False, help_text="Make the categories that the project does not have."
    )
    replace = serializers.BooleanField(
        default=False, help_text="Put imported labels in the place of those that images have."
    )
    control = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=100,
        help_text="Of Label Studio's tasks: which of the config's Choices is the category, or which RectangleLabels or "
        "BrushLabels give the boxes or the matte, where it has several.",
    )  # fmt: skip

    def validate_format(self, name: str) -> str:
        if name and name not in IMPORTS[self.context["kind"]]:
            raise serializers.ValidationError(refusal(self.context["kind"], name))
        return name

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        del attrs["archive"]
        return attrs


class VideoInput(GroupInput):
    video = UploadField()
    fps = serializers.FloatField(min_value=0.01, max_value=30, default=1)
    split_gallery = serializers.BooleanField(default=False)
    near_duplicates = serializers.IntegerField(
        min_value=0, max_value=32, default=4,
        help_text="How many of the 64 bits of its perceptual hash may differ from the image kept before; 0 keeps all.",
    )  # fmt: skip
    start = serializers.FloatField(min_value=0, default=0, help_text="Seconds.")
    end = serializers.FloatField(min_value=0, allow_null=True, default=None)
    preview = serializers.BooleanField(default=False, help_text="Only look at what would be taken.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        del attrs["video"]
        for name in ("fps", "start", "end"):
            if attrs[name] is not None and not math.isfinite(attrs[name]):
                raise serializers.ValidationError({name: ["A valid number is required."]})
        if attrs["end"] is not None and attrs["end"] <= attrs["start"]:
            raise serializers.ValidationError({"end": ["The end has to come after the start."]})
        return attrs


@dataclass(frozen=True)
class Way:
    """A way in: the fields that come with it, and the service that makes its job, by the fields' names.

    With `upload`, the field of the way's name is a file, and the service gets it as `file`; naming the id of one that
    was uploaded before spares sending it again.
    """

    fields: type[GroupInput]
    start: Callable[..., Job]
    upload: bool = False


WAYS: Mapping[str, Way] = {
    "urls": Way(UrlsInput, services.import_urls),
    "page_url": Way(PageInput, services.import_page),
    "video": Way(VideoInput, video.import_video, upload=True),
    "archive": Way(ArchiveInput, archives.import_archive, upload=True),
}


class Imports(ReceivingView):
    parser_classes = [StrictJSONParser, UploadParser]

    @property
    def largest(self) -> int:
        return int(settings.MAX_IMPORT_BYTES)

    @extend_schema(
        request=PolymorphicProxySerializer(
            "ImportInput", {name: way.fields for name, way in WAYS.items()}, resource_type_field_name=None
        ),
        responses={202: JobRow},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Bring images in, as a job: from a list of `urls`, from the page at `page_url` as its robots.txt allows, from a
        `video`, where `preview` only looks, or from an `archive`: a ZIP with class folders, a table, Label Studio's
        tasks, or for boxes COCO, YOLO or Pascal VOC, or a table, tasks or COCO's JSON alone, about images that are there or have an address. For
        mattes: `alphas/x.png` (and `trimaps/x.png`) for `images/x.jpg` or for an image of that name, `cutouts/` of RGBA,
        COCO's masks, or strokes in Label Studio's tasks. A video or archive comes as
        multipart, or as JSON with the id of one that is there.

        Private networks are not fetched from. Images below `min_width` × `min_height` are rejected (200 × 200 unless
        said otherwise where a page is read); `skip_near_duplicates` keeps out what looks nearly like an image that the
        project holds. The job's `result` lists `created`, `duplicates`, `near_duplicates` and `rejected`; an archive's
        `conflicts`, `categories` and `counts`, too.
        """
        project = project_for(request.user, pk, Role.MANAGER)
        name, way = self._way(request)
        row = way.fields(data=request.data, context={"kind": project.kind})
        row.is_valid(raise_exception=True)
        fields = row.validated_data
        if way.upload:
            fields["file"] = self._file(request, project, name)
        try:
            job = way.start(project=project, by=request.user, **fields)
        except Refused as error:
            raise serializers.ValidationError({name: [str(error)]}) from error
        return Response(JobRow(job).data, status=status.HTTP_202_ACCEPTED)

    def _way(self, request: Request) -> tuple[str, Way]:
        sent = request.data if isinstance(request.data, Mapping) else {}
        given = [name for name in WAYS if name in sent]
        if len(given) != 1:
            raise serializers.ValidationError([f"Send exactly one of {', '.join(WAYS)}."])
        return given[0], WAYS[given[0]]

    def _file(self, request: Request, project: Project, name: str) -> ImportFile:
        if not (files := self.received(request, name)):
            try:
                return ImportFile.objects.get(project=project, pk=int(request.data[name]))
            except (ValueError, TypeError, ImportFile.DoesNotExist) as error:
                reason = "Send a file, or the id of one that was uploaded to this project."
                raise serializers.ValidationError({name: [reason]}) from error
        if files[0].too_large:
            raise serializers.ValidationError(
                {name: [f"The file is larger than {self.largest / 1024**3:.1f} GB."]}
            )
        return importfiles.importfile_create(project=project, by=request.user, incoming=files[0])

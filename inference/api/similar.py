from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from inference.services.similar import images_similar
from inference.services.versions import production_version
from labeling.access import object_and_project
from labeling.api.imagelist import FILTER_PARAMETERS, filtered
from labeling.api.images import ListedRow, own_labels
from labeling.api.request import Request
from labeling.models import Image, Role
from labeling.services.nearduplicates import with_near_duplicates

PAGE, MOST = 60, 1000


class SimilarRow(ListedRow):
    similarity = serializers.FloatField(
        help_text="The cosine between what the model saw in the two: 1 is the same."
    )

    class Meta(ListedRow.Meta):
        fields = [*ListedRow.Meta.fields, "similarity"]
        read_only_fields = fields


class SimilarAnswer(serializers.Serializer[Any]):
    results = SimilarRow(many=True)
    next = serializers.IntegerField(allow_null=True, help_text="Where the next page starts.")
    seen = serializers.IntegerField(help_text="Images that could be compared.")
    reason = serializers.CharField(allow_blank=True, help_text="Why there are none.")
    unseen = serializers.BooleanField(
        help_text="There are none because the version has not seen this image: pre-label all images."
    )


class Similar(APIView):
    @extend_schema(
        responses=SimilarAnswer,
        parameters=[*FILTER_PARAMETERS, OpenApiParameter("start", int)],
    )
    def get(self, request: Request, pk: int) -> Response:
        """The images that the version in production finds most like this one, by the same filters as the list's."""
        image, project = object_and_project(request.user, Image.objects.alive(), pk)
        labeler = project.role == Role.LABELER  # type: ignore[attr-defined]
        params = request.query_params.copy()
        start = self._start(params.pop("start", ["0"])[-1])
        images = filtered(Image.objects.filter(project=project), params, kind=project.kind, labeler=labeler)
        alike = images_similar(image=image, version=production_version(project.pk), among=images, most=MOST)
        page = dict(alike.found[start : start + PAGE])
        shown = images.prefetch_related(own_labels(request.user)) if labeler else images
        rows = {row.pk: row for row in shown.select_related("queue").filter(pk__in=page)}
        for pk_found, row in rows.items():
            row.similarity = page[pk_found]  # type: ignore[attr-defined]
        answer = {
            "results": [rows[found] for found in page if found in rows],
            "next": start + PAGE if start + PAGE < len(alike.found) else None,
            "seen": alike.seen, "reason": alike.reason, "unseen": alike.unseen,
        }  # fmt: skip
        return Response(SimilarAnswer(answer, context={"near": with_near_duplicates(list(page))}).data)

    def _start(self, value: str) -> int:
        if not value.isdecimal() or int(value) >= MOST:
            raise exceptions.ValidationError({"start": [f"A number from 0 to {MOST - 1}."]})
        return int(value)

"""Comments on images."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_for, project_for
from labeling.api.annotations import AuthorRow
from labeling.api.pages import CursorPage, paged
from labeling.api.request import Request
from labeling.models import Comment, Image
from labeling.services import comments as services


class CommentRow(serializers.ModelSerializer[Comment]):
    uuid = serializers.UUIDField(
        required=False, help_text="Of the client's making, so that a repeat is the same comment."
    )
    author = AuthorRow(read_only=True, allow_null=True)

    class Meta:
        model = Comment
        fields = ["uuid", "image", "author", "text", "created"]
        read_only_fields = ["image", "author", "created"]


class OldestFirst(CursorPage):
    ordering = "created"


class Comments(APIView):
    @extend_schema(responses=paged(CommentRow))
    def get(self, request: Request, pk: int) -> Response:
        """The comments on an image that I may read, the oldest first.

        Reviewers and managers read all. Labelers read their own, and those on images that they hold or have labeled as
        far as these cannot give another labeler's answer away.
        """
        image = object_for(request.user, Image.objects.alive(), pk)
        project = project_for(request.user, image.project_id)
        readable = services.comments_for(user=request.user, project=project, image=image)
        pages = OldestFirst()
        page = pages.paginate_queryset(readable, request, self)
        return pages.get_paginated_response(CommentRow(page, many=True).data)

    @extend_schema(request=CommentRow, responses={200: CommentRow, 201: CommentRow})
    def post(self, request: Request, pk: int) -> Response:
        """Say something about an image: 201, and 200 when the same comes again under its uuid."""
        image = object_for(request.user, Image.objects.alive(), pk)
        row = CommentRow(data=request.data)
        row.is_valid(raise_exception=True)
        said: dict[str, Any] = {"uuid": uuid4(), **row.validated_data}
        comment, created = services.comment_create(user=request.user, image=image, **said)
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(CommentRow(comment).data, status=code)


class CommentDetail(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, uuid: UUID) -> Response:
        """Take a comment of mine back."""
        services.comment_delete(user=request.user, uuid=uuid)
        return Response(status=status.HTTP_204_NO_CONTENT)

"""Projects, categories and members."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from markdown_it import MarkdownIt
from rest_framework import exceptions, serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from labeling.access import object_for, project_for, projects_of
from labeling.api.pages import CursorPage, paged
from labeling.api.problems import Conflict
from labeling.api.request import Request
from labeling.models import Category, Membership, Project, Role, User
from labeling.services import projects as services
from labeling.services.categories import CategoryInUse, category_counts
from labeling.services.resets import may_reset

# "js-default" is CommonMark with raw HTML refused and only safe link schemes, images from anywhere become text below.
markdown = MarkdownIt("js-default", {"html": False, "linkify": False}).disable("image")
MOST_BRACKETS = (
    1000  # each one makes the parser look at all that follow: 50,000 of them took it eight seconds
)


@lru_cache(maxsize=256)
def rendered(instructions: str) -> str:
    return str(markdown.render(instructions))


class CategoryRow(serializers.ModelSerializer[Category]):
    id = serializers.IntegerField(required=False)
    color = serializers.RegexField(re.compile(r"^#[0-9a-fA-F]{6}$"), required=False)
    hotkey = serializers.RegexField(re.compile(r"^[0-9a-z]?$"), required=False, allow_blank=True)
    merges = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=1000, required=False, write_only=True,
        help_text="Ids of categories that become this one: their labels say its name from then on.",
    )  # fmt: skip

    class Meta:
        model = Category
        fields = ["id", "name", "color", "hotkey", "position", "merges"]
        read_only_fields = ["position"]
        validators: list[Any] = []


class SettingsRow(serializers.Serializer[dict[str, Any]]):
    entities = serializers.ListField(
        child=serializers.CharField(max_length=50), max_length=80, required=False
    )
    entity_score = serializers.FloatField(min_value=0, max_value=1, required=False)
    non_engaged = serializers.CharField(max_length=100, allow_blank=True, required=False)
    box_score = serializers.FloatField(
        min_value=0.01,
        max_value=1,
        required=False,
        help_text="Predicted boxes below it are not kept; 0.1 by default.",
    )


class CountsRow(serializers.Serializer[dict[str, int]]):
    unlabeled = serializers.IntegerField()
    labeled = serializers.IntegerField()
    in_review = serializers.IntegerField()
    done = serializers.IntegerField()
    skipped = serializers.IntegerField()
    total = serializers.IntegerField()


class ProjectRow(serializers.ModelSerializer[Project]):
    categories = CategoryRow(many=True)
    settings = SettingsRow(required=False)
    overlap = serializers.IntegerField(min_value=1, max_value=20, required=False)
    train_after = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)
    gold_every = serializers.IntegerField(
        min_value=0,
        max_value=1000,
        required=False,
        help_text="About one image in so many is a gold one; 0: none.",
    )
    role = serializers.SerializerMethodField()
    counts = serializers.SerializerMethodField()
    instructions_html = serializers.SerializerMethodField()
    deleted = serializers.DateTimeField(source="deleted_at", read_only=True)
    deleted_by = serializers.CharField(source="deleted_by.username", read_only=True, default=None)

    class Meta:
        model = Project
        fields = [
            "id", "name", "kind", "role", "categories", "instructions", "instructions_html", "overlap", "review",
            "sampling", "settings", "train_after", "gold_every", "counts", "created", "deleted", "deleted_by",
        ]  # fmt: skip
        extra_kwargs = {"kind": {"required": True}}

    @extend_schema_field(serializers.ChoiceField(choices=Role.choices))
    def get_role(self, project: Project) -> str:
        return getattr(project, "role", Role.MANAGER)

    @extend_schema_field(CountsRow)
    def get_counts(self, project: Project) -> dict[str, int]:
        counts = self.context.get("counts") or services.project_counts(projects=[project.pk])
        return counts[project.pk]

    def get_instructions_html(self, project: Project) -> str:
        return rendered(project.instructions)

    def validate_instructions(self, instructions: str) -> str:
        if instructions.count("[") > MOST_BRACKETS:
            raise serializers.ValidationError(f"At most {MOST_BRACKETS:,} opening brackets.")
        return instructions

    def to_internal_value(self, data: Any) -> Any:
        if not self.partial and isinstance(data, Mapping) and data.get("kind") == Project.Kind.MATTING:
            data = {"categories": [], **data}  # a matte is of no category
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        kind = self.instance.kind if self.instance else attrs["kind"]
        if attrs.get("categories") == [] and kind != Project.Kind.MATTING:
            raise serializers.ValidationError({"categories": ["Name at least one category."]})
        return attrs

    def validate_kind(self, kind: str) -> str:
        if self.instance and kind != self.instance.kind:
            raise serializers.ValidationError("The kind of a project cannot change.")
        return kind

    def validate_categories(self, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(items) > 1000:
            raise serializers.ValidationError("At most 1,000 categories.")
        _refuse_repeats([item["name"] for item in items], "name")
        _refuse_repeats([item["hotkey"] for item in items if item.get("hotkey")], "hotkey")
        return items


def _refuse_repeats(values: list[str], what: str) -> None:
    twice = {value for value in values if values.count(value) > 1}
    if twice:
        raise serializers.ValidationError(f"The {what} {sorted(twice)[0]} is given twice.")


def _refusing(change: Any, **arguments: Any) -> Project:
    """Run a service; what it refuses becomes a 400 or 409."""
    try:
        with transaction.atomic():
            return change(**arguments)
    except CategoryInUse as error:
        raise Conflict(str(error)) from error
    except IntegrityError as error:
        raise exceptions.ValidationError(
            {"categories": ["Two categories would have one name. To make them one, merge them."]}
        ) from error
    except ValueError as error:
        raise exceptions.ValidationError({"categories": [str(error)]}) from error


class Projects(APIView):
    @extend_schema(
        operation_id="projects_list",
        responses=paged(ProjectRow),
        parameters=[OpenApiParameter("deleted", bool)],
    )
    def get(self, request: Request) -> Response:
        """The projects that I am a member of, newest first; `?deleted=1`: the deleted ones that I manage."""
        projects = projects_of(request.user)
        if request.query_params.get("deleted") in ("1", "true"):
            projects = Project.objects.filter(deleted_at__isnull=False)
            if not request.user.is_staff:
                projects = projects.filter(members__user=request.user, members__role=Role.MANAGER)
        pages = CursorPage()
        page = (
            pages.paginate_queryset(
                projects.select_related("deleted_by").prefetch_related("categories"), request, self
            )
            or []
        )
        counts = services.project_counts(projects=[project.pk for project in page])
        return pages.get_paginated_response(ProjectRow(page, many=True, context={"counts": counts}).data)

    @extend_schema(request=ProjectRow, responses={201: ProjectRow})
    def post(self, request: Request) -> Response:
        """Make a project. Whoever makes it is its manager."""
        row = ProjectRow(data=request.data)
        row.is_valid(raise_exception=True)
        project = _refusing(services.project_create, by=request.user, **row.validated_data)
        return Response(ProjectRow(project).data, status=status.HTTP_201_CREATED)


class ProjectDetail(APIView):
    @extend_schema(responses=ProjectRow)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ProjectRow(project_for(request.user, pk)).data)

    @extend_schema(request=ProjectRow, responses=ProjectRow)
    def patch(self, request: Request, pk: int) -> Response:
        """Change a project. `categories` lists all of them: those with an `id` are renamed and reordered, those without
        one added; an id in `merges` of another one becomes that one, and what is left out goes if no label says it."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = ProjectRow(project, data=request.data, partial=True)
        row.is_valid(raise_exception=True)
        changed = _refusing(services.project_update, project=project, by=request.user, **row.validated_data)
        return Response(ProjectRow(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        services.project_delete(project=project_for(request.user, pk, Role.MANAGER), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CategoryUse(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    labels = serializers.IntegerField()


class Categories(APIView):
    @extend_schema(responses=CategoryUse(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """How many labels say each category: what a merge would change, and what bars a deletion. For managers."""
        project = project_for(request.user, pk, Role.MANAGER)
        counts = category_counts(project=project)
        rows = [
            {"id": one.pk, "name": one.name, "labels": counts.get(one.name, 0)}
            for one in project.categories.all()
        ]
        return Response(rows)


class ProjectRestore(APIView):
    @extend_schema(request=None, responses=ProjectRow)
    def post(self, request: Request, pk: int) -> Response:
        project = project_for(request.user, pk, Role.MANAGER, deleted=True)
        services.project_restore(project=project)
        return Response(ProjectRow(project_for(request.user, pk)).data)


class UserRow(serializers.ModelSerializer[User]):
    class Meta:
        model = User
        fields = ["id", "username"]


class MemberRow(serializers.ModelSerializer[Membership]):
    user = UserRow()
    resettable = serializers.SerializerMethodField(
        help_text="Whether I may make a link by which this person chooses a new password."
    )

    class Meta:
        model = Membership
        fields = ["id", "user", "role", "resettable"]
        read_only_fields = fields

    def get_resettable(self, member: Membership) -> bool:
        by = self.context.get("by")
        return by is not None and by.pk != member.user_id and may_reset(user=member.user, by=by)


class MemberInput(serializers.Serializer[Any]):
    user = serializers.CharField(max_length=150, help_text="An id or a username.")
    role = serializers.ChoiceField(choices=Role.choices)


class RoleInput(serializers.Serializer[Any]):
    role = serializers.ChoiceField(choices=Role.choices)


class Members(APIView):
    @extend_schema(responses=paged(MemberRow))
    def get(self, request: Request, pk: int) -> Response:
        project = project_for(request.user, pk)
        pages = CursorPage()
        page = pages.paginate_queryset(
            Membership.objects.filter(project=project).select_related("user"), request, self
        )
        context = {"by": request.user if project.role == Role.MANAGER else None}  # type: ignore[attr-defined]
        return pages.get_paginated_response(MemberRow(page, many=True, context=context).data)

    @extend_schema(request=MemberInput, responses={201: MemberRow})
    def post(self, request: Request, pk: int) -> Response:
        """Add a member, or change the role of one."""
        project = project_for(request.user, pk, Role.MANAGER)
        row = MemberInput(data=request.data)
        row.is_valid(raise_exception=True)
        who = row.validated_data["user"]
        user = User.objects.filter(username=who, is_active=True).first()
        if user is None and who.isascii() and who.isdigit() and len(who) < 18:
            user = User.objects.filter(pk=int(who), is_active=True).first()
        if user is None:
            raise exceptions.ValidationError(
                {"user": [f"There is no user {who}. A site admin can make one."]}
            )
        _keep_a_manager(project, user.pk, row.validated_data["role"])
        member = services.member_set(project=project, user=user, role=row.validated_data["role"])
        return Response(MemberRow(member, context={"by": request.user}).data, status=status.HTTP_201_CREATED)


class MemberDetail(APIView):
    @extend_schema(request=RoleInput, responses=MemberRow)
    def patch(self, request: Request, pk: int, member: int) -> Response:
        project = project_for(request.user, pk, Role.MANAGER)
        row = RoleInput(data=request.data)
        row.is_valid(raise_exception=True)
        found = object_for(
            request.user,
            Membership.objects.filter(project=project).select_related("user"),
            member,
            Role.MANAGER,
        )
        _keep_a_manager(project, found.user_id, row.validated_data["role"])
        return Response(
            MemberRow(
                services.member_set(project=project, user=found.user, role=row.validated_data["role"]),
                context={"by": request.user},
            ).data
        )

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int, member: int) -> Response:
        project = project_for(request.user, pk, Role.MANAGER)
        found = object_for(request.user, Membership.objects.filter(project=project), member, Role.MANAGER)
        _keep_a_manager(project, found.user_id, None)
        services.member_remove(member=found)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _keep_a_manager(project: Project, user_id: int, role: str | None) -> None:
    """A project without a manager could be mended by site admins only."""
    others = Membership.objects.filter(project=project, role=Role.MANAGER).exclude(user_id=user_id)
    if role != Role.MANAGER and not others.exists():
        raise Conflict("A project needs a manager: make somebody else one first.")

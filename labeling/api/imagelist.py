"""Which images a list shows, in which order, a page at a time. Filters and orderings are allow-lists."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.datastructures import MultiValueDict
from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.utils.urls import replace_query_param

from labeling.api.pages import CursorPage
from labeling.api.request import Request
from labeling.models import Annotation, Comment, Image, Project, QueueItem
from labeling.services.attributes import attribute_is
from labeling.services.nearduplicates import has_near_duplicates

FILTERS = {
    "status": "queue__status",
    "split": "split",
    "category": "",  # the image's, or of one of its boxes
    "source": "source",
    "group": "group",
    "score_min": "queue__score__gte",
    "score_max": "queue__score__lte",
    "author": "",  # of a current annotation
    "attr": "",  # name:value or name:min..max, any number of times
    "agrees": "queue__agrees",  # what people said with what the model in production says
    "gold": "queue__gold",
    "error": "",
    "near_duplicates": "",
    "commented": "",
    "deleted": "",
}
FLAG_FILTERS = ("agrees", "gold", "error", "near_duplicates", "commented", "deleted")
FILTER_PARAMETERS = [
    OpenApiParameter(name, bool if name in FLAG_FILTERS else str, many=name == "attr") for name in FILTERS
]
CHOICES = {"status": QueueItem.Status.values, "split": Image.Split.values, "source": Image.Source.values}
FLAGS = {"1": True, "true": True, "0": False, "false": False, "": False}


@dataclass(frozen=True)
class Ordering:
    """`optional`: images may have no value, and stand behind all that have one, whichever way the order goes."""

    column: str
    read: Callable[[str], Any]
    optional: bool = False


ORDERINGS = {
    "id": Ordering("id", int),
    "name": Ordering("name", str),
    "uncertainty": Ordering("queue__uncertainty", float, optional=True),
    "labeled": Ordering("queue__labeled_at", datetime.fromisoformat, optional=True),
}
ORDERING_NAMES = [f"{sign}{name}" for name in ORDERINGS for sign in ("", "-")]


def filtered(
    images: QuerySet[Image], params: MultiValueDict[str, str], *, kind: str, labeler: bool = False
) -> QuerySet[Image]:
    """By FILTERS and nothing else; deleted images only where asked for. A labeler finds no open image by what another
    person said of it."""
    if unknown := sorted(set(params) - FILTERS.keys() - {"cursor", "page_size", "ordering"}):
        raise exceptions.ValidationError({unknown[0]: [f"No such filter. There are {', '.join(FILTERS)}."]})
    similar = has_near_duplicates(images)
    for name, lookup in FILTERS.items():
        if name in params and lookup:
            said = _flag(name, params) if name in FLAG_FILTERS else _value(name, params.getlist(name)[-1])
            images = images.filter(**{lookup: said})
    if "category" in params:
        images = _of_category(images, params.getlist("category")[-1], kind)
    if labeler:
        images = _for_labelers(images, params)
    if author := params.get("author"):
        theirs = Annotation.objects.filter(image=OuterRef("pk"), current=True, author__username=author)
        images = images.filter(Exists(theirs))
    for said in params.getlist("attr"):
        try:
            images = images.filter(attribute_is(said))
        except ValueError as error:
            raise exceptions.ValidationError({"attr": [str(error)]}) from error
    if "error" in params:
        images = images.exclude(error="") if _flag("error", params) else images.filter(error="")
    if "near_duplicates" in params:
        images = images.filter(similar if _flag("near_duplicates", params) else ~similar)
    if "commented" in params:
        commented = Exists(Comment.objects.filter(project=OuterRef("project"), image=OuterRef("pk")))
        images = images.filter(commented if _flag("commented", params) else ~commented)
    return images.filter(deleted_at__isnull=not _flag("deleted", params))


def _of_category(images: QuerySet[Image], name: str, kind: str) -> QuerySet[Image]:
    if kind == Project.Kind.CLASSIFICATION:
        return images.filter(queue__category=name)
    if not name:
        return images.filter(queue__categories=[])
    return images.filter(~Q(queue__categories=[]), queue__categories__contains=[name])  # as the index has it


def _for_labelers(images: QuerySet[Image], params: MultiValueDict[str, str]) -> QuerySet[Image]:
    for name, what in (("deleted", "What was deleted"), ("gold", "Which images are gold")):
        if _flag(name, params):
            raise exceptions.PermissionDenied(f"{what} is shown to reviewers and managers alone.")
    if "commented" in params:  # either answer could tell that somebody was there before
        raise exceptions.PermissionDenied(
            "Which images have comments is shown to reviewers and managers alone."
        )
    if "category" in params or "agrees" in params:
        images = images.filter(queue__status__in=QueueItem.SETTLED)
    return images.filter(queue__gold=False)


def _value(name: str, value: str) -> str | float:
    if name in CHOICES and value not in CHOICES[name]:
        raise exceptions.ValidationError({name: [f"One of {', '.join(filter(None, CHOICES[name]))}."]})
    if not name.startswith("score"):
        return value
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise exceptions.ValidationError({name: ["A number."]})
    return number


def _flag(name: str, params: MultiValueDict[str, str]) -> bool:
    value = params.get(name, "0").lower()
    if value not in FLAGS:
        raise exceptions.ValidationError({name: ["1 or 0."]})
    return FLAGS[value]


class ImagePage:
    """A page begins behind a value and an id, however many images share the value or have none.

    (DRF's own pages count their way through equal values, and give up at a thousand.)
    """

    def __init__(self, images: QuerySet[Image], request: Request) -> None:
        self.url = request.build_absolute_uri()
        wanted = request.query_params.get("ordering", "id")
        if wanted not in ORDERING_NAMES:
            raise exceptions.ValidationError({"ordering": [f"One of {', '.join(ORDERING_NAMES)}."]})
        self.descending, self.by = wanted.startswith("-"), ORDERINGS[wanted.removeprefix("-")]
        begin = self._begin(request.query_params.get("cursor"))
        back = bool(begin and begin[0])
        size = CursorPage().get_page_size(request) or CursorPage.page_size
        found = self._read(images, self._places(images, begin, size + 1))
        more, self.images = len(found) > size, found[:size]
        if back:
            self.images.reverse()
        self.more_before, self.more_behind = (more, True) if back else (begin is not None, more)

    def _read(self, images: QuerySet[Image], places: list[tuple[int, Any]]) -> list[Any]:
        # Sorted without what is shown of them: a hundred thousand whole rows take a fifth of a second.
        rows = {image.pk: image for image in images.filter(pk__in=[pk for pk, _ in places])}
        for pk, value in places:
            if pk in rows:  # it may have gone in between
                rows[pk].sort = value  # type: ignore[attr-defined]
        return [rows[pk] for pk, _ in places if pk in rows]

    def _begin(self, cursor: str | None) -> tuple[bool, Any, int] | None:
        if not cursor:
            return None
        try:
            back, value, pk = json.loads(base64.urlsafe_b64decode(cursor))
            if value is not None or not self.by.optional:
                value = self.by.read(value)
            return bool(back), value, int(pk)
        except (ValueError, TypeError, binascii.Error, RecursionError) as error:
            raise exceptions.NotFound("No such page.") from error

    def _places(
        self, images: QuerySet[Image], begin: tuple[bool, Any, int] | None, count: int
    ) -> list[tuple[int, Any]]:
        """The ids of what comes from `begin` on, with the values they are sorted by."""
        column, way = self.by.column, "lt" if self.descending != bool(begin and begin[0]) else "gt"
        sign = "-" if way == "lt" else ""
        parts = [images.order_by(f"{sign}{column}", f"{sign}id")]
        if self.by.optional:
            # The project once more, of the rows that have the value: an index has them in their order.
            valued = {f"{column}__isnull": False, "queue__project": F("project")}
            parts = [parts[0].filter(**valued), images.filter(**{column: None}).order_by(f"{sign}id")]
        if begin:
            back, value, pk = begin
            ties = Q(**{f"id__{way}": pk})
            if value is None:
                parts[1] = parts[1].filter(ties)
                parts = parts[::-1] if back else parts[1:]
            else:
                ties = (
                    ties if column == "id" else Q(**{f"{column}__{way}": value}) | Q(**{column: value}) & ties
                )
                parts[0] = parts[0].filter(ties)
                parts = parts[:1] if back else parts
        found: list[tuple[int, Any]] = []
        for part in parts:
            if len(found) < count:
                found += part.values_list("pk", column)[: count - len(found)]
        return found

    def _link(self, image: Any, *, back: bool) -> str:
        value = image.sort.isoformat() if isinstance(image.sort, datetime) else image.sort
        cursor = base64.urlsafe_b64encode(json.dumps([back, value, image.pk]).encode()).decode()
        return replace_query_param(self.url, "cursor", cursor)

    def to_json(self, rows: Any) -> dict[str, Any]:
        return {
            "next": self._link(self.images[-1], back=False) if self.more_behind and self.images else None,
            "previous": self._link(self.images[0], back=True) if self.more_before and self.images else None,
            "results": rows,
        }

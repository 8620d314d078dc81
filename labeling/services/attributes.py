"""What images know beside their pixels: the names, and how to ask for values. Names and values are parameters of SQL,
never a part of it, and never a path of the ORM."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, Func, Q, Value
from django.db.models.expressions import RawSQL

from labeling.models import Project

BOUND = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
RANGE = re.compile(rf"({BOUND})?\.\.({BOUND})?")
VALUES = 30  # of a text, as choices
LONGEST = 200


def attribute_is(said: str) -> Any:
    """The condition that `name:value`, `name:min..max`, `name:min..` or `name:..max` stands for; ValueError."""
    name, colon, wanted = said.partition(":")
    if not colon or not name or len(name) > 100 or len(wanted) > LONGEST:
        raise ValueError("Ask as name:value or name:min..max.")
    if "\0" in said:
        raise ValueError("An attribute holds no such character.")
    if match := RANGE.fullmatch(wanted):
        return _between(name, match[1], match[2])
    options: list[Any] = [wanted]
    if wanted in ("true", "false"):
        options.append(wanted == "true")
    elif re.fullmatch(BOUND, wanted) and math.isfinite(float(wanted)):
        options.append(float(wanted))
    condition = Q()
    for option in options:
        condition |= Q(attributes__contains={name: option})
    return condition


def _between(name: str, low: str | None, high: str | None) -> Func:
    """Of a jsonpath: a comparison with what is no number is never true."""
    bounds = {key: float(said) for key, said in (("low", low), ("high", high)) if said}
    if not bounds or not all(math.isfinite(bound) for bound in bounds.values()):
        raise ValueError("Name at least one bound, as a number.")
    tests = [{"low": "@ >= $low", "high": "@ <= $high"}[key] for key in bounds]
    path = f"$.{json.dumps(name)} ? ({' && '.join(tests)})"
    return Func(
        F("attributes"), RawSQL("%s::jsonpath", [path]), Value(json.dumps(bounds)),
        function="jsonb_path_exists", template="%(function)s(%(expressions)s::jsonb)", output_field=BooleanField(),
    )  # fmt: skip


def attributes_of(project: Project) -> list[dict[str, Any]]:
    """{name, type, count, min, max, values} of every attribute: the range of numbers, the commonest texts."""
    found: dict[str, dict[str, Any]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.key, jsonb_typeof(a.value) AS type, count(*),
                      min(CASE WHEN jsonb_typeof(a.value) = 'number' THEN a.value::float8 END),
                      max(CASE WHEN jsonb_typeof(a.value) = 'number' THEN a.value::float8 END)
               FROM labeling_image i, jsonb_each(i.attributes) a
               WHERE i.project_id = %s AND i.deleted_at IS NULL AND i.attributes <> '{}' GROUP BY 1, 2 ORDER BY 1, 3""",
            [project.pk],
        )
        for name, said, count, low, high in cursor.fetchall():  # its commonest type comes last, and stays
            kind = {"number": "number", "boolean": "boolean"}.get(said, "text")
            found[name] = {"name": name, "type": kind, "count": count, "min": low, "max": high, "values": []}
        texts = [name for name, row in found.items() if row["type"] == "text"]
        cursor.execute(
            """SELECT name, value FROM (
                   SELECT w.name, i.attributes->>w.name AS value, row_number() OVER (
                       PARTITION BY w.name ORDER BY count(*) DESC, i.attributes->>w.name) AS place
                   FROM labeling_image i, unnest(%s::text[]) AS w(name)
                   WHERE i.project_id = %s AND i.deleted_at IS NULL AND length(i.attributes->>w.name) BETWEEN 1 AND %s
                   GROUP BY 1, 2) ranked WHERE place <= %s ORDER BY name, place""",
            [texts, project.pk, LONGEST, VALUES],
        )
        for name, value in cursor.fetchall():
            found[name]["values"].append(value)
    return list(found.values())

"""What a project's page says of the work: its pace, what pre-labels save, how often they hold, how classes spread."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import connection

from labeling.models import Project
from vision.metrics import bootstrap_medians

DAYS = 30
NEWEST = 2000  # labels of each sort that the seconds are taken from: what was long ago says little of today

# A person's own first word on an image. A correction of it is another act, and one that was undone was none.
FIRST = """a.project_id = %(project)s AND a.origin = 'person' AND a.replaces_id IS NULL AND NOT a.withdrawn"""
BY_DAY = f"""SELECT (a.created AT TIME ZONE %(zone)s)::date, count(*) FROM labeling_annotation a
             WHERE {FIRST} AND a.created > now() - make_interval(days => %(days)s + 1)
             GROUP BY 1 ORDER BY 1"""
SECONDS = f"""SELECT a.lead_time_ms / 1000.0 FROM labeling_annotation a
              WHERE {FIRST} AND a.lead_time_ms IS NOT NULL AND NOT a.late
                AND (a.regions->0->>'model_version' IS NOT NULL) = %(helped)s
              ORDER BY a.created DESC LIMIT %(newest)s"""
ACCEPTED = f"""SELECT (a.regions->0->>'model_version')::bigint AS version, max(l.prediction->>'model'),
                      max((l.prediction->>'number')::int), count(*) FILTER (WHERE a.regions->0->>'origin' = 'accepted'), count(*)
               FROM labeling_annotation a LEFT JOIN labeling_assignment l ON l.id = a.assignment_id
               WHERE {FIRST} AND a.regions->0->>'model_version' IS NOT NULL
               GROUP BY 1 ORDER BY 1 DESC"""
BALANCE = """SELECT i.split, q.category, count(*) FROM labeling_queueitem q JOIN labeling_image i ON i.id = q.image_id
             WHERE q.project_id = %(project)s AND q.category <> '' AND q.status IN ('labeled', 'in_review', 'done')
               AND i.deleted_at IS NULL
             GROUP BY 1, 2"""


def project_statistics(*, project: Project, zone: str) -> dict[str, Any]:
    """`zone` is a name of the time zone database: in it the days begin."""
    with_it, without = (_seconds(project, helped) for helped in (True, False))
    balance: dict[str, dict[str, int]] = {}
    for split, category, count in _rows(BALANCE, project):
        balance.setdefault(split, {})[category] = count
    return {
        "days": [{"day": _iso(day), "labels": count} for day, count in _rows(BY_DAY, project, zone=zone, days=DAYS)][-DAYS:],
        "seconds": bootstrap_medians(with_it, without),
        "accepted": [
            {"model_version": pk, "model": model, "number": number, "accepted": accepted, "shown": shown}
            for pk, model, number, accepted, shown in _rows(ACCEPTED, project)
        ],
        "balance": [{"split": split, "categories": counts} for split, counts in sorted(balance.items())],
    }  # fmt: skip


def _seconds(project: Project, helped: bool) -> list[float]:
    return [float(row[0]) for row in _rows(SECONDS, project, helped=helped, newest=NEWEST)]


def _rows(statement: str, project: Project, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk, **values})
        return list(cursor.fetchall())


def _iso(day: date) -> str:
    return day.isoformat()

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
# Seconds, regions, and by `helped` those that had a pre-label before them and those that had none.
SECONDS = f"""SELECT a.lead_time_ms / 1000.0, jsonb_array_length(a.regions)
              FROM labeling_annotation a LEFT JOIN labeling_assignment l ON l.id = a.assignment_id
              WHERE {FIRST} AND a.lead_time_ms IS NOT NULL AND NOT a.late AND {{helped}} = %(helped)s
              ORDER BY a.created DESC LIMIT %(newest)s"""
# How many predicted boxes were in sight: by their score, or because something was made of them.
FROM = "jsonb_build_object('from', coalesce(a.shown_from, 0))"
SHOWN = f"""(jsonb_array_length(jsonb_path_query_array(l.prediction, '$.result.boxes[*] ? (@.score >= $from)', {FROM}))
             + jsonb_array_length(jsonb_path_query_array(a.regions, '$[*] ? (@.score < $from)', {FROM})))"""
HELPED: dict[str, str] = {
    Project.Kind.CLASSIFICATION: "(a.regions->0->>'model_version' IS NOT NULL)",
    Project.Kind.DETECTION: f"(coalesce({SHOWN}, 0) > 0)",
    Project.Kind.MATTING: "(l.prediction IS NOT NULL)",
}
# By version: its model and number, then regions accepted, corrected, and shown.
ACCEPTED: dict[str, str] = {
    Project.Kind.CLASSIFICATION: f"""
        SELECT (a.regions->0->>'model_version')::bigint, max(l.prediction->>'model'), max((l.prediction->>'number')::int),
            count(*) FILTER (WHERE a.regions->0->>'origin' = 'accepted'),
            count(*) FILTER (WHERE a.regions->0->>'origin' = 'corrected'), count(*)
        FROM labeling_annotation a LEFT JOIN labeling_assignment l ON l.id = a.assignment_id
        WHERE {FIRST} AND a.regions->0->>'model_version' IS NOT NULL
        GROUP BY 1 ORDER BY 1 DESC""",
    Project.Kind.DETECTION: f"""
        SELECT (l.prediction->>'model_version')::bigint, max(l.prediction->>'model'), max((l.prediction->>'number')::int),
            sum(jsonb_array_length(jsonb_path_query_array(a.regions, '$[*] ? (@.origin == "accepted")'))),
            sum(jsonb_array_length(jsonb_path_query_array(a.regions, '$[*] ? (@.origin == "corrected")'))),
            sum({SHOWN})
        FROM labeling_annotation a JOIN labeling_assignment l ON l.id = a.assignment_id
        WHERE {FIRST} AND l.prediction IS NOT NULL
        GROUP BY 1 HAVING sum({SHOWN}) > 0 ORDER BY 1 DESC""",
    Project.Kind.MATTING: f"""
        SELECT (l.prediction->>'model_version')::bigint, max(l.prediction->>'model'), max((l.prediction->>'number')::int),
            count(*) FILTER (WHERE a.regions->0->>'origin' = 'accepted'),
            count(*) FILTER (WHERE a.regions->0->>'origin' = 'corrected'), count(*)
        FROM labeling_annotation a JOIN labeling_assignment l ON l.id = a.assignment_id
        WHERE {FIRST} AND l.prediction IS NOT NULL
        GROUP BY 1 ORDER BY 1 DESC""",
}
DRAWN = f"""SELECT coalesce(sum(jsonb_array_length(jsonb_path_query_array(a.regions, '$[*] ? (@.origin == "drawn")'))), 0)
            FROM labeling_annotation a WHERE {FIRST}"""
# What the images of each split show: of several boxes of a category each counts.
BALANCE: dict[str, str] = {
    Project.Kind.CLASSIFICATION: """
        SELECT i.split, q.category, count(*) FROM labeling_queueitem q JOIN labeling_image i ON i.id = q.image_id
        WHERE q.project_id = %(project)s AND q.category <> '' AND q.status IN ('labeled', 'in_review', 'done')
          AND i.deleted_at IS NULL
        GROUP BY 1, 2""",
    Project.Kind.DETECTION: """
        SELECT i.split, box->>'category', count(*) FROM labeling_queueitem q JOIN labeling_image i ON i.id = q.image_id
        CROSS JOIN LATERAL (SELECT a.result FROM labeling_annotation a WHERE a.image_id = q.image_id AND a.current AND NOT a.late
                            ORDER BY a.created DESC LIMIT 1) said
        CROSS JOIN LATERAL jsonb_array_elements(said.result->'boxes') AS x(box)
        WHERE q.project_id = %(project)s AND q.status IN ('labeled', 'in_review', 'done') AND i.deleted_at IS NULL
        GROUP BY 1, 2""",
    Project.Kind.MATTING: """
        SELECT i.split, 'matte', count(*) FROM labeling_queueitem q JOIN labeling_image i ON i.id = q.image_id
        WHERE q.project_id = %(project)s AND q.status IN ('labeled', 'in_review', 'done') AND i.deleted_at IS NULL
        GROUP BY 1, 2""",
}


def project_statistics(*, project: Project, zone: str) -> dict[str, Any]:
    """`zone` is a name of the time zone database: in it the days begin."""
    with_it, without = (_seconds(project, helped) for helped in (True, False))
    balance: dict[str, dict[str, int]] = {}
    for split, category, count in _rows(BALANCE[project.kind], project):
        balance.setdefault(split, {})[category] = count
    return {
        "days": [{"day": _iso(day), "labels": count} for day, count in _rows(BY_DAY, project, zone=zone, days=DAYS)][-DAYS:],
        "seconds": bootstrap_medians(*([seconds for seconds, _ in rows] for rows in (with_it, without))),
        "region_seconds": bootstrap_medians(
            *([seconds / regions for seconds, regions in rows if regions] for rows in (with_it, without))
        ),
        "accepted": [
            {
                "model_version": pk, "model": model, "number": number, "accepted": accepted, "corrected": corrected, "shown": shown,
            }
            for pk, model, number, accepted, corrected, shown in _rows(ACCEPTED[project.kind], project)
        ],
        "drawn": _rows(DRAWN, project)[0][0],
        "balance": [{"split": split, "categories": counts} for split, counts in sorted(balance.items())],
    }  # fmt: skip


def _seconds(project: Project, helped: bool) -> list[tuple[float, int]]:
    """(seconds, regions) of the newest labels."""
    statement = SECONDS.format(helped=HELPED[project.kind])
    return [(float(s), regions) for s, regions in _rows(statement, project, helped=helped, newest=NEWEST)]


def _rows(statement: str, project: Project, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk, **values})
        return list(cursor.fetchall())


def _iso(day: date) -> str:
    return day.isoformat()

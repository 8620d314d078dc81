"""Liveness, readiness and metrics. The numbers come from the database and the broker, so every web process agrees."""

import logging
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest

logger = logging.getLogger(__name__)
QUEUES = ("default", "inference", "training")
broker = redis.Redis.from_url(settings.BROKER_URL, socket_connect_timeout=2, socket_timeout=2)


def live(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def ready(request: HttpRequest) -> JsonResponse:
    """Ready when PostgreSQL and the broker answer; which one does not is said, not why (that is in the log)."""
    checks = {}
    for name, ask in (("database", _ask_database), ("broker", broker.ping)):
        try:
            ask()
            checks[name] = "ok"
        except Exception:
            logger.exception("%s does not answer", name)
            checks[name] = "no answer"
    ok = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ok" if ok else "unavailable", **checks}, status=200 if ok else 503)


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def metrics(request: HttpRequest) -> HttpResponse:
    registry = CollectorRegistry()
    jobs = Gauge("frameloop_jobs", "Jobs by kind and state", ["kind", "state"], registry=registry)
    waiting = Gauge("frameloop_queue_messages", "Messages waiting in a queue", ["queue"], registry=registry)
    leases = Gauge("frameloop_leases", "Leases held now", registry=registry)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, state, count(*) FROM labeling_job GROUP BY 1, 2")
        for kind, state, count in cursor.fetchall():
            jobs.labels(kind, state).set(count)
        cursor.execute("SELECT count(*) FROM labeling_assignment WHERE state = 'leased'")
        leases.set(cursor.fetchone()[0])
    for queue in QUEUES:
        length: Any = broker.llen(queue)
        waiting.labels(queue).set(length)
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4")

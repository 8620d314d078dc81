"""Users and their API tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from labeling.access import COLUMNS, project_from, role_of
from labeling.models import Token, User

# What is read of a token's user; in the order of the model, as `from_db` wants them.
READ = {"id", "password", "is_superuser", "username", "is_staff", "is_active"}
FIELDS = [field.attname for field in User._meta.concrete_fields if field.attname in READ]
PREFIX = "fl_"  # lets secret scanners recognise a leaked one


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def token_create(
    *, user: User, name: str, scope: str = Token.Scope.WRITE, days: int = 90
) -> tuple[Token, str]:
    """A new token and its value, which is shown this once and stored nowhere."""
    value = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        user=user,
        name=name,
        scope=scope,
        digest=_digest(value),
        expires=timezone.now() + timedelta(days=days),
    )
    return token, value


def token_resolve(*, value: str, project_id: int | None = None) -> tuple[User, str] | None:
    """The user and the scope of a live token: one query, for it runs on every call of a program.

    That of a call which is about one project brings it along, for `project_for` to find at hand.
    """
    columns, join = "", ""
    if project_id is not None:
        columns = f", {COLUMNS}, {role_of('u.id', 'u.is_staff')}"
        join = "LEFT JOIN labeling_project p ON p.id = %(project)s AND p.deleted_at IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT t.id, t.scope, t.last_used IS NULL OR t.last_used < now() - interval '1 minute',
                       {", ".join(f"u.{field}" for field in FIELDS)} {columns}
                FROM labeling_token t JOIN labeling_user u ON u.id = t.user_id {join}
                WHERE t.digest = %(digest)s AND t.expires > now() AND u.is_active""",
            {"digest": _digest(value), "project": project_id},
        )
        row = cursor.fetchone()
        if row is None:
            return None
        (token, scope, unseen), fields, project = row[:3], row[3 : 3 + len(FIELDS)], row[3 + len(FIELDS) :]
        if unseen:  # to the minute is enough, and spares most calls a write
            cursor.execute("UPDATE labeling_token SET last_used = now() WHERE id = %s", [token])
    user = User.from_db("default", FIELDS, fields)
    if project and project[0] is not None and project[-1] is not None:  # there, and not a stranger's
        vars(user)["at_hand"] = project_from(project)
    return user, scope

"""Users and their API tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db import connection
from django.utils import timezone

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


def token_resolve(*, value: str) -> tuple[User, str] | None:
    """The user and the scope of a live token: one query, for it runs on every call of a program."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT t.id, t.scope, t.last_used IS NULL OR t.last_used < now() - interval '1 minute',
                       {", ".join(f"u.{field}" for field in FIELDS)}
                FROM labeling_token t JOIN labeling_user u ON u.id = t.user_id
                WHERE t.digest = %s AND t.expires > now() AND u.is_active""",
            [_digest(value)],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        token, scope, unseen, *fields = row
        if unseen:  # to the minute is enough, and spares most calls a write
            cursor.execute("UPDATE labeling_token SET last_used = now() WHERE id = %s", [token])
    return User.from_db("default", FIELDS, fields), scope

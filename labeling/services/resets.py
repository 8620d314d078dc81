"""Links by which somebody who has forgotten a password chooses a new one.

Whoever holds a link can be that person. So a manager makes one only for people who can do nothing that the manager
cannot do already: no site admin, no manager, nobody with a project besides those that this manager manages.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta

from django.contrib.auth import password_validation
from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import NotFound, PermissionDenied

from labeling.models import Membership, PasswordReset, Role, User

logger = logging.getLogger(__name__)
HOURS = 24
MANAGERS_ONLY = "This person can do more than you: ask a site admin for the link."


class LinkEnded(ValueError):
    """The link is unknown, was used, has run out, or whoever made it may not any more."""


def reset_link_create(*, user_id: int, by: User) -> tuple[PasswordReset, str]:
    """A link and its secret, which is shown this once and stored nowhere. One made before for the same person ends.

    Raises NotFound for somebody in no project of the manager's, PermissionDenied for one who can do more.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().filter(pk=user_id, is_active=True).first()
        if user is None or not (by.is_staff or _managed(user, by)):
            raise NotFound
        if not may_reset(user=user, by=by):
            raise PermissionDenied(MANAGERS_ONLY)
        secret = secrets.token_urlsafe(32)
        PasswordReset.objects.filter(user=user).delete()
        reset = PasswordReset.objects.create(
            user=user, by=by, digest=_digest(secret), expires=timezone.now() + timedelta(hours=HOURS)
        )
    logger.info("user %s made a link to reset the password of user %s", by.pk, user.pk)
    return reset, secret


def password_reset(*, secret: str, password: str) -> User:
    """Use a link up: its person has this password, and every session and token of before ends.

    Raises LinkEnded, and Django's ValidationError for a password that is too weak, which leaves the link as it is.
    """
    with transaction.atomic():
        found = PasswordReset.objects.select_for_update().filter(
            digest=_digest(secret), expires__gt=timezone.now()
        )
        reset = found.select_related("user", "by").first()
        if reset is None or not reset.user.is_active or not reset.by.is_active:
            raise LinkEnded
        # What its maker may has perhaps changed since: rights were taken from one of them, or given to the other.
        if not may_reset(user=reset.user, by=reset.by):
            raise LinkEnded
        password_validation.validate_password(password, reset.user)
        reset.user.set_password(password)  # sessions carry its hash, and end with it
        reset.user.save(update_fields=["password"])
        reset.user.tokens.all().delete()
        reset.delete()
    logger.info("user %s has a new password, by a link of user %s", reset.user.pk, reset.by.pk)
    return reset.user


def may_reset(*, user: User, by: User) -> bool:
    if by.is_staff:
        return by.is_superuser or not user.is_superuser
    theirs = Membership.objects.filter(user=user)  # in deleted projects too, which may come back
    more = theirs.filter(role=Role.MANAGER) | theirs.exclude(project__in=_projects(by))
    return not (user.is_staff or user.is_superuser or more.exists()) and _managed(user, by)


def _managed(user: User, by: User) -> bool:
    return Membership.objects.filter(user=user, project__in=_projects(by), project__deleted_at=None).exists()


def _projects(manager: User) -> list[int]:
    rows = Membership.objects.filter(user=manager, role=Role.MANAGER)
    return list(rows.values_list("project_id", flat=True))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

from collections.abc import Iterable

from django.db.models.expressions import RawSQL


def among(ids: Iterable[int]) -> RawSQL:
    """Ids for an `__in`, in one parameter: a statement has at most 65,535, and a project has more images."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])

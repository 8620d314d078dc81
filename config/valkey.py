"""Django's Redis cache with one client a process's thread: to make one takes longer than to ask it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.cache.backends import redis


class Client(redis.RedisCacheClient):
    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._only

    @cached_property
    def _only(self) -> Any:
        return super().get_client(write=True)


class ValkeyCache(redis.RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = Client

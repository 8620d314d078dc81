"""How often a program may call."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle
from rest_framework.views import APIView

from labeling.valkey import store


class CallRate(ScopedRateThrottle):
    """Calls of a view's `throttle_scope` a person, counted by the minute (or what the rate says) of the clock: one number,
    where DRF reads and writes the times of all calls at every call."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        self.scope = getattr(view, self.scope_attr, None)
        if not self.scope:
            return True
        self.num_requests, self.duration = self.parse_rate(self.get_rate())
        if self.num_requests is None or self.duration is None:
            return True
        self.now = self.timer()
        key = f"{self.get_cache_key(request, view)}:{int(self.now // self.duration)}"
        count = store.pipeline(transaction=False)
        count.incr(key)
        count.expire(key, self.duration)
        return bool(count.execute()[0] <= self.num_requests)

    def wait(self) -> float:
        assert self.duration is not None
        return self.duration - self.now % self.duration

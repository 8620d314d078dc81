"""Django's PostgreSQL backend with a health check that asks the socket instead of the server."""

from __future__ import annotations

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """Whether a kept connection still stands. A server that went away has left its goodbye to be read, while an idle
        connection has nothing to say; `SELECT 1` would cost every request a turn to the server and back."""
        if self.connection is None or self.connection.closed:
            return False
        poll = select.poll()
        poll.register(self.connection.fileno(), select.POLLIN)
        return not poll.poll(0)

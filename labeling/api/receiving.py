"""Views that take files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from rest_framework import parsers
from rest_framework.views import APIView

from labeling.api.request import Request
from labeling.errors import StorageFull
from labeling.uploads import Incoming, IncomingFile, IncomingHandler


class ReceivingView(APIView):
    """Takes multipart requests whose files go to disk, and leaves nothing of them there however the request ends.

    Under a session, Django reads the whole body while it looks for the CSRF token, so before anybody is refused.
    """

    parser_classes = [parsers.MultiPartParser]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.receiver = IncomingHandler(request)
        request.upload_handlers = [self.receiver]
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            self.receiver.discard()

    def received(self, request: Request, name: str) -> list[Incoming]:
        """The files in field `name`: all of them, or StorageFull."""
        files = [file.incoming for file in request.FILES.getlist(name) if isinstance(file, IncomingFile)]
        if self.receiver.failure:
            raise StorageFull from self.receiver.failure
        return files

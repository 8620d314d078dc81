"""Views that take files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.views import APIView

from labeling.api.request import Request
from labeling.errors import StorageFull
from labeling.uploads import Incoming, Receiver

CHUNK = 64 * 1024  # larger pieces are new pages of memory every time, and slower


class UploadParser(BaseParser):
    """Multipart bodies, their files into the view's receiver as they arrive. Django's own parser takes two to
    three times as long over a photograph."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> DataAndFiles[Any, Any]:
        assert parser_context
        receiver: Receiver = parser_context["view"].receiver
        boundary = parse_options_header(media_type or "")[1].get("boundary")
        if not boundary:
            raise ParseError("The Content-Type names no boundary.")
        data, files = QueryDict(mutable=True), MultiValueDict[str, Incoming]()
        try:
            parser = PushMultipartParser(
                boundary,
                content_length=int(parser_context["request"].META.get("CONTENT_LENGTH") or -1),
                max_segment_count=settings.DATA_UPLOAD_MAX_NUMBER_FILES
                + (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS or 0),
            )
            self._receive(parser, stream, receiver, data, files)
        except (MultipartError, ValueError) as error:
            while stream.read(CHUNK):  # to its end, or no answer would arrive
                pass
            raise ParseError(f"This is no multipart body: {error}") from error
        return DataAndFiles(data, files)

    def _receive(
        self,
        parser: PushMultipartParser,
        stream: IO[bytes],
        receiver: Receiver,
        data: QueryDict,
        files: MultiValueDict[str, Incoming],
    ) -> None:
        incoming, name, text, kept = None, "", b"", 0
        for event in parser.parse_blocking(stream.read, CHUNK):
            if isinstance(event, MultipartSegment):
                name, text, incoming = event.name or "", b"", None
                if (file_name := _file_name(event)) is not None:
                    if len(receiver.files) >= settings.DATA_UPLOAD_MAX_NUMBER_FILES:
                        raise ValueError(
                            f"it holds more than {settings.DATA_UPLOAD_MAX_NUMBER_FILES:,} files."
                        )
                    incoming = receiver.open(file_name)
                    files.appendlist(name, incoming)
            elif event is None:
                if incoming:
                    receiver.complete(incoming)
                else:
                    data.appendlist(name, text.decode(errors="replace"))
            elif incoming:
                receiver.write(incoming, bytes(event))
            else:
                kept += len(event)
                if kept > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                    raise ValueError("its fields are too large.")
                text += event


def _file_name(segment: MultipartSegment) -> str | None:
    if segment.filename is not None:
        return segment.filename
    header = segment.header("Content-Disposition", "")
    if "filename*" in header:  # RFC 5987, as some programs write names that are not ASCII
        return parse_header_parameters(header)[1].get("filename")
    return None


class ReceivingView(APIView):
    """Takes multipart requests whose files go to disk, and leaves nothing of them there however the request ends."""

    parser_classes = [UploadParser]

    @property
    def largest(self) -> int:
        """Bytes that one file may have."""
        return int(settings.MAX_IMAGE_BYTES)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # No form of Django's: the CSRF token comes in its header, and a stranger is refused before the body is read.
        vars(request).update(_post=QueryDict(), _files=MultiValueDict())
        self.receiver = Receiver(self.largest)
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            self.receiver.discard()

    def received(self, request: Request, name: str) -> list[Incoming]:
        """The files in field `name`: all of them, or StorageFull."""
        files: list[Any] = request.FILES.getlist(name)  # reads the body
        if self.receiver.failure:
            raise StorageFull from self.receiver.failure
        return files

"""Fetching what somebody typed, without becoming their way into our network.

A name is resolved once; every address it has must be public; the connection goes to that very address, so that a
second answer of the name server changes nothing; every redirect starts over. What a server answers is never echoed.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import urllib3
from django.conf import settings
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url

from labeling.uploads import Incoming

AGENT = "Frameloop"
REDIRECTS = 5
CONNECT_SECONDS, READ_SECONDS = 5, 15
SECONDS = 120  # for all of one address, redirects and all: a server that trickles must not hold a worker
CHUNK = 64 * 1024
TRANSLATED = [ipaddress.ip_network(prefix) for prefix in ("64:ff9b::/96", "64:ff9b:1::/48")]


class Refused(ValueError):
    """The message is the reason, for the person who gave the address."""


def without_credentials(url: str) -> str:
    """What of an address may be kept and shown: the name and password in it are somebody's, and are not."""
    return re.sub(r"^(\s*[^/?#]*//)[^/?#]*@", r"\1…@", url)


class Answered(Refused):
    """The server has an answer, and it is not the wanted thing."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The server answered {status}.")
        self.status = status


@dataclass
class Opened:
    """An answer whose body is still to be read."""

    url: str  # after all redirects
    response: urllib3.BaseHTTPResponse
    parts: SplitResult
    until: float

    @property
    def content_type(self) -> str:
        return self.response.headers.get("Content-Type", "")

    def incoming(self) -> Incoming:
        """The body as an incoming file, named after the last part of its path. Raises Refused."""
        return _read(self.response, self.parts, self.until)

    def start(self, size: int) -> bytes:
        """The body up to `size` bytes. Raises Refused."""
        data = bytearray()
        while len(data) < size and (chunk := _chunk(self.response, self.until)):
            data += chunk
        return bytes(data[:size])


def fetch(url: str, before: Callable[[str], float] = lambda url: 0) -> Incoming:
    """The body of `url` as an incoming file. Raises Refused. For `before` see `opened`."""
    with opened(url, before=before) as answer:
        return answer.incoming()


@contextmanager
def opened(
    url: str, *, before: Callable[[str], float] = lambda url: 0, accept: str = "image/*"
) -> Iterator[Opened]:
    """What `url` answers, redirects followed. `before` is called with each address that is about to be asked: it may
    refuse it, and says how many seconds it waited, which are not the server's. Raises Refused."""
    until = time.monotonic() + SECONDS
    for _ in range(REDIRECTS + 1):
        parts = check(url)
        addresses = _addresses(parts)
        until += before(url)
        with _answer(parts, addresses, until, accept) as response:
            if response.status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
                url = _next(url, response.headers["Location"])
                continue
            if response.status != 200:
                raise Answered(response.status)
            yield Opened(url, response, parts, until)
            return
    raise Refused(f"More than {REDIRECTS} redirects.")


def _next(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Refused("The server redirects to what is no address.") from error


def check(url: str) -> SplitResult:
    """The parts of an address that may be asked, as far as its letters tell. Raises Refused."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise Refused("This is no address.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("Only http:// and https:// addresses are fetched.")
    if parts.username or parts.password:
        raise Refused("An address with a user name or password is not fetched.")
    if port not in (None, *settings.IMPORT_PORTS) and not _trusted(parts):
        raise Refused(f"Port {port} is not fetched from.")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _trusted(parts: SplitResult) -> bool:
    return f"{parts.hostname}:{_port(parts)}" in settings.IMPORT_ALLOWED_HOSTS


def is_trusted(url: str) -> bool:
    """Whether the settings name this host: somebody's own, on whom there is no need to go easy."""
    return _trusted(check(url))


def _addresses(parts: SplitResult) -> list[str]:
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError) as error:
        raise Refused("The address has no host that can be found.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not _trusted(parts) and not all(is_public(address) for address in addresses):
        raise Refused("The address leads into a private network.")
    return list(dict.fromkeys(addresses))


def is_public(address: str) -> bool:
    """Whether an address lies in the public internet, looked at through every way of writing one inside another."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner or ip.is_site_local or any(ip in network for network in TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


@contextmanager
def _answer(
    parts: SplitResult, addresses: list[str], until: float, accept: str
) -> Iterator[urllib3.BaseHTTPResponse]:
    """What the first of the addresses that can be reached answers. They were all checked: nothing is resolved again."""
    for address in addresses:
        connection = _connection(parts, address)
        watch = None
        try:
            connection.connect()
            connection.sock.settimeout(READ_SECONDS)
            watch = _break_off_at(until, connection.sock)
            response = _request(connection, parts, accept)
        except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError):  # a wrong certificate, too
            _close(connection, watch)
            continue
        try:
            yield response
        finally:
            response.close()
            _close(connection, watch)
        return
    raise Refused("The server does not answer.")


def _connection(parts: SplitResult, address: str) -> HTTPConnection:
    if parts.scheme == "http":
        return HTTPConnection(address, _port(parts), timeout=CONNECT_SECONDS)
    name = _ascii(parts)
    return HTTPSConnection(
        address, _port(parts), timeout=CONNECT_SECONDS, server_hostname=name, assert_hostname=name
    )


def _break_off_at(until: float, sock: Any) -> threading.Timer:
    """Ends the connection in time, even in the middle of a header that comes byte by byte."""

    def break_off() -> None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(max(0.0, until - time.monotonic()), break_off)
    watch.daemon = True
    watch.start()
    return watch


def _close(connection: HTTPConnection, watch: threading.Timer | None) -> None:
    if watch:
        watch.cancel()
    connection.close()


def _ascii(parts: SplitResult) -> str:
    """The host as it goes over the wire: `bücher.example` has another name there."""
    assert parts.hostname
    return parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()


def _request(connection: HTTPConnection, parts: SplitResult, accept: str) -> urllib3.BaseHTTPResponse:
    name = _ascii(parts)
    host = f"[{name}]" if ":" in name else name
    headers = {
        "Host": f"{host}:{parts.port}" if parts.port else host,
        "User-Agent": AGENT,
        "Accept": accept,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    target = parse_url(f"//x{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")).request_uri
    connection.request("GET", target, headers=headers, preload_content=False, decode_content=False)
    return connection.getresponse()


def _read(response: urllib3.BaseHTTPResponse, parts: SplitResult, until: float) -> Incoming:
    incoming = Incoming(unquote(parts.path.rsplit("/", 1)[-1]) or "image")
    try:
        while chunk := _chunk(response, until):
            incoming.write(chunk)
            if incoming.too_large:
                raise Refused(f"The file is larger than {settings.MAX_IMAGE_BYTES // 1024**2} MB.")
    except BaseException:
        incoming.discard()
        raise
    return incoming


def _chunk(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """What has come by now, as `read` would wait for the whole of it."""
    try:
        chunk = response.read1(CHUNK, decode_content=False)
    except (urllib3.exceptions.HTTPError, HTTPException, OSError, ValueError) as error:
        raise Refused("The server broke off.") from error
    if time.monotonic() > until:  # asked last: that we broke off can look like the end of the body
        raise Refused(f"The server took more than {SECONDS} seconds.")
    return chunk

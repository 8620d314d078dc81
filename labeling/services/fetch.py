"""Fetching what somebody typed, without becoming their way into our network.

A name is resolved once; every address it has must be public; the connection goes to that very address, so that a
second answer of the name server changes nothing; every redirect starts over. What a server answers is never echoed.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3
from django.conf import settings

from labeling.uploads import Incoming

PORTS = {80, 443, 8080, 8443}
REDIRECTS = 5
TIMEOUT = urllib3.Timeout(connect=5, read=15)
TRANSLATED = [ipaddress.ip_network(prefix) for prefix in ("64:ff9b::/96", "64:ff9b:1::/48")]


class Refused(ValueError):
    """The message is the reason, for the person who gave the address."""


def fetch(url: str) -> Incoming:
    """The body of `url` as an incoming file, named after the last part of its path. Raises Refused."""
    for _ in range(REDIRECTS + 1):
        parts = _checked(url)
        response = _request(parts, _address(parts))
        try:
            if response.status in (301, 302, 303, 307, 308) and response.headers.get("Location"):
                url = urljoin(url, response.headers["Location"])
                continue
            if response.status != 200:
                raise Refused(f"The server answered {response.status}.")
            return _read(response, parts)
        finally:
            response.release_conn()
            response.close()
    raise Refused(f"More than {REDIRECTS} redirects.")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise Refused("This is no address.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused("Only http:// and https:// addresses are fetched.")
    if parts.username or parts.password:
        raise Refused("An address with a user name or password is not fetched.")
    if port not in (None, *PORTS) and not _trusted(parts):
        raise Refused(f"Port {port} is not fetched from.")
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _trusted(parts: SplitResult) -> bool:
    return f"{parts.hostname}:{_port(parts)}" in settings.IMPORT_ALLOWED_HOSTS


def _address(parts: SplitResult) -> str:
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("The address has no host that can be found.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not _trusted(parts) and not all(is_public(address) for address in addresses):
        raise Refused("The address leads into a private network.")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address lies in the public internet, looked at through every way of writing one inside another."""
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner or any(ip in network for network in TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _request(parts: SplitResult, address: str) -> urllib3.BaseHTTPResponse:
    assert parts.hostname
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            _port(parts),
            timeout=TIMEOUT,
            server_hostname=parts.hostname,
            assert_hostname=parts.hostname,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, _port(parts), timeout=TIMEOUT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {
        "Host": parts.netloc,
        "User-Agent": "Frameloop",
        "Accept": "image/*",
        "Accept-Encoding": "identity",
    }
    try:
        return pool.request(
            "GET", target, headers=headers, redirect=False, retries=False, preload_content=False
        )
    except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
        raise Refused("The server does not answer.") from error


def _read(response: urllib3.BaseHTTPResponse, parts: SplitResult) -> Incoming:
    incoming = Incoming(parts.path.rsplit("/", 1)[-1] or "image")
    try:
        for chunk in response.stream(256 * 1024, decode_content=False):
            incoming.write(chunk)
            if incoming.too_large:
                raise Refused(f"The file is larger than {settings.MAX_IMAGE_BYTES // 1024**2} MB.")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        incoming.discard()
        raise Refused("The server broke off.") from error
    except Refused:
        incoming.discard()
        raise
    return incoming

"""Fetching from servers that are slow, broken, or pretend to be another."""

import datetime
import socket
import ssl
import threading
import time
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from labeling.services import fetch
from labeling.services.fetch import Refused
from labeling.uploads import incoming_folder
from tests.pictures import jpeg

PICTURE = jpeg(3)
HEAD = b"HTTP/1.1 200 OK\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(PICTURE) + PICTURE


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    yield
    assert list(incoming_folder().iterdir()) == []


@pytest.fixture
def serve(settings):
    """serve(parts, ...) sends these bytes to whoever asks, with `pause` seconds in between, and gives the port."""
    servers = []

    def start(*parts, **options):
        servers.append(Server(parts, **options))
        settings.IMPORT_ALLOWED_HOSTS = [
            f"{host}:{servers[-1].port}" for host in ("127.0.0.1", "pinned.example", "bücher.example")
        ]
        return servers[-1]

    yield start
    for server in servers:
        server.listener.close()


class Server:
    def __init__(self, parts, pause=0.0, context=None):
        self.parts, self.pause, self.context, self.asked = parts, pause, context, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while self.listener.fileno() >= 0:
            try:
                client, _ = self.listener.accept()
                with self.context.wrap_socket(client, server_side=True) if self.context else client as talk:
                    self.asked.append(talk.recv(65536))
                    for part in self.parts:
                        talk.sendall(part)
                        time.sleep(self.pause)
            except OSError:  # a client that has enough, or the end
                continue


@contextmanager
def fetched(url):
    incoming = fetch.fetch(url)
    yield incoming
    incoming.discard()


def by_name(monkeypatch, *addresses):
    """The machine's name server, doubled: it has no other here."""

    def resolve(host, port, *args, **kwargs):
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses or ["127.0.0.1"]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def real_addresses(monkeypatch):
    """Connections are made by number, which needs no name server; only names are doubled."""
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        return real("127.0.0.1" if host.endswith(".example") else host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_bodies_of_every_framing_arrive_whole(serve):
    half = len(PICTURE) // 2
    chunked = (
        b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (PICTURE[:half], PICTURE[half:]))
        + b"0\r\n\r\n"
    )
    for answer in (WHOLE, HEAD + b"\r\n" + PICTURE, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked):
        with fetched(f"http://127.0.0.1:{serve(answer).port}/a.jpg") as incoming:
            assert incoming.content() == PICTURE


def test_a_body_that_breaks_off_is_no_image(serve):
    with pytest.raises(Refused, match="broke off"):
        fetch.fetch(f"http://127.0.0.1:{serve(WHOLE[:-10]).port}/a.jpg")


@pytest.mark.parametrize("slow", ["body", "head"])
def test_a_server_that_trickles_is_left_in_time(serve, monkeypatch, slow):
    monkeypatch.setattr(fetch, "SECONDS", 0.5)
    drops = [b"x"] * 100 if slow == "body" else [b"X-%d: y\r\n" % n for n in range(100)]
    port = serve(HEAD + (b"\r\n" if slow == "body" else b""), *drops, pause=0.05).port
    begun = time.monotonic()
    with pytest.raises(Refused):
        fetch.fetch(f"http://127.0.0.1:{port}/a.jpg")
    assert time.monotonic() - begun < 2


NO_HTTP = {
    "nothing": b"",
    "bytes": b"\0\0\0",
    "version": b"HTTP/9 hello\r\n\r\n",
    "ssh": b"SSH-2.0-OpenSSH\r\n",
    "long": HEAD + b"a" * 100_000,
}


@pytest.mark.parametrize("answer", NO_HTTP.values(), ids=NO_HTTP.keys())
def test_what_speaks_no_http_is_refused_and_not_echoed(serve, answer):
    with pytest.raises(Refused) as refused:
        fetch.fetch(f"http://127.0.0.1:{serve(answer).port}/a.jpg")
    assert str(refused.value) in ("The server does not answer.", "The server broke off.")


@pytest.mark.parametrize(
    "location", ["http://[", "//", "http://127.0.0.1:99999/", "https://user@127.0.0.1/", "\\\\host\\x"]
)
def test_a_redirect_to_nonsense_is_refused(serve, location):
    answer = b"HTTP/1.1 302 Found\r\nLocation: " + location.encode() + b"\r\n\r\n"
    with pytest.raises(Refused):
        fetch.fetch(f"http://127.0.0.1:{serve(answer).port}/a.jpg")


def test_nothing_is_sent_that_could_open_a_door(serve):
    server = serve(WHOLE)
    with fetched(f"http://127.0.0.1:{server.port}/a b/ü.jpg?x=%0d%0aX-Evil:1&y=\u2028z"):
        pass
    (asked,) = server.asked
    head = asked.decode("ascii").lower()
    assert head.startswith("get /a%20b/%c3%bc.jpg?x=%0d%0ax-evil:1&y=%e2%80%a8z http/1.1\r\n")
    assert "cookie" not in head and "authorization" not in head and "\r\nx-evil" not in head


def test_line_breaks_in_an_address_make_no_second_header(serve):
    server = serve(WHOLE)
    with fetched(f"http://127.0.0.1:{server.port}/a.jpg\r\nX-Evil: 1"):
        pass
    assert b"\nX-Evil" not in server.asked[0]


def test_the_server_hears_the_name_and_the_file_is_called_by_its_last_part(serve, monkeypatch):
    real_addresses(monkeypatch)
    server = serve(WHOLE)
    with fetched(f"http://bücher.example:{server.port}/x/%E5%86%B0%E7%AE%B1.jpg?size=2") as incoming:
        assert incoming.name == "冰箱.jpg"
    assert f"Host: xn--bcher-kva.example:{server.port}\r\n".encode() in server.asked[0]


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    by_name(monkeypatch, "93.184.216.34", "10.0.0.7")
    with pytest.raises(Refused, match="private"):
        fetch.fetch("http://mixed.example/a.jpg")


def test_the_next_address_is_tried_where_one_does_not_answer(serve, monkeypatch):
    server = serve(WHOLE)
    real = socket.getaddrinfo

    def resolve(host, port, *args, **kwargs):
        if host == "pinned.example":
            return real("127.0.0.2", port, *args, **kwargs) + real("127.0.0.1", port, *args, **kwargs)
        return real(host, port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with fetched(f"http://pinned.example:{server.port}/a.jpg") as incoming:
        assert incoming.size == len(PICTURE)


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8080])
def test_only_the_webs_own_ports_are_fetched_from_unless_the_setting_says_more(port, settings, monkeypatch):
    by_name(monkeypatch, "10.0.0.7")
    with pytest.raises(Refused, match="Port"):
        fetch.fetch(f"http://example.org:{port}/a.jpg")
    settings.IMPORT_PORTS = [80, 443, 8080]
    with pytest.raises(Refused, match="private" if port == 8080 else "Port"):
        fetch.fetch(f"http://example.org:{port}/a.jpg")


@pytest.fixture
def secure(tmp_path, monkeypatch):
    """A server's TLS context for pinned.example, and this process told to trust its maker."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "pinned.example")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(today - datetime.timedelta(days=1)).not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("pinned.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    heard = []
    context.sni_callback = lambda sock, name, _: heard.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    return context, heard


def test_over_tls_the_certificate_has_to_be_the_names_though_the_connection_goes_by_number(
    serve, secure, monkeypatch
):
    context, heard = secure
    real_addresses(monkeypatch)
    server = serve(WHOLE, context=context)
    with fetched(f"https://pinned.example:{server.port}/a.jpg") as incoming:
        assert incoming.content() == PICTURE
    assert heard == ["pinned.example"]
    for host in ("bücher.example", "127.0.0.1"):
        with pytest.raises(Refused, match="does not answer"):
            fetch.fetch(f"https://{host}:{server.port}/a.jpg")
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Refused, match="does not answer"):
        fetch.fetch(f"https://pinned.example:{server.port}/a.jpg")

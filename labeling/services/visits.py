"""Going through somebody's web pages politely: what robots.txt says is obeyed, and every host gets its rest."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from labeling.services.fetch import AGENT, Answered, Opened, Refused, fetch, is_trusted, opened
from labeling.services.pages import PAGE_TYPES, Page, page_read
from labeling.uploads import Incoming
from labeling.valkey import store

if TYPE_CHECKING:
    from protego import Protego

PAGE_BYTES = 5 * 1024**2
ROBOTS_BYTES = 500 * 1024  # as much of it has to be read (RFC 9309)
ROBOTS_WORK = 2_000_000  # agents × lines: the parser writes every rule down for every agent
LONGEST_REST = 60.0  # seconds


@dataclass
class Rules:
    """Of one host. `reason`: why nothing is taken from it."""

    robots: Protego | None = None
    reason: str = ""
    rest: float = 0.0  # seconds between two fetches


@dataclass
class Visit:
    """One job's way through pages and images: each host's robots.txt is asked for once, and its rules are kept. Jobs
    on the same host take turns."""

    hosts: dict[str, Rules] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)

    def page(self, url: str) -> Page | Incoming:
        """The images that a page names, or the image that is there instead of one. Raises Refused."""
        with opened(
            url, before=self.before, accept="text/html,application/xhtml+xml,image/*;q=0.9"
        ) as answer:
            kind = answer.content_type.split(";")[0].strip().lower()
            if kind.startswith("image/"):
                return answer.incoming()
            if kind not in PAGE_TYPES:
                raise Refused("This is neither a web page nor an image.")
            data = answer.start(PAGE_BYTES + 1)
            if len(data) > PAGE_BYTES:
                raise Refused(f"The page is larger than {PAGE_BYTES // 1024**2} MB.")
            return page_read(data=data, url=answer.url, content_type=answer.content_type)

    def image(self, url: str) -> Incoming:
        return fetch(url, self.before)

    def before(self, url: str) -> float:
        """Ask whether the address may be fetched, and wait until it is its turn. Raises Refused."""
        begun = time.monotonic()
        parts = urlsplit(url)
        host = f"{parts.scheme}://{parts.netloc.lower()}"
        rules = self.hosts.get(host)
        if not rules:
            rest = 0.0 if is_trusted(url) else settings.IMPORT_DELAY
            self._take_turn(host, rest)
            robots = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
            rules = self.hosts[host] = _rules_of(robots, rest)
            if rules.rest > rest:  # as long as the host wants it, from the first fetch on
                store.set(_turn(host), 1, px=_milliseconds(rules.rest))
        if rules.reason:
            raise Refused(rules.reason)
        if rules.robots and not rules.robots.can_fetch(url, AGENT):
            raise Refused("The site's robots.txt does not allow programs to fetch this.")
        self._take_turn(host, rules.rest)
        return time.monotonic() - begun

    def _take_turn(self, host: str, rest: float) -> None:
        """Wait until the host has had its rest from every job, and give it another. Raises Refused when the import is
        ended meanwhile."""
        while not self.ended.is_set():
            if not rest or store.set(_turn(host), 1, px=_milliseconds(rest), nx=True):
                return
            left: Any = store.pttl(_turn(host))
            self.ended.wait(max(left, 1) / 1000)
        raise Refused("The import was ended.")


def _turn(host: str) -> str:
    return f"frameloop:visit:{host}"


def _milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1000)


def _rules_of(url: str, rest: float) -> Rules:
    """As RFC 9309 has it: a site without one allows everything; one whose own cannot be had allows nothing."""
    try:
        with opened(url, accept="text/plain") as answer:
            robots = _parsed(answer)
    except Answered as answered:
        if 400 <= answered.status < 500:
            return Rules(rest=rest)
        return Rules(
            reason=f"Nothing is taken from this site: its robots.txt was answered {answered.status}."
        )
    except Refused as error:
        return Rules(reason=f"Nothing is taken from this site: its robots.txt cannot be read. {error}")
    asked = robots.crawl_delay(AGENT) or 0.0
    if asked > LONGEST_REST:
        return Rules(
            reason=f"The site asks programs to wait {asked:.0f} seconds between two fetches: too long."
        )
    return Rules(robots, rest=max(rest, asked))


def _parsed(answer: Opened) -> Protego:
    from protego import Protego

    text = answer.start(ROBOTS_BYTES).decode("utf-8-sig", "replace")
    lines = text.splitlines()
    agents = sum(line.lstrip().lower().startswith("user") for line in lines)
    if agents * len(lines) > ROBOTS_WORK:
        raise Refused("It is too long.")
    return Protego.parse(text)

"""The images that a web page names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin, urlsplit

from labeling.services.fetch import without_credentials

if TYPE_CHECKING:
    from bs4 import Tag

PAGE_TYPES = ("text/html", "application/xhtml+xml", "")
MOST = 2000  # images of one page
LONGEST = 2000  # letters of an address, and of ten times as many a srcset
# Pages that load their images late keep them there, and something small in `src`.
LATE = ["data-src", "data-lazy-src", "data-original"]
SETS = ["data-srcset", "data-lazy-srcset", "srcset"]
METAS = {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"}
MOST_TAGS = 20_000
LONGEST_TAG = 50_000
# What is read of a page: these tags, outside of comments and scripts. The rest never reaches the parser, which takes
# hours over some of it. No start of a match is gone through twice.
PIECE = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style|textarea|title)\b.*?(?:</\1|\Z)|"
    r"(<(?:base|img|source|meta|a|picture)\b"
    r"(?:[^<>\"']{1,20000}+|\"[^\"]{0,20000}+\"|'[^']{0,20000}+'){0,200}+>)",
    re.IGNORECASE | re.DOTALL,
)
IMAGE_FILE = re.compile(r"\.(jpe?g|png|webp)$", re.IGNORECASE)
OURS = re.compile(r"^\s*image/(jpeg|jpg|pjpeg|png|webp)\s*(;|$)", re.IGNORECASE)
CANDIDATE = re.compile(r"([^\s,]\S*[^\s,]|[^\s,])(\s[^,]*)?(?:,|$)")
DESCRIPTOR = re.compile(r"(\d{1,6}(?:\.\d{1,6})?)([wx])\b")
# Python knows codecs that are no character sets; some take minutes.
CHARSET = re.compile(
    r"(utf-?(8|16)(-?[lb]e)?|(iso-?8859|windows|cp|koi8)-?\w{1,4}|gb2312|gbk|gb18030|big5(-hkscs)?|euc-(jp|kr)|"
    r"shift[-_]jis|us-ascii|latin-?1)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Page:
    url: str
    images: list[str]
    more: bool  # it names more than MOST


def page_read(*, data: bytes, url: str, content_type: str) -> Page:
    """Every image of an HTML page once, in its order. Raises Refused."""
    tags = list(islice(_tags(_text(data, content_type)), MOST_TAGS))
    base = _base(url, tags)
    found = dict.fromkeys(address for name in _named(tags) if (address := _address(base, name)))
    return Page(url, list(found)[:MOST], len(found) > MOST)


def _tags(text: str) -> Iterator[Tag]:
    """Those that may name an image, one after another: what stands in what is told by their order."""
    from bs4 import BeautifulSoup
    from bs4.exceptions import ParserRejectedMarkup

    for piece in PIECE.finditer(text):
        if piece[2] and len(piece[2]) <= LONGEST_TAG:
            try:
                if tag := BeautifulSoup(piece[2], "html.parser").find():
                    yield tag
            except (ParserRejectedMarkup, ValueError):  # a number of a thousand digits, say
                continue


def _text(data: bytes, content_type: str) -> str:
    from bs4.dammit import EncodingDetector

    said = re.search(r"charset\s*=\s*[\"']?([\w-]+)", content_type, re.IGNORECASE)
    charset = said[1] if said else EncodingDetector.find_declared_encoding(data[:4096], is_html=True) or ""
    for marks, named in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(marks):
            return data.decode(named, "replace")
    try:
        return data.decode(charset if CHARSET.match(charset) else "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _base(url: str, tags: Iterable[Tag]) -> str:
    """What the page's addresses start from: the first `<base href>`."""
    for tag in tags:
        if tag.name == "base" and (href := _said(tag, "href")):
            try:
                return urljoin(url, href)
            except ValueError:
                return url
    return url


def _named(tags: Iterable[Tag]) -> Iterator[str]:
    """What the tags name: of one image in several sizes, the largest."""
    sources: list[Tag] = []  # of the `<picture>` that is open, in whose `<img>` they end
    for tag in tags:
        if tag.name == "picture":
            sources = []
        elif tag.name == "source" and _is_ours(tag):
            sources.append(tag)
        elif tag.name == "img":
            yield _largest([*sources, tag])
            sources = []
        elif tag.name == "meta" and (_said(tag, "property") or _said(tag, "name")).lower() in METAS:
            yield _said(tag, "content")
        elif tag.name == "a" and IMAGE_FILE.search(_path(_said(tag, "href"))):
            yield _said(tag, "href")


def _is_ours(tag: Tag) -> bool:
    """Whether a `<source>` is of a format that can be imported: beside an AVIF stands a JPEG."""
    kind = _said(tag, "type")
    return not kind or bool(OURS.match(kind))


def _largest(tags: list[Tag]) -> str:
    """The last of `tags` is the `<img>`."""
    candidates = [one for tag in tags for name in SETS for one in _candidates(_said(tag, name, 10))]
    if candidates:
        return max(candidates, key=lambda one: one[1:])[0]  # the first of equal ones
    return next(filter(None, (_said(tags[-1], name) for name in (*LATE, "src"))), "")


def _candidates(srcset: str) -> Iterator[tuple[str, float, float]]:
    """(address, width, density) of each image in a srcset. Those without a width come after those with one."""
    for address, said in CANDIDATE.findall(srcset):
        if address.lower().startswith("data:"):
            continue
        sizes = {unit: float(number) for number, unit in DESCRIPTOR.findall(said)}
        yield address, sizes.get("w", 0.0), sizes.get("x", 1.0)


def _said(tag: Tag, name: str, times: int = 1) -> str:
    value = tag.get(name)
    return value.strip() if isinstance(value, str) and len(value) <= LONGEST * times else ""


def _path(href: str) -> str:
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def _address(base: str, name: str) -> str:
    """Absolute, without fragment and credentials; empty for what is fetched from nowhere."""
    if not name or name.lower().startswith("data:"):
        return ""
    try:
        address = urldefrag(urljoin(base, name)).url
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or len(address) > LONGEST:
        return ""
    return without_credentials(address)

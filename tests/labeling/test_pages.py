"""Which images a page names, whatever its author thought of."""

import pytest

from labeling.services.pages import page_read

NAMED = {
    '<img srcset="s.jpg 320w, l.jpg 1600w, m.jpg 800w" src="fallback.jpg">': ["l.jpg"],
    '<img src="1.jpg" srcset="1.jpg, 1,5.jpg 1.5x,  3.jpg 3x">': ["3.jpg"],
    '<picture><source type="image/avif" srcset="x.avif 4000w"><source srcset="w.webp 900w" type="image/webp">'
    '<img src="f.jpg"></picture>': ["w.webp"],
    '<picture><source type="image/avif" srcset="x.avif"><img src="f.jpg"></picture><img src="g.jpg">': [
        "f.jpg",
        "g.jpg",
    ],
    '<img src="data:image/gif;base64,R0lGOD" data-src="late.jpg">': ["late.jpg"],
    '<img src="blank.gif" data-srcset="late1.jpg 100w, late2.jpg 200w">': ["late2.jpg"],
    '<img src="data:image/gif;base64,R0lGOD"><img><img src=""><img src="javascript:x"><img src="http://[">': [],
    '<meta property="og:image" content="og.jpg"><meta name="description" content="no.jpg">': ["og.jpg"],
    '<a href="x.JPG?size=2">1</a><a href="x.html">2</a><a href="y.png">3</a>': ["x.JPG?size=2", "y.png"],
    '<noscript><img src="n.jpg"></noscript><IMG SRC=" b%20c.jpg ">': ["n.jpg", "b%20c.jpg"],
    '<!-- <img src="no.jpg"> --><script>x = "<img src=no.jpg>"</script><img alt="1 > 0" src="a.jpg"><!-- <img': [
        "a.jpg"
    ],
    '<img src="a.jpg"><p><img src="b.jpg"></div></table><img src="a.jpg#top"': ["a.jpg", "b.jpg"],
}


@pytest.mark.parametrize("html", NAMED)
def test_the_largest_of_each_image_is_named_once(html):
    page = page_read(data=html.encode(), url="https://x.example/p/q", content_type="text/html")
    assert page.images == [f"https://x.example/p/{name}" for name in NAMED[html]]


def test_addresses_start_from_the_base_that_the_page_names():
    html = '<base target="_top"><base href="//cdn.example/i/"><base href="/no/"><img src="a.jpg">'
    page = page_read(data=html.encode(), url="https://x.example/p", content_type="text/html")
    assert page.images == ["https://cdn.example/i/a.jpg"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('<img src="ü.jpg">'.encode("latin-1"), "text/html; charset=iso-8859-1"),
        ('<meta charset="windows-1252"><img src="ü.jpg">'.encode("cp1252"), "text/html"),
        ('\ufeff<img src="ü.jpg">'.encode("utf-16"), "text/html; charset=punycode"),
        ('<img src="ü.jpg">'.encode(), "text/html; charset=zip"),
        ('<img src="ü.jpg">'.encode(), "text/html; charset=cp99"),
    ],
)
def test_letters_are_read_as_the_page_says_and_no_codec_runs_that_is_none(data, said):
    assert page_read(data=data, url="https://x.example/", content_type=said).images == [
        "https://x.example/ü.jpg"
    ]


HOSTILE = {
    "deep": b"<a>" * 1_500_000,
    "pictures": b"<picture>" * 500_000,
    "unclosed": b"<img src=" * 500_000,
    "comments": b"<!--" * 1_000_000,
    "declarations": b"<![CDATA[" * 500_000,
    "ends": b"</" * 2_000_000,
    "attributes": b"<img " + b"a=b " * 1_000_000 + b">",
    "quotes": b'<a "' * 1_000_000,
    "srcset": b'<img srcset="' + b"a.jpg 1w," * 500_000 + b'">',
    "commas": b'<img srcset="' + b"," * 20_000 + b"a" * 20_000 + b'">',
    "entities": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><img src="&b;.jpg">'
    * 20_000,
    "numbers": b"<img src='&#" + b"9" * 1_000_000 + b";'>",
    "scripts": b"<script><!--<script>" * 200_000,
    "bytes": bytes(range(256)) * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_ends_soon(name):
    """Some of these take hours where reading costs the square of the length."""
    page = page_read(data=HOSTILE[name], url="https://x.example/", content_type="text/html")
    assert len(page.images) <= 1

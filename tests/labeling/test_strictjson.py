"""JSON that is read as a stream is what it is when it is read at once, and as strict."""

import io
import json
import random
from collections.abc import Iterator

import pytest

from labeling import strictjson
from labeling.strictjson import BadJSON, strict_loads, strict_stream


def whole(text):
    """What a stream gives, put together again."""
    data = text.encode() if isinstance(text, str) else text
    pairs = []
    for name, value in strict_stream(io.BytesIO(data)):
        pairs.append((name, list(value) if isinstance(value, Iterator) else value))
    return pairs[0][1] if len(pairs) == 1 and pairs[0][0] == "" else dict(pairs)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1024**2])
def test_a_stream_gives_what_is_in_the_file_wherever_its_reads_end(monkeypatch, chunk):
    monkeypatch.setattr(strictjson, "CHUNK", chunk)
    rnd = random.Random(3)
    rows = [
        {"id": n, "bbox": [rnd.random() * 1e3, -n, 1e-7, 12345678901234567890], 'é"\\': "ü😀\n", "n": None}
        for n in range(40)
    ]
    value = {"a": 12, "rows": rows, "empty": [], "text": "]}", "numbers": [1, 2.5, 333], "deep": {"x": [[]]}}
    for indent in (None, 2):
        for ascii in (True, False):
            assert whole(json.dumps(value, indent=indent, ensure_ascii=ascii)) == value
            assert whole(json.dumps(rows, indent=indent, ensure_ascii=ascii)) == rows
    assert whole(b"\xef\xbb\xbf[1]") == [1] and whole(" 123 ") == 123 and whole("{}") == {}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[", "[1", "[1,", "[1,]", "[,1]", "{,}", '{"a"}', '{"a":}', '{"a":1,}', '{"a":1 "b":2}', "{1:2}", "[1] 2", "[NaN]",
     '{"a":[Infinity]}', '{"a":[{"b":-Infinity}]}', "[1e400]", '{"a":1e999}', '["\\ud800"]', '{"a":["\\udc00x"]}', '{"\\ud800":1}',
     "[" * 40 + "]" * 40, '{"a":' * 40 + "1" + "}" * 40, "[" * 100_000, '{"a":1,"a":2}', "[01]", "['a']", '["\n"]', "[tru]"],
)  # fmt: skip
@pytest.mark.parametrize("chunk", [1, 1024**2])
def test_what_is_no_json_is_none_as_a_stream_either(monkeypatch, text, chunk):
    monkeypatch.setattr(strictjson, "CHUNK", chunk if len(text) < 1000 else 1024**2)
    if text != '{"a":1,"a":2}':  # of which the last one would count, where it is read at once
        with pytest.raises(ValueError):
            strict_loads(text)
    with pytest.raises(BadJSON):
        whole(text)


def test_an_entry_without_end_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(strictjson, "CHUNK", 100)
    file = io.BytesIO(b'["' + b"x" * 100_000 + b'"]')
    with pytest.raises(BadJSON, match="longer"):
        for _, rows in strict_stream(file, 1000):
            list(rows)
    assert file.tell() < 10_000


def test_a_list_that_nobody_reads_is_passed_over():
    assert [name for name, _ in strict_stream(io.BytesIO(b'{"a":[1,2],"b":3,"c":[{}]}'))] == ["a", "b", "c"]

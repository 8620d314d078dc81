"""JSON from outside: what later code or the database would stumble over is a ValueError here, with its reason."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections.abc import Iterator
from typing import IO, Any, NoReturn

DEEPEST = 32  # nothing that is sent to us nests more than a few levels
CHUNK = 1024**2
LARGEST = 16 * 1024**2  # characters of one entry of a stream, which is held in memory
NUMBER_GOES_ON = 3  # characters behind `1` that may turn out to be a part of it: `e-5`
SPACE = re.compile(r"[ \t\n\r]*")


class BadJSON(ValueError):
    """The message is the reason."""


def strict_loads(text: str | bytes) -> Any:
    """Only what JSON's standard knows, in numbers that a float holds, in text that can be written down again."""
    try:
        text = text.decode() if isinstance(text, bytes) else text
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError as error:
        raise BadJSON("The JSON is nested too deep.") from error
    except ValueError as error:
        raise BadJSON(f"This is no JSON: {error}") from error
    _check(value, 0)
    return value


def strict_stream(file: IO[bytes], largest: int = LARGEST) -> Iterator[tuple[str, Any]]:
    """The (name, value) pairs of the object that a file holds, one after the other, and ("", value) where it holds
    something else. A list is an iterator, of which one entry at a time is in memory; it ends when the next pair is
    asked for, and has `largest` characters at most. As strict as `strict_loads`, and a name does not come twice. Raises
    BadJSON.

    Of yajl's readers none is as strict: half a surrogate comes out of them as a question mark.
    """
    reader = _Reader(file, largest)
    if reader.next() == "{":
        reader.take("{")
        names: set[str] = set()
        while reader.next() != "}":
            if names:
                reader.take(",")
            name = reader.value(1)
            if not isinstance(name, str):
                raise BadJSON("This is no JSON: a name is no text.")
            if name in names:
                raise BadJSON(f"{name[:100]} comes twice in the JSON.")
            names.add(name)
            reader.take(":")
            yield from _value(reader, name, 1)
        reader.take("}")
    else:
        yield from _value(reader, "", 0)
    if reader.next():
        raise BadJSON("This is no JSON: something follows its end.")


def _value(reader: _Reader, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    if reader.next() != "[":
        yield name, reader.value(depth)
        return
    entries = reader.entries(depth + 1)
    yield name, entries
    for _ in entries:
        pass


class _Reader:
    """A window over the text, which grows for an entry that does not end in it."""

    def __init__(self, file: IO[bytes], largest: int) -> None:
        self._file, self._largest = file, largest
        self._decoded = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._decode = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite).raw_decode
        self._text, self._at, self._over = "", 0, False

    def _more(self) -> None:
        data = self._file.read(max(CHUNK, len(self._text) - self._at))
        try:
            self._text = self._text[self._at :] + self._decoded(data, not data)
        except UnicodeDecodeError as error:
            raise BadJSON(f"This is no JSON: {error.reason}, which is not UTF-8.") from error
        self._at, self._over = 0, not data

    def next(self) -> str:
        """The character that comes next, which is no space; empty at the end."""
        while True:
            if match := SPACE.match(self._text, self._at):
                self._at = match.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._over:
                return ""
            self._more()

    def take(self, character: str) -> None:
        if (found := self.next()) != character:
            raise BadJSON(f"This is no JSON: {character} is expected, and not {found or 'its end'}.")
        self._at += 1

    def entries(self, depth: int) -> Iterator[Any]:
        self.take("[")
        first = True
        while self.next() != "]":
            if not first:
                self.take(",")
            yield self.value(depth)
            first = False
        self.take("]")

    def value(self, depth: int) -> Any:
        self.next()
        while True:
            try:
                value, end = self._decode(self._text, self._at)
                if end + NUMBER_GOES_ON <= len(self._text) or self._over:
                    break
            except RecursionError as error:
                raise BadJSON("The JSON is nested too deep.") from error
            except json.JSONDecodeError as error:
                if self._over:
                    raise BadJSON(f"This is no JSON: {error.msg}.") from error
            except ValueError as error:
                raise BadJSON(f"This is no JSON: {error}") from error
            if len(self._text) - self._at > self._largest:
                raise BadJSON(f"One entry is longer than {self._largest // 1024**2} MB, or it is no JSON.")
            self._more()
        brackets = self._text.count("[", self._at, end) + self._text.count("{", self._at, end)
        if depth + brackets > DEEPEST or self._text.find("\\u", self._at, end) >= 0:
            _check(value, depth)
        self._at = end
        return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number.")


def _finite(text: str) -> float:
    """`1e999` is a number to the grammar, and infinity to Python."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("A number is too large.")
    return value


def _check(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise BadJSON("The JSON is nested too deep.")
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:  # half of a surrogate pair
            raise BadJSON("A text holds half a character.") from error
    elif isinstance(value, dict):
        for name, item in value.items():
            _check(name, depth)
            _check(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)

"""Canonical JSON (RFC 8785) in the narrow form that Keyrite writes.

ASCII member names, NFC strings of the characters that the page lists, integers 0 to 2^53-1, booleans, arrays, objects;
null only at places that the caller names; a duplicate member is an error.
"""

import bisect
import functools
import json
import os
import re
import unicodedata

from .refusal import Refused, require

BIGGEST = 2**53 - 1
MEMBER = re.compile(r"[\x20-\x7e]+")
PLAIN = re.compile(r"[ -~]*")
DEEPEST = 64


@functools.cache
def characters():
    """Where ranges of allowed characters begin and end, in turn: the list that the page names"""
    vectors = os.path.join(os.path.dirname(__file__), "..", "..", "vectors", "characters.txt")
    with open(vectors, encoding="ascii") as file:
        ranges = [line.split("-") for line in file if not line.startswith("#")]
    return [bound for first, last in ranges for bound in (int(first, 16), int(last, 16) + 1)]


_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False).encode


def dumps(value):
    """value -> its canonical bytes. Names are ASCII, so sorting by code point is RFC 8785's order."""
    return _written(value).encode("utf-8")


def same(one, other):
    """Equal as JSON. Python's own == calls 1 and true equal."""
    return dumps(one) == dumps(other)


def parse(line, nulls=frozenset()):
    """line (bytes, without LF) -> value.

    nulls: where null is allowed, as tuples of member names from the top, e.g. ("record", "prev").
    """
    try:
        text = line.decode("utf-8")
        value = _read(text)
        _check(value, (), nulls, 1)
        canonical = dumps(value)
    except (ValueError, RecursionError) as error:
        raise Refused("JSON", f"not JSON: {error}") from error
    require(canonical == line, "JSON-CANONICAL", "the line is not in canonical form (RFC 8785)")
    return value


def _object(pairs):
    members = dict(pairs)
    require(len(members) == len(pairs), "JSON-DUPLICATE", "a member stands twice in one object")
    return members


def _no_float(text):
    raise Refused("JSON-NUMBER", f"{text} is not an integer")


_read = json.JSONDecoder(object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float).decode


def _check(value, path, nulls, level):
    """Walk the value; arrays add nothing to the path, so no null inside an array can be allowed by accident."""
    if isinstance(value, str):
        check_text(value, path)
    elif isinstance(value, (dict, list)):
        require(level <= DEEPEST, "JSON-DEEP", "arrays and objects lie too deep in one another")
        for name, inner in value.items() if isinstance(value, dict) else (("[]", inner) for inner in value):
            if not MEMBER.fullmatch(name):
                raise Refused("JSON-NAME", f"the member name {name!r} is not plain ASCII")
            _check(inner, (*path, name), nulls, level + 1)
    elif value is None:
        require(path in nulls, "JSON-NULL", f"null is not allowed at {'.'.join(path)}")
    elif not isinstance(value, bool) and not 0 <= value <= BIGGEST:
        raise Refused("JSON-NUMBER", f"{'.'.join(path)} is outside 0 to 2^53-1")


def check_text(text, path):
    if PLAIN.fullmatch(text):
        return
    allowed = characters()
    known = all(bisect.bisect_right(allowed, ord(char)) % 2 == 1 for char in text)
    require(known, "JSON-TEXT", f"a character that may not stand at {'.'.join(path)}")
    # Of characters of Unicode 14.0 every later version has the same NFC.
    composed = unicodedata.is_normalized("NFC", text)
    require(composed, "JSON-TEXT", f"the text at {'.'.join(path)} is not NFC")

"""Shapes of JSON values: small checkers that are put together and then called with (value, where)."""

import re

from .encoding import is_time, unb64
from .refusal import Refused, require


def _refuse(where, wanted):
    raise Refused("SHAPE", f"{where} is not {wanted}")


def text(value, where):
    if not isinstance(value, str) or len(value.encode("utf-8", "surrogatepass")) > 4096:
        _refuse(where, "a string of up to 4096 bytes")


def boolean(value, where):
    if not isinstance(value, bool):
        _refuse(where, "a boolean")


def yes(value, where):
    require(value is True, "SHAPE", f"{where} is not true")


def moment(value, where):
    if not is_time(value):
        _refuse(where, "a time like 2026-11-23T20:15:00.000Z")


def integer(least=0):
    """An integer of at least `least`; true is not 1."""

    def check(value, where):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            _refuse(where, f"an integer from {least}")

    return check


def match(pattern, wanted):
    """A string that the pattern matches as a whole."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value, where):
        if not isinstance(value, str) or not compiled.fullmatch(value):
            _refuse(where, wanted)

    return check


def hexadecimal(size):
    return match(f"[0-9a-f]{{{2 * size}}}", f"{size} bytes in lower-case hex")


def binary(size=None):
    """base64url of `size` bytes, or of any number"""

    def check(value, where):
        data = unb64(value) if isinstance(value, str) else _refuse(where, "base64url")
        if size is not None and len(data) != size:
            _refuse(where, f"{size} bytes in base64url")

    return check


def one_of(*words):
    def check(value, where):
        if value not in words or not isinstance(value, str):
            _refuse(where, "one of " + ", ".join(words))

    return check


def listed(item, least=0, most=None):
    """An array of at least `least` items, and no more than `most`"""

    def check(value, where):
        if not isinstance(value, list) or len(value) < least or (most is not None and len(value) > most):
            _refuse(where, f"an array of {least} or more, or of too many")
        for place, inner in enumerate(value):
            item(inner, f"{where}[{place}]")

    return check


def ordered(item, least=0, order=None, most=None):
    """An array of different items: in the order of their bytes, or in this one"""

    def check(value, where):
        listed(item, least, most)(value, where)
        wanted = sorted(set(value)) if order is None else [one for one in order if one in value]
        require(value == wanted, "SHAPE", f"{where} is not in order, or has something twice")

    return check


def members(required, optional=None, exact=True):
    """An object with these members; others may not stand beside them, unless it is not `exact`."""
    optional = optional or {}
    known = {*required, *optional}

    def check(value, where):
        if not isinstance(value, dict):
            _refuse(where, "an object")
        for name, inner in required.items():
            if name not in value:
                raise Refused("SHAPE", f"{where} lacks {name}")
            inner(value[name], f"{where}.{name}")
        for name, inner in optional.items():
            if name in value:
                inner(value[name], f"{where}.{name}")
        if exact and not value.keys() <= known:
            strange = sorted(value.keys() - known)
            raise Refused("SHAPE", f"{where} has the unknown member {', '.join(strange)}")

    return check


def anything(_value, _where):
    """No demand: for members that another rule looks at."""


UUID = match(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "a uuid in lower case")
NAME = match(r"[a-z][a-z0-9-]{0,31}", "a name")
STATION_NAME = match(r"[a-z0-9][a-z0-9-]{0,31}", "the name of a station")
KEY_NAME = match(r"[a-z0-9][a-z0-9._/-]{0,62}", "the name of a key")
CODE = match(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "a code")

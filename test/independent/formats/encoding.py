"""Base64url without padding (RFC 4648, 5), short codes in Crockford's base32, times and the DSSE encoding."""

import base64
import datetime
import functools
import hashlib
import re

from .refusal import Refused, require

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIME = re.compile(r"(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def b64(data):
    """bytes -> base64url text without padding"""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text, rule="BASE64URL"):
    """base64url text -> bytes; only the one spelling that `b64` gives is taken"""
    require(isinstance(text, str), rule, "not base64url without padding")
    return _decoded(text, rule)


# The same ids, leaves and keys stand in many records.
@functools.lru_cache(maxsize=4096)
def _decoded(text, rule):
    require(BASE64URL.fullmatch(text), rule, "not base64url without padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused(rule, "not base64url without padding") from error
    # Unused bits of the last letter could otherwise spell one value in several ways.
    require(b64(data) == text, rule, "base64url with stray bits at its end")
    return data


def plan_code(digest):
    """The first 100 bits of a plan's SHA-256 in Crockford's base32, five groups of four"""
    return _grouped(_letters(digest, 20), 4)


def record_code(digest):
    """The first 120 bits of a leaf or root and a check character, five groups of five"""
    values = _letters(digest, 24)
    return _grouped([*values, _check(values)], 5)


def parse_code(typed):
    """A record's code as a person types it: any case, blanks and dashes dropped, O for 0, I and L for 1"""
    plain = typed.upper().translate(str.maketrans("OIL", "011", " -"))
    require(len(plain) == 25 and set(plain) <= set(CROCKFORD), "CODE", "not a code of 25 characters")
    *values, last = (CROCKFORD.index(letter) for letter in plain)
    require(_check(values) == last, "CODE", "mistyped: the check character is wrong")
    return _grouped([*values, last], 5)


def _letters(digest, count):
    bits = int.from_bytes(digest[:16], "big")
    return [bits >> 128 - 5 * place & 31 for place in range(1, count + 1)]


def _check(values):
    return sum(place * value for place, value in enumerate(values, 1)) % 31


def _grouped(values, size):
    text = "".join(CROCKFORD[value] for value in values)
    return " ".join(text[start : start + size] for start in range(0, len(text), size))


def is_time(text):
    """True for 2026-11-23T20:15:00.000Z and dates that exist."""
    return isinstance(text, str) and _exists(text)


@functools.lru_cache(maxsize=4096)
def _exists(text):
    if not TIME.fullmatch(text):
        return False
    try:
        datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return True


def milliseconds(time):
    """Since 1970, of a time that is one"""
    zero = datetime.datetime(1970, 1, 1)
    return (datetime.datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ") - zero) // datetime.timedelta(milliseconds=1)


def pae(payload_type, body):
    """The DSSE pre-authentication encoding: "DSSEv1" SP len(t) SP t SP len(b) SP b, lengths in bytes."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def sha256(data):
    return hashlib.sha256(data).digest()

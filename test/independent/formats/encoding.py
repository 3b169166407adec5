"""Base64url without padding (RFC 4648, 5), short codes in Crockford's base32, times and the DSSE encoding."""

import base64
import datetime
import hashlib
import re

from .refusal import Refused, require

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


def b64(data):
    """bytes -> base64url text without padding"""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text, rule="BASE64URL"):
    """base64url text -> bytes; only the one spelling that `b64` gives is taken"""
    require(isinstance(text, str) and BASE64URL.fullmatch(text), rule, "not base64url without padding")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise Refused(rule, "not base64url without padding") from error
    # Unused bits of the last letter could otherwise spell one value in several ways.
    require(b64(data) == text, rule, "base64url with stray bits at its end")
    return data


def short_code(digest):
    """The first 60 bits of a SHA-256 in Crockford's base32: 'K7QD 9XMA 2FJT'."""
    bits = int.from_bytes(digest[:8], "big") >> 4
    letters = "".join(CROCKFORD[bits >> shift & 31] for shift in range(55, -5, -5))
    return f"{letters[:4]} {letters[4:8]} {letters[8:]}"


def same_code(typed, code):
    """Compare codes as a person types them: any case, any spacing, O for 0, I and L for 1."""
    fold = str.maketrans("OIL", "011", " -")
    return typed.upper().translate(fold) == code.translate(fold)


def is_time(text):
    """True for 2026-11-23T20:15:00.000Z and dates that exist."""
    if not isinstance(text, str) or not TIME.fullmatch(text):
        return False
    try:
        datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return False
    return True


def pae(payload_type, body):
    """The DSSE pre-authentication encoding: "DSSEv1" SP len(t) SP t SP len(b) SP b, lengths in bytes."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def sha256(data):
    return hashlib.sha256(data).digest()

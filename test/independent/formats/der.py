"""The little DER (X.690) that keys and signatures need."""

from .refusal import Refused, require


def element(data, tag, rule="DER"):
    """data that begins with `tag` -> (its contents, what follows); lengths in their shortest form only"""
    require(len(data) >= 2 and data[0] == tag, rule, f"no DER element of tag {tag:#04x}")
    size, start = data[1], 2
    if size & 0x80:
        start += size & 0x7F
        size = int.from_bytes(data[2:start], "big")
        shortest = size > 0x7F and data[2] != 0
        require(2 < start <= 6 and shortest, rule, "a DER length is not in its shortest form")
    require(start + size <= len(data), rule, "a DER element is cut off")
    return data[start : start + size], data[start + size :]


def whole(data, tag, rule="DER"):
    """Like `element`, and nothing may follow."""
    inner, rest = element(data, tag, rule)
    require(not rest, rule, "bytes after a DER element")
    return inner


def unsigned(data, rule="DER"):
    """-> (a non-negative INTEGER, what follows)"""
    inner, rest = element(data, 0x02, rule)
    padded = len(inner) > 1 and inner[0] == 0 and inner[1] < 0x80
    if not inner or inner[0] >= 0x80 or padded:
        raise Refused(rule, "a DER integer is negative or padded")
    return int.from_bytes(inner, "big"), rest


def _integer(number):
    data = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return bytes([0x02, len(data)]) + data


def ecdsa_to_der(signature):
    """r then s, 32 bytes each -> SEQUENCE { r, s } (RFC 3279, 2.2.3)"""
    half = len(signature) // 2
    body = _integer(int.from_bytes(signature[:half], "big")) + _integer(int.from_bytes(signature[half:], "big"))
    return bytes([0x30, len(body)]) + body


def ecdsa_from_der(data, rule="DER"):
    """SEQUENCE { r, s } -> r then s, 32 bytes each"""
    r, rest = unsigned(whole(data, 0x30, rule), rule)
    s, rest = unsigned(rest, rule)
    require(not rest and r < 2**256 and s < 2**256, rule, "not an ECDSA signature of P-256")
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")

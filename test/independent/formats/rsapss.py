"""PS256: RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes (RFC 8017, 8.1.2; RFC 7518, 3.5)."""

import hashlib

SIZE = 32


def verify(key, message, signature):
    """key (modulus, exponent), message, signature -> bool"""
    modulus, exponent = key
    number = int.from_bytes(signature, "big")
    if len(signature) != (modulus.bit_length() + 7) // 8 or number >= modulus:
        return False
    bits = modulus.bit_length() - 1
    opened = pow(number, exponent, modulus)
    if opened.bit_length() > bits:
        return False
    return _matches(opened.to_bytes((bits + 7) // 8, "big"), bits, hashlib.sha256(message).digest())


def _matches(encoded, bits, digest):
    """EMSA-PSS-VERIFY (RFC 8017, 9.1.2)"""
    if len(encoded) < 2 * SIZE + 2 or encoded[-1] != 0xBC:
        return False
    masked, found = encoded[: -SIZE - 1], encoded[-SIZE - 1 : -1]
    block = bytes(a ^ b for a, b in zip(masked, _mgf1(found, len(masked))))
    block = bytes([block[0] & 0xFF >> 8 * len(encoded) - bits]) + block[1:]
    if block[: -SIZE - 1].strip(b"\0") or block[-SIZE - 1] != 1:
        return False
    return hashlib.sha256(bytes(8) + digest + block[-SIZE:]).digest() == found


def _mgf1(seed, size):
    parts = (hashlib.sha256(seed + count.to_bytes(4, "big")).digest() for count in range(-(-size // SIZE)))
    return b"".join(parts)[:size]

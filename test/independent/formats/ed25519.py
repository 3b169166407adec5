"""Ed25519 (RFC 8032, 5.1) in plain Python: thousands of signatures without a process for each.

Nothing here is constant-time: it checks public data, and makes keys and signatures only in tests.
"""

import functools
import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)

# Points are extended coordinates (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z (RFC 8032, 5.1.4).
ZERO = (0, 1, 1, 0)


def _add(a, b):
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    w, x, y, z = f - e, h - g, h + g, f + e
    return (w * x % P, y * z % P, x * y % P, w * z % P)


def _decode(data):
    """32 bytes -> point, or None (RFC 8032, 5.1.3)"""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return (x, y, 1, x * y % P)


def _encode(point):
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = _decode(bytes.fromhex("58" + "66" * 31))


@functools.lru_cache(maxsize=256)
def _table(point):
    """64 rows of d * 16^i * point, d from 0 to 15: a product then costs 64 additions and no doubling."""
    rows = []
    for _ in range(64):
        row = [ZERO]
        for _ in range(15):
            row.append(_add(row[-1], point))
        rows.append(row)
        point = _add(row[-1], point)
    return rows


def _multiply(scalar, point):
    total = ZERO
    for row in _table(point):
        if scalar & 15:
            total = _add(total, row[scalar & 15])
        scalar >>= 4
    return total


@functools.cache
def is_sound(public):
    """Spelled in its one way, on the curve, and of no small order (under such a key anybody could sign)"""
    point = _decode(public)
    if point is None:
        return False
    for _ in range(3):
        point = _add(point, point)
    return _encode(point) != _encode(ZERO)


def verify(public, message, signature):
    """public (32 bytes), message, signature (64 bytes) -> bool (RFC 8032, 5.1.7, without the cofactor, as OpenSSL)"""
    if len(public) != 32 or len(signature) != 64:
        return False
    key = _decode(public)
    s = int.from_bytes(signature[32:], "little")
    if key is None or s >= L:
        return False
    k = _hash(signature[:32] + public + message)
    minus = (P - key[0], key[1], 1, P - key[3])
    return _encode(_add(_multiply(s, BASE), _multiply(k, minus))) == signature[:32]


def _hash(data):
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % L


def _expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    """32-byte seed -> 32-byte public key"""
    return _encode(_multiply(_expand(seed)[0], BASE))


def sign(seed, message):
    """32-byte seed, message -> 64-byte signature"""
    scalar, prefix = _expand(seed)
    public = _encode(_multiply(scalar, BASE))
    r = _hash(prefix + message)
    commitment = _encode(_multiply(r, BASE))
    s = (r + _hash(commitment + public + message) * scalar) % L
    return commitment + s.to_bytes(32, "little")

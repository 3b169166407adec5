"""ECDSA over P-256 with SHA-256 (FIPS 186-5, 6.4) in plain Python.

Nothing here is constant-time: it checks public data, and makes signatures only in tests.
"""

import functools
import hashlib

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

# Jacobian coordinates (X, Y, Z) with x = X/Z^2, y = Y/Z^3; None is the point at infinity.


def _double(a):
    if a is None:
        return None
    x, y, z = a
    zz, yy = z * z % P, y * y % P
    s = 4 * x * yy % P
    m = 3 * (x - zz) * (x + zz) % P
    x3 = (m * m - 2 * s) % P
    return (x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P)


def _add(a, b):
    if a is None or b is None:
        return b if a is None else a
    (x1, y1, z1), (x2, y2, z2) = a, b
    z1z1, z2z2 = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * z2z2 % P, x2 * z1z1 % P
    s1, s2 = y1 * z2 * z2z2 % P, y2 * z1 * z1z1 % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if h == 0:
        return _double(a) if r == 0 else None
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return (x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P)


@functools.lru_cache(maxsize=64)
def _table(point):
    """64 rows of d * 16^i * point, d from 0 to 15: a product then costs 64 additions and no doubling."""
    here, rows = (*point, 1), []
    for _ in range(64):
        row = [None]
        for _ in range(15):
            row.append(_add(row[-1], here))
        rows.append(row)
        here = _add(row[-1], here)
    return rows


def _multiply(scalar, point):
    total = None
    for row in _table(point):
        total = _add(total, row[scalar & 15])
        scalar >>= 4
    return total


def on_curve(x, y):
    return x < P and y < P and (y * y - x * x * x + 3 * x - B) % P == 0


def verify(point, message, signature):
    """point (x, y), message, signature r then s (64 bytes) -> bool"""
    if len(signature) != 64 or not on_curve(*point):
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, -1, N)
    found = _add(_multiply(digest * inverse % N, BASE), _multiply(r * inverse % N, point))
    return found is not None and found[0] * pow(found[2], -2, P) % P % N == r


def sign(scalar, message):
    """private key, message -> signature, r then s; whoever knows both knows its nonce too"""
    digest = hashlib.sha256(message).digest()
    nonce = int.from_bytes(hashlib.sha512(scalar.to_bytes(32, "big") + digest).digest(), "big") % N
    x, _, z = _multiply(nonce, BASE)
    r = x * pow(z, -2, P) % P % N
    s = pow(nonce, -1, N) * (int.from_bytes(digest, "big") + r * scalar) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")

"""Shamir's secret sharing over GF(2^8) with x^8+x^4+x^3+x+1: a share is the bytes of y, then one byte x."""

from .refusal import require


def multiply(a, b):
    """The product in GF(2^8) modulo 0x11b (FIPS 197, 4.2)"""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def invert(a):
    """a^254, the inverse of a"""
    power = 1
    for _ in range(254):
        power = multiply(power, a)
    return power


def combine(shares):
    """[y bytes then x] -> secret: Lagrange's polynomial at 0. Wrong shares give a wrong secret, never an error."""
    points = [share[-1] for share in shares]
    require(len(set(points)) == len(points), "SHARE-TWICE", "two shares have the same x")
    require(0 not in points, "SHARE-ZERO", "a share with x = 0 would dictate the secret")
    secret = bytes(len(shares[0]) - 1)
    for share, weight in zip(shares, _weights(points)):
        secret = bytes(sum_ ^ multiply(y, weight) for sum_, y in zip(secret, share[:-1]))
    return secret


def _weights(points):
    """The value at 0 of each Lagrange basis polynomial; minus is plus here."""
    for mine in points:
        weight = 1
        for other in points:
            if other != mine:
                weight = multiply(weight, multiply(other, invert(other ^ mine)))
        yield weight


def split(secret, count, threshold, random):
    """secret -> `count` shares, any `threshold` of which combine to it; random(n) gives n bytes"""
    rows = [secret] + [random(len(secret)) for _ in range(threshold - 1)]
    shares = []
    for x in range(1, count + 1):
        value = bytes(len(secret))
        for row in reversed(rows):
            value = bytes(multiply(a, x) ^ b for a, b in zip(value, row))
        shares.append(value + bytes([x]))
    return shares

"""Bech32m (BIP-350)."""

from .refusal import require

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CONSTANT = 0x2BC830A3
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
RULE = "BECH32M"


def _polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, term in enumerate(GENERATOR):
            check ^= term if top >> place & 1 else 0
    return check


def _expand(hrp):
    return [ord(letter) >> 5 for letter in hrp] + [0] + [ord(letter) & 31 for letter in hrp]


def decode(text):
    """text -> (hrp, 5-bit values without the checksum)"""
    plain = len(text) <= 90 and all(33 <= ord(letter) <= 126 for letter in text)
    require(plain, RULE, "too long, or strange characters")
    require(text in (text.lower(), text.upper()), RULE, "upper and lower case are mixed")
    hrp, one, data = text.lower().rpartition("1")
    require(one and hrp and len(data) >= 6, RULE, "no separator, or too short")
    require(all(letter in CHARSET for letter in data), RULE, "a character that bech32 does not have")
    values = [CHARSET.index(letter) for letter in data]
    require(_polymod(_expand(hrp) + values) == CONSTANT, RULE, "the checksum is wrong: a letter is mistyped")
    return hrp, values[:-6]


def encode(hrp, values):
    """hrp, 5-bit values -> text"""
    check = _polymod(_expand(hrp) + values + [0] * 6) ^ CONSTANT
    tail = [check >> 5 * (5 - place) & 31 for place in range(6)]
    return hrp + "1" + "".join(CHARSET[value] for value in values + tail)


def to_bytes(values):
    """5-bit values -> bytes; the bits left over must be fewer than 5 and zero"""
    number = 0
    for value in values:
        number = number << 5 | value
    spare = 5 * len(values) % 8
    require(spare < 5 and number & (1 << spare) - 1 == 0, RULE, "stray bits at the end")
    return (number >> spare).to_bytes(5 * len(values) // 8, "big")


def from_bytes(data):
    """bytes -> 5-bit values, filled up with zero bits"""
    spare = -8 * len(data) % 5
    number = int.from_bytes(data, "big") << spare
    count = (8 * len(data) + spare) // 5
    return [number >> 5 * (count - 1 - place) & 31 for place in range(count)]

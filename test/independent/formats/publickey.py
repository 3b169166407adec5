"""Public keys that sign: read from a SubjectPublicKeyInfo, known by their id, asked to verify."""

from . import der, ed25519, openssl, p256, rsapss
from .encoding import sha256, unb64
from .refusal import Refused, require

P256_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
ED25519_PREFIX = bytes.fromhex("302a300506032b6570032100")
RSA_ALGORITHM = bytes.fromhex("06092a864886f70d0101010500")

# Signatures are checked in this program; "openssl" asks the openssl command for each one.
engine = {"name": "python"}


def key_id(spki):
    """The first 8 bytes of SHA-256(SPKI DER), hex (6.3)"""
    return sha256(spki)[:8].hex()


class PublicKey:
    """{id, alg, spki} of a record, checked: the id is of the spki, and the spki is a key for the alg."""

    def __init__(self, described):
        self.described, self.id, self.alg = described, described["id"], described["alg"]
        self.spki = unb64(described["spki"])
        require(self.id == key_id(self.spki), "KEY-ID", f"{self.id} is not the id of its spki")
        self.material = _material(self.alg, self.spki)

    def verify(self, message, signature):
        """message, signature bytes (r then s for ES256) -> bool"""
        # Of the two s that verify only the lower one is taken.
        if self.alg == "ES256" and int.from_bytes(signature[32:], "big") > p256.N // 2:
            return False
        if engine["name"] == "openssl":
            return self.verify_by_openssl(message, signature)
        return {"EdDSA": ed25519, "ES256": p256, "PS256": rsapss}[self.alg].verify(self.material, message, signature)

    def verify_by_openssl(self, message, signature):
        # The command itself passes over bytes that follow a signature.
        if len(signature) != self.signature_length():
            return False
        signature = der.ecdsa_to_der(signature) if self.alg == "ES256" else signature
        return openssl.verify(self.alg, self.spki, message, signature)

    def signature_length(self):
        return (self.material[0].bit_length() + 7) // 8 if self.alg == "PS256" else 64


def verify_raw_ed25519(public, message, signature):
    """The same for the bare 32 bytes that stand in rosters"""
    if engine["name"] == "openssl":
        return openssl.verify("EdDSA", ED25519_PREFIX + public, message, signature)
    return ed25519.verify(public, message, signature)


def _material(alg, spki):
    reader = {"EdDSA": _ed25519, "ES256": _p256, "PS256": rsa_numbers}.get(alg)
    if reader is None:
        raise Refused("KEY-ALG", f"{alg} is none of ES256, EdDSA, PS256")
    return reader(spki)


def _ed25519(spki):
    """RFC 8410, 4 -> the 32 bytes"""
    fits = len(spki) == 44 and spki.startswith(ED25519_PREFIX)
    require(fits, "KEY-ALG", "the spki is not an Ed25519 key")
    require(ed25519.is_sound(spki[12:]), "KEY-ALG", "the Ed25519 key is of small order, or not in its one spelling")
    return spki[12:]


def _p256(spki):
    """RFC 5480, 2, uncompressed -> (x, y)"""
    fits = len(spki) == 91 and spki.startswith(P256_PREFIX)
    require(fits, "KEY-ALG", "the spki is not an uncompressed P-256 key")
    point = int.from_bytes(spki[27:59], "big"), int.from_bytes(spki[59:], "big")
    require(p256.on_curve(*point), "KEY-ALG", "the point is not on P-256")
    return point


def rsa_numbers(spki):
    """RFC 8017, A.1.1 in an SPKI -> (modulus, exponent)"""
    algorithm, rest = der.element(der.whole(spki, 0x30, "KEY-ALG"), 0x30, "KEY-ALG")
    bits = der.whole(rest, 0x03, "KEY-ALG")
    require(algorithm == RSA_ALGORITHM and bits[:1] == b"\0", "KEY-ALG", "the spki is not an RSA key")
    modulus, rest = der.unsigned(der.whole(bits[1:], 0x30, "KEY-ALG"), "KEY-ALG")
    exponent, rest = der.unsigned(rest, "KEY-ALG")
    sound = not rest and 2048 <= modulus.bit_length() <= 16384 and modulus & 1
    sound = sound and exponent & 1 and 65536 < exponent < 2**64
    require(sound, "KEY-ALG", "the RSA key is malformed, of another size, or of another exponent")
    return modulus, exponent

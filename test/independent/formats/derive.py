"""What follows from a group secret, a share or a nonce (docs/formats.md, 1 and 2)."""

import base64
import hashlib
import hmac
import uuid

from . import ed25519, openssl
from .encoding import b64
from .refusal import require


def hkdf(ikm, salt, info, length):
    """HKDF-SHA256 (RFC 5869): ikm and salt are bytes, info is text or bytes"""
    info = info.encode("utf-8") if isinstance(info, str) else info
    key = hmac.digest(salt or bytes(32), ikm, "sha256")
    block, output = b"", b""
    for count in range(1, -(-length // hashlib.sha256().digest_size) + 1):
        block = hmac.digest(key, block + info + bytes([count]), "sha256")
        output += block
    return output[:length]


def partition_bytes(partition):
    """P: the 16 bytes of the uuid in the order of its text"""
    return uuid.UUID(partition).bytes


def check_value(secret, partition):
    """The 16 bytes that stand in the roster as `check`"""
    return hkdf(secret, partition_bytes(partition), "keyrite/v1/check", 16)


def pin(secret, partition, role, length=32, prefix=""):
    """The PIN of "so" or "user": base32 (RFC 4648), lower case, the first `length` characters"""
    require(role in ("so", "user"), "PIN-ROLE", "only so and user have a PIN")
    require(4 <= length <= 32, "PIN-LENGTH", "a PIN has at most 32 characters")
    material = hkdf(secret, partition_bytes(partition), "keyrite/v1/pin/" + role, 20)
    return prefix + base64.b32encode(material).decode("ascii").lower()[:length]


def kek(secret, partition):
    """The 32 bytes of the backup KEK, from the secret of the group that holds `recovery`"""
    return hkdf(secret, partition_bytes(partition), "keyrite/v1/kek", 32)


def kek_check(key):
    """base64url of AES-KWP(KEK, 32 zero bytes)"""
    return b64(openssl.kwp_wrap(key, bytes(32)))


def bridge_key(secret, partition, epoch):
    """The key under which the secret of `epoch` wraps the one before it"""
    return hkdf(secret, partition_bytes(partition), f"keyrite/v1/bridge/{epoch}", 32)


def approval_seed(payload):
    """The Ed25519 seed of a share's 49 bytes"""
    return hkdf(payload, b"", "keyrite/v1/approval", 32)


def approval_key(payload):
    """The 32 public bytes that stand in the roster"""
    return ed25519.public_key(approval_seed(payload))


def app_id(nonce, partition):
    """The id in hex of the application that the plan with this nonce (bytes) brings"""
    return hkdf(nonce, partition_bytes(partition), "keyrite/v1/app/id", 8).hex()


def app_pin(secret, partition, role, app, generation=1, length=24):
    """The PIN of "user", or of "so" (32 characters, of generation 1 always), of an application's token"""
    require(role in ("so", "user"), "PIN-ROLE", "only so and user have a PIN")
    info = f"keyrite/v1/app/{role}/{app}/{generation if role == 'user' else 1}"
    material = hkdf(secret, partition_bytes(partition), info, 15 if role == "user" else 20)
    return base64.b32encode(material).decode("ascii").lower()[: length if role == "user" else 32]


def member_id(nonce, partition):
    """The id in hex of the member that the plan with this nonce (bytes) brings"""
    return hkdf(nonce, partition_bytes(partition), "keyrite/v1/member/id", 8).hex()


def member_pin(secret, partition, role, member, length=32, prefix=""):
    """The PIN of the token of a member that has an id"""
    require(role in ("so", "user"), "PIN-ROLE", "only so and user have a PIN")
    material = hkdf(secret, partition_bytes(partition), f"keyrite/v1/member/{role}/{member}", 20)
    return prefix + base64.b32encode(material).decode("ascii").lower()[:length]


def new_key_id(nonce, partition, place):
    """CKA_ID in hex of the `place`-th new key (from 0) of the plan with this nonce (bytes)"""
    return hkdf(nonce, partition_bytes(partition), f"keyrite/v1/id/{place}", 16).hex()

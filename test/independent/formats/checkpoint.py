"""Checkpoints (docs/formats.md, 4): C2SP signed notes of a ledger's size and root."""

import base64
import re

from . import der
from .canonical import check_text
from .encoding import sha256, unb64
from .refusal import Refused, require

RULE = "CHECKPOINT"
TEXT = re.compile(r"([^\n]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\n(?:state ([A-Za-z0-9_-]{43})\n)?")
LINE = re.compile("\u2014 ([^\\s+]+) ([A-Za-z0-9+/]+=*)")


class Checkpoint:
    """origin, size, root (bytes), state (bytes, or None), text (bytes) and signatures [(key name, key id bytes, signature bytes)]"""

    def __init__(self, data):
        text, lines = _halves(data)
        found = TEXT.fullmatch(text)
        require(found, RULE, "a checkpoint's text is its origin, size and root, a line each, and a state")
        self.text = text.encode("utf-8")
        self.origin, self.size = found[1], int(found[2])
        self.root = _standard_base64(found[3])
        self.state = None if found[4] is None else unb64(found[4])
        self.signatures = [_signature(line) for line in lines]

    def verify(self, partition, audit_keys):
        """Refuse unless an audit key of the verified ledger signed it; lines by keys we don't know are passed over."""
        origin = f"keyrite/{partition}"
        require(self.origin == origin, RULE, f"the checkpoint is of {self.origin}, the ledger of {partition}")
        known = {note_key_id(origin, key): key for key in audit_keys}
        signers = [(known[mark], value) for name, mark, value in self.signatures if name == origin and mark in known]
        require(signers, RULE, "no audit key of the ledger signed the checkpoint")
        for key, value in signers:
            value = der.ecdsa_from_der(value, RULE) if key.alg == "ES256" else value
            require(key.verify(self.text, value), RULE, f"the signature of {key.id} on the checkpoint is wrong")


def note_key_id(name, key):
    """The 4 bytes of the C2SP signed-note document: Ed25519 is type 0x01, for ECDSA it is the SPKI's hash, and for
    PS256, which has no type there, the page says the same."""
    if key.alg != "EdDSA":
        return sha256(key.spki)[:4]
    return sha256(name.encode("utf-8") + b"\n\x01" + key.material)[:4]


def _halves(data):
    """note -> (its text, its signature lines); the last empty line parts them"""
    try:
        note = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(RULE, "a checkpoint is UTF-8") from error
    text, gap, signatures = note.rpartition("\n\n")
    require(gap and signatures.endswith("\n"), RULE, "a checkpoint is text, an empty line and signature lines")
    return text + "\n", signatures[:-1].split("\n")


def _signature(line):
    found = LINE.fullmatch(line)
    require(found, RULE, "a signature line is malformed")
    check_text(found[1], ("the name of a key",))
    data = _standard_base64(found[2])
    require(len(data) > 4, RULE, "a signature line is too short")
    return found[1], data[:4], data[4:]


def _standard_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(RULE, "the base64 of the checkpoint is malformed") from error
    require(base64.b64encode(data).decode("ascii") == text, RULE, "the base64 of the checkpoint has stray bits")
    return data

"""The journal of a ceremony, and the files of its record (docs/formats.md, 17)."""

import hashlib
import json
import os

from .canonical import dumps, parse
from .encoding import b64, pae, unb64
from .merkle import leaf_hash
from .publickey import PublicKey
from .refusal import Refused

NULLS = frozenset({("entry", "prev")})
MEMBERS = {
    "opened": "name partition mode script site key station tool host people clock rehearsal",
    "step": "step kind began by values command exit plans records output file exception",
    "failed": "step kind began by values command exit plans records output file exception",
    "exception": "step text",
    "paused": "step stay",
    "resumed": "people read",
    "closed": "steps exceptions",
    "aborted": "reason",
}


class Broken(Exception):
    """Nothing behind it can be read"""


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def check_files(folder):
    """{name: sha256} of what the manifest names"""
    files = json.loads(read(folder, "manifest.json"))["manifest"]["files"]
    told = {file["name"]: file["sha256"] for file in files}
    there = sorted(os.listdir(folder))
    same = there == sorted([*told, "manifest.json"])
    if not same or any(hashlib.sha256(read(folder, name)).hexdigest() != told[name] for name in told):
        raise Broken("RECORD-FILES")
    if len(told) != len(files) or any(len(read(folder, file["name"])) != file["bytes"] for file in files):
        raise Broken("RECORD-FILES")
    return told


def journal(text):
    """[(entry, leaf)] and the rule that ended the reading, or None"""
    lines, key = [], None
    for raw in text.splitlines(keepends=True):
        if not raw.endswith(b"\n"):
            return lines, "JOURNAL-END"
        try:
            value = parse(raw[:-1], NULLS)
            entry, signature = value["entry"], value["signature"]
        except (Refused, KeyError):
            return lines, "JOURNAL-LINE"
        if set(entry) - {"format", "seq", "prev", "time", "type", *MEMBERS[entry["type"]].split()}:
            return lines, "JOURNAL-LINE"
        before = lines[-1] if lines else (None, None)
        if entry["seq"] != len(lines) or entry["prev"] != before[1] or (entry["type"] == "opened") != (not lines):
            return lines, "JOURNAL-CHAIN"
        key = key or PublicKey(entry["key"])
        message = pae("application/vnd.keyrite.journal+json", dumps(entry))
        if signature["key"] != key.id or not is_signed(key, message, unb64(signature["value"])):
            return lines, "JOURNAL-SIGNED"
        lines.append((entry, b64(leaf_hash(raw[:-1]))))
    return lines, None


def is_signed(key, message, value):
    try:
        return key.verify(message, value) is not False
    except Refused:
        return False


def counts(entries):
    """steps and exceptions"""
    told = [entry["type"] in ("exception", "failed") or "exception" in entry for entry in entries]
    return sum(entry["type"] == "step" for entry in entries), sum(told)

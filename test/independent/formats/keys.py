"""Keys as the ledger tells them: fingerprints, versions, states (docs/formats.md, 3 and "States of a key")."""

import hashlib
import re

from . import shape
from .canonical import same
from .encoding import unb64
from .refusal import require

STATES = ("pre-active", "active", "suspended", "deactivated", "compromised", "destroyed")
# SP 800-57 part 1, 7, as docs/formats.md lists it ("States of a key"); staying what it is needs no transition.
NEXT = {
    "pre-active": ("active", "compromised", "destroyed"),
    "active": ("suspended", "deactivated", "compromised"),
    "suspended": ("active", "deactivated", "compromised", "destroyed"),
    "deactivated": ("compromised", "destroyed"),
    "compromised": ("destroyed",),
    "destroyed": (),
}
FIRST = ("pre-active", "active")
FINGERPRINTS = {
    "pair": re.compile(r"sha256:[0-9a-f]{64}", re.ASCII),
    "secret": re.compile(r"(cmac5:|hmac5:)[0-9a-f]{10}|ecb3:[0-9a-f]{6}", re.ASCII),
}
ATTRIBUTE = re.compile(r"(?!CK[A-Z]_)[A-Z][A-Z0-9_]*", re.ASCII)
USAGES = ("encrypt", "decrypt", "sign", "verify", "wrap", "unwrap", "derive")
PAIRS = ("rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ec-p521", "ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
TYPES = ("aes-256", "aes-192", "aes-128", "hmac-sha256", "hmac-sha384", "hmac-sha512", "tdes-168", "tdes-112", *PAIRS)


def _attributes(value, where):
    """Booleans by name without CKA_; for pairs {private, public}"""
    require(isinstance(value, dict), "KEY-ATTRIBUTES", f"{where} is not an object")
    halves = value.values() if set(value) == {"private", "public"} else [value]
    for half in halves:
        sound = isinstance(half, dict) and all(
            ATTRIBUTE.fullmatch(name) and isinstance(flag, bool) for name, flag in half.items()
        )
        require(sound, "KEY-ATTRIBUTES", f"{where} holds other things than booleans by name")


GENERATED = shape.members({"kind": shape.one_of("generated")})
ADOPTED = shape.members({"kind": shape.one_of("adopted"), "label": shape.text})


FINGERPRINT = shape.match("sha256:[0-9a-f]{64}|(cmac5|hmac5):[0-9a-f]{10}|ecb3:[0-9a-f]{6}", "a fingerprint")
ORIGINS = {
    "adopted": ADOPTED,
    "components": shape.members(
        {"kind": shape.one_of("components"), "components": shape.listed(FINGERPRINT, 2), "clearOnHost": shape.yes}, {"issued": shape.yes}
    ),
    "file": shape.members(
        {"kind": shape.one_of("file"), "clearOnHost": shape.yes}, {"sha256": shape.hexadecimal(32), "sender": shape.text, "block": shape.members({"header": shape.text, "under": shape.text}, exact=True)}
    ),
    "transport": shape.members({"kind": shape.one_of("transport"), "request": shape.hexadecimal(32)}, {"sender": shape.text}),
}


def _origin(value, where):
    """How a key came to be; one that was adopted has the label that others use it by"""
    kind = value.get("kind") if isinstance(value, dict) else None
    (ORIGINS.get(kind, GENERATED) if isinstance(kind, str) else GENERATED)(value, where)


def brought(key):
    """Made elsewhere, as far as the ledger can tell"""
    return key["origin"]["kind"] not in ("generated", "adopted")


KIND = {
    "class": shape.one_of("secret", "pair"),
    "type": shape.one_of(*TYPES),
    "state": shape.one_of(*STATES),
    "attributes": _attributes,
    "usage": shape.ordered(shape.one_of(*USAGES), order=USAGES),
    "origin": _origin,
}
MEMBERS = {"name": shape.KEY_NAME, "version": shape.integer(1), "id": shape.match("([0-9a-f]{2}){1,64}", "1 to 64 bytes in lower-case hex"), **KIND}


PUBLISHED = {"published": shape.yes}
LASTING = {"activateAt": shape.moment, "accepted": shape.ordered(shape.CODE, 1)}
KEY = shape.members({**MEMBERS, "fingerprint": shape.text}, {**LASTING, **PUBLISHED, "spki": shape.binary()})
TEMPLATE = shape.members(KIND, LASTING)
TARGET = shape.members(MEMBERS, {**LASTING, **PUBLISHED, "fingerprint": shape.text})
# Members by which a key is the same key for ever.
IDENTITY = ("name", "version", "class", "type", "fingerprint", "origin", "usage", "activateAt", "accepted")


def check_key(key):
    """One key of a plan, of a record or of a backup"""
    require((key["type"] in PAIRS) == (key["class"] == "pair"), "KEY-CLASS", f"{label(key)} is no {key['class']} key")
    sound = FINGERPRINTS[key["class"]].fullmatch(key["fingerprint"]) if "fingerprint" in key else True
    require(sound, "KEY-FINGERPRINT", f"the fingerprint of {label(key)} is none of a {key['class']} key")
    halves = set(key["attributes"]) == {"private", "public"}
    fits = halves == (key["class"] == "pair")
    require(fits, "KEY-ATTRIBUTES", f"attributes of a {key['class']} key in the other class's form")


def check_public(key):
    """A pair is told of with its public key, which the fingerprint is of"""
    require(("spki" in key) == (key["class"] == "pair"), "KEY-SPKI", "pairs have an spki, secret keys none")
    sound = "spki" not in key or key["fingerprint"] == "sha256:" + hashlib.sha256(unb64(key["spki"])).hexdigest()
    require(sound, "KEY-SPKI", f"the spki of {label(key)} has another fingerprint")


class Keys:
    """Every key that the ledger ever named: {id: key object}, the latest version of each name, and the one that was in use last."""

    def __init__(self):
        self.by_id, self.by_label, self.pairs = {}, {}, {}
        self.latest, self.in_force = {}, {}

    def copy(self):
        other = Keys()
        other.by_id, other.by_label, other.latest = dict(self.by_id), dict(self.by_label), dict(self.latest)
        other.pairs, other.in_force = dict(self.pairs), dict(self.in_force)
        return other

    def apply(self, key, may_change, is_copy=False, may_end=False):
        """Take what a record says of one key -> True where that is news.

        may_change: the operation may make keys and move them between states
        is_copy: it is held against what is known, and not taken
        may_end: it may be destroyed from any state
        """
        check_key(key)
        check_public(key)
        if key["state"] == "destroyed":
            pair = key["class"] == "pair"
            bare = not any(key["attributes"].values()) if pair else not key["attributes"]
            require(bare, "KEY-ATTRIBUTES", f"{label(key)} is gone, and has attributes")
        if key["class"] == "pair":
            other = self.pairs.setdefault(key["fingerprint"], label(key))
            require(other == label(key), "KEY-DISTINCT", f"{label(key)} is the pair that {other} is")
        known = self.by_id.get(key["id"])
        if known is None:
            require(may_change, "KEY-NEW", f"{label(key)}: only an operation on keys makes keys")
            self._add(key)
        else:
            ends = may_end and known["state"] != "destroyed" and key["state"] == "destroyed"
            _check_move(known, key, may_change or ends, ends)
        if not is_copy:
            self.by_id[key["id"]] = self.by_label[label(key)] = key
            if standing(key) == "active" or key.get("origin", {}).get("kind") == "adopted":
                self.in_force[key["name"]] = max(self.in_force.get(key["name"], 0), key["version"])
        return known is None or standing(known) != standing(key)

    def adopt(self, key):
        """One with which a partition begins"""
        check_key(key)
        check_public(key)
        if key["class"] == "pair":
            other = self.pairs.setdefault(key["fingerprint"], label(key))
            require(other == label(key), "KEY-DISTINCT", f"{label(key)} is the pair that {other} is")
        self.latest[key["name"]] = self.in_force[key["name"]] = key["version"]
        self.by_id[key["id"]] = self.by_label[label(key)] = key

    def _add(self, key):
        latest = self.latest.get(key["name"], 0)
        told = f"the next version of {key['name']} is {latest + 1}, not {key['version']}"
        require(key["version"] == latest + 1, "KEY-VERSION", told)
        require(key["state"] in FIRST, "KEY-STATE", f"{label(key)} begins as {key['state']}")
        self.latest[key["name"]] = key["version"]

    def listed(self):
        return sorted(self.by_id.values(), key=lambda key: (key["name"], key["version"]))


def standing(key):
    """Its state, and whether it waits for its promotion"""
    return key["state"] + (", published" if "published" in key else "")


def label(key):
    return f"{key['name']}#{key['version']}"


def may_be_untold(name, wanted):
    """A token may be too old to know this flag, or that it is wanted false"""
    return name in ("COPYABLE", "DESTROYABLE") or name == "WRAP_WITH_TRUSTED" and not wanted


def _check_move(known, key, may_change, ends):
    for member in IDENTITY:
        if member == "accepted":
            # What a restore adds was allowed by its plan.
            require(set(known.get(member, [])) <= set(key.get(member, [])), "KEY-IDENTITY", "a weakness was taken back")
            continue
        unchanged = same([known.get(member)], [key.get(member)])
        require(unchanged, "KEY-IDENTITY", f"the {member} of {label(known)} became another")
    before, after = known["state"], key["state"]
    if before != after:
        require(may_change, "KEY-STATE", f"{label(key)}: only an operation on keys changes a state")
        require(ends or after in NEXT[before], "KEY-STATE", f"{label(key)} went from {before} to {after}")

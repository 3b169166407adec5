"""The profile of a token (docs/formats.md, 9): what it can do, and the weaknesses that its custodians accepted."""

from . import shape
from .canonical import same
from .refusal import require

FIRST_TYPES = ("aes-256", "aes-128", "hmac-sha256", "rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384", "ed25519")
# A profile of before says nothing of these.
LATER_TYPES = ("aes-192", "hmac-sha384", "hmac-sha512", "ec-p521", "tdes-168", "tdes-112", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87")
TYPES = (*FIRST_TYPES, *LATER_TYPES)
WEAKNESSES = ("no-so", "not-extractable", "open-to-all", "origin-untold", "short-pin", "unnamed", "usage-unkept", "user-trusted", "wrap-with-trusted")
WRAPS = ("kwp", "kw", "cbc-pad")


def _short(value, where):
    shape.text(value, where)
    require(len(value.encode()) <= 1000, "SHAPE", f"{where} is longer than 1000 bytes")


REASON = shape.members({"lacks": _short})


def _or_reason(check):
    def either(value, where):
        (REASON if isinstance(value, dict) else check)(value, where)

    return either


def _yes(value, where):
    require(value is True, "SHAPE", f"{where} is neither true nor a reason")


MECHANISM = shape.match(r"[A-Za-z0-9_]+", "a mechanism")
NAMES = shape.ordered(shape.match(r"[A-Z][A-Z0-9_]*", "an attribute"), 1)
ACCEPTED = shape.ordered(shape.one_of(*WEAKNESSES), 1)
OF_TYPE = shape.members({"make": _or_reason(_yes), "wrap": _or_reason(shape.one_of(*WRAPS))})
PROFILE = shape.members(
    {
        "module": shape.hexadecimal(32),
        "identity": shape.one_of("serial", "label"),
        "types": shape.members({name: OF_TYPE for name in FIRST_TYPES}, {name: OF_TYPE for name in LATER_TYPES}),
        "mechanisms": shape.members({}, {name: MECHANISM for name in WRAPS}),
        "unknown": shape.members({}, {"generate": NAMES, "create": NAMES, "unwrap": NAMES}),
        "unwrap": shape.one_of("whole", "sealed-after"),
        "point": shape.one_of("der", "bare"),
        "kek": _or_reason(shape.one_of("create", "oaep")),
        "checkValue": shape.one_of("cmac5", "ecb3", "none"),
        "audit": shape.one_of("ES256", "EdDSA", "PS256"),
        "head": shape.one_of("data", "hmac-id", "label"),
        "objects": shape.one_of("session", "token"),
        "so": shape.boolean,
    },
    {"broken": ACCEPTED, "pin": shape.integer()},
)


def check_accepted(profile, accepted):
    """A token that breaks a rule is taken knowingly or not at all."""
    weak = set(profile.get("broken", [])) | (set() if profile["so"] else {"no-so"})
    weak |= {"short-pin"} if profile.get("pin", 32) < 16 else set()
    left = sorted(weak - set(accepted))
    require(not left, "TOKEN-WEAK", f"nobody accepted that the token is weak: {', '.join(left)}")


# What a check can't find otherwise: the token, its PINs, and what the ledger lives by.
LASTING = ("identity", "audit", "head", "so", "pin")


def renewed(plan, record, before):
    """An outcome of a check that renews it, and is done, tells what the token can do, and no other does -> what holds from then on"""
    owed = plan["op"] == "partition.check" and "renews" in plan and record["result"] == "done"
    require(("profile" in record) == owed, "OUTCOME-SILENT", "it tells of a profile, or of none")
    if not owed:
        return before
    profile = record["profile"]
    require(profile["module"] == plan.get("module", {}).get("sha256"), "OUTCOME-SILENT", "its profile is of another library")
    other = [name for name in LASTING if not same([before.get(name)], [profile.get(name)])]
    require(not other, "OUTCOME-SILENT", f"its profile has another {', '.join(other)}")
    check_accepted(profile, plan.get("accepted", []))
    return profile

"""The types of records: the members that each one owes, and who may sign it (design, 6.3)."""

from . import plan as plans, shape
from .keys import KEY
from .roster import GROUPS, VOICE

STATION_TYPES = ("denied", "drill", "note")

SIGNING_KEY = shape.members(
    {"id": shape.hexadecimal(8), "alg": shape.one_of("ES256", "EdDSA", "PS256"), "spki": shape.binary()}
)
TOKEN = shape.members({name: shape.text for name in ("serial", "label", "manufacturer", "model")})
LEAF = shape.binary(32)
KEY_APPROVALS = shape.listed(shape.members({**VOICE, "custodian": shape.NAME}), 1)
ARTEFACTS = shape.listed(
    shape.members({"name": shape.text, "sha256": shape.hexadecimal(32), "bytes": shape.integer()})
)
SHAPES = {
    "partition.created": shape.members(
        {
            "name": shape.NAME,
            "token": TOKEN,
            "auditKey": SIGNING_KEY,
            "stationKey": SIGNING_KEY,
            "groups": GROUPS,
            "plan": plans.FIRST_PLAN,
            "approvals": plans.APPROVALS,
            "keyApprovals": KEY_APPROVALS,
        }
    ),
    "token.replaced": shape.members(
        {"intent": LEAF, "token": shape.anything, "auditKey": SIGNING_KEY, "keyApprovals": KEY_APPROVALS}
    ),
    "intent": shape.members({"plan": plans.PLAN, "approvals": plans.APPROVALS}),
    "outcome": shape.members(
        {
            "intent": LEAF,
            "result": shape.one_of("done", "failed", "partial"),
            "changed": shape.boolean,
            "keys": shape.listed(KEY),
        },
        {"artefacts": ARTEFACTS, "error": shape.members({"code": shape.CODE, "message": shape.text})},
    ),
    "recovered": shape.members(
        {"intent": LEAF, "found": shape.one_of("done", "not done", "partial"), "keys": shape.listed(KEY)}
    ),
    "quorum.replaced": shape.members({"intent": LEAF, "groups": GROUPS}),
    "denied": shape.members(
        {"op": shape.CODE, "reason": shape.CODE}, {"group": shape.NAME, "custodian": shape.NAME}
    ),
    "note": shape.members({"text": shape.text}),
    "drill": shape.members({"custodians": shape.listed(shape.members({**VOICE, "name": shape.NAME}), 1)}),
}


def station_may_sign(record):
    """What happens without a login: the station key signs this and nothing else."""
    restore = record["type"] == "intent" and record["plan"]["op"] == "backup.restore"
    return restore or record["type"] in STATION_TYPES

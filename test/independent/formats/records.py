"""The types of records: the members that each one owes, and who may sign it (docs/formats.md, 3)."""

from . import applications, ceremonies, members, plan as plans, quorum, shape, statements, waited
from .common import ARTEFACTS, HOST, LEAF, SIGNING_KEY, STATION, TOKEN, TOOL
from .keys import KEY
from .profile import PROFILE
from .roster import GROUPS, VOICE

STATION_TYPES = ("denied", "note", "partition.retired", "quorum.confirmed", *statements.TYPES)

KEY_APPROVALS = shape.listed(shape.members({**VOICE, "custodian": shape.NAME}), 1)
REFUSED_KEY = shape.members({"name": shape.KEY_NAME, "version": shape.integer(1)})
APPROVER = shape.members({"custodian": shape.NAME, "group": shape.NAME})
COMMON = {
    "format": shape.text,
    "partition": shape.UUID,
    "seq": shape.integer(),
    "prev": shape.anything,
    "time": shape.moment,
    "type": shape.text,
    "tool": TOOL,
    "station": shape.STATION_NAME,
    "host": HOST,
}


def _record(required, optional=None):
    return shape.members({**COMMON, **required}, optional)


def _given(required, optional=None):
    return _record(required, {"waited": waited.WAITED, **(optional or {})})


SHAPES = {
    "partition.created": _record(
        {
            "name": shape.NAME,
            "token": TOKEN,
            "auditKey": SIGNING_KEY,
            "stationKey": SIGNING_KEY,
            "groups": GROUPS,
            "plan": plans.first_plan,
            "approvals": plans.APPROVALS,
            "keyApprovals": KEY_APPROVALS,
        }
    ),
    "token.replaced": _record(
        {"intent": LEAF, "token": TOKEN, "profile": PROFILE, "auditKey": SIGNING_KEY, "keyApprovals": KEY_APPROVALS}
    ),
    "intent": _record({"plan": plans.plan, "approvals": plans.APPROVALS}, {"bridge": shape.binary(40)}),
    "outcome": _record(
        {
            "intent": LEAF,
            "result": shape.one_of("done", "failed", "partial"),
            "changed": shape.boolean,
            "keys": shape.listed(KEY),
        },
        {"artefacts": ARTEFACTS, "transport": shape.binary(), "profile": PROFILE, "holders": members.HOLDERS, "error": shape.members({"code": shape.CODE, "message": shape.text})},
    ),
    "recovered": _record(
        {"intent": LEAF, "found": shape.one_of("done", "not done", "partial"), "keys": shape.listed(KEY)},
        {"artefacts": ARTEFACTS},
    ),
    **{kind: (_given if kind in STATION_TYPES else _record)(*owed) for kind, owed in quorum.RECORDS.items()},
    "station.added": _record({"intent": LEAF, "added": STATION}),
    "station.removed": _record({"intent": LEAF, "removed": STATION}),
    **{kind: _record(owed) for kind, owed in members.RECORDS.items()},
    "denied": _given(
        {"op": shape.CODE, "planDigest": shape.binary(32), "reason": shape.CODE},
        {"keys": shape.listed(REFUSED_KEY, 1), "more": shape.integer(1), "group": shape.NAME, "custodian": shape.NAME, "approvers": shape.listed(APPROVER, 1)},
    ),
    "partition.retired": _record({"intent": LEAF, "token": shape.one_of("erased", "lost")}, {"artefacts": ARTEFACTS, "members": members.ENDED}),
    **{kind: _record({"intent": LEAF, **owed}, may) for kind, (owed, may) in applications.RECORDS.items()},
    "note": _record({"text": shape.text}, {"ceremony": ceremonies.note}),
    **{kind: _given(*owed) for kind, owed in statements.MEMBERS.items()},
}


def station_may_sign(record):
    """What happens without a login: the station key signs this and nothing else."""
    if record["type"] != "intent":
        return record["type"] in STATION_TYPES and "waited" not in record
    plan = record["plan"]
    if plan["op"] == "quorum.replace":
        return "lost" in plan and "user" in plan["group"]["roles"]
    return plan["op"] == "backup.restore" or plan["op"] == "partition.retire" and ("recovers" in plan or "lost" in plan)

"""Plans (design, 6.3) and who approves them (cli.md, "Who approves")."""

from . import shape
from .canonical import dumps, same
from .encoding import pae
from .refusal import require
from .roster import ROLES, VOICE, changed_groups, need

PLAN_TYPE = "application/vnd.keyrite.plan+json"
NEED = shape.members({"group": shape.NAME, "epoch": shape.integer(1), "threshold": shape.integer(1)}, exact=True)
HEAD = shape.members({"seq": shape.integer(), "leaf": shape.binary(32)}, exact=True)
COMMON = {
    "format": shape.one_of("keyrite.plan/1"),
    "op": shape.match(r"[a-z]+\.[a-z]+(-[a-z]+)*", "an operation"),
    "partition": shape.UUID,
    "nonce": shape.binary(16),
    "created": shape.moment,
    "expires": shape.moment,
    "needs": shape.listed(NEED, 1),
}
PLAN = shape.members({**COMMON, "token": shape.text, "head": HEAD})
FIRST_PLAN = shape.members({**COMMON, "token": shape.anything, "head": shape.anything})
WAYS = shape.one_of("prompt", "file", "fd", "contribution")
APPROVALS = shape.listed(shape.members({**VOICE, "custodian": shape.NAME, "via": WAYS}), 1)

TARGET = {"name": shape.KEY_NAME, "version": shape.integer(1), "id": shape.match(r"([0-9a-f]{2})+", "hex")}

# Exact names and prefixes; quorum.replace adds the roles of the groups that it changes.
ROLES_OF = {
    "key.": ("user",),
    "partition.verify": ("user",),
    "partition.recover": ("user",),
    "audit.checkpoint": ("user",),
    "backup.create": ("so", "user", "recovery"),
    "backup.restore": ("so", "user", "recovery"),
    "quorum.replace": ("user",),
}


def message(plan):
    """The bytes that an approval signs; the plan's code is the short code of their SHA-256"""
    return pae(PLAN_TYPE, dumps(plan))


def roles_of(op):
    """An operation that can stand in an intent -> its roles"""
    family = op[: op.index(".") + 1]
    roles = ROLES_OF.get(op) or ROLES_OF.get(family)
    require(roles, "PLAN-OP", f"no operation that needs a login is called {op}")
    return roles


def needs_of(op, roster, new_roster=None):
    """Recompute `needs`. new_roster: of a quorum.replace."""
    roles = set(roles_of(op))
    if new_roster:
        # A role that moves is one of the changed groups' roles before and after the change.
        for name in changed_groups(roster, new_roster):
            for side in (roster, new_roster):
                roles |= set(side.by_name[name]["roles"]) if name in side.by_name else set()
    return roster.needs(roles)


def first_needs(roster):
    """partition.init: every group, with its threshold; that every custodian approves is a rule of its own."""
    return [need(group) for group in roster.holders(ROLES)]


def same_needs(one, other):
    """Equal as sets: no order is prescribed, and no group may stand twice."""
    order = sorted(one, key=dumps), sorted(other, key=dumps)
    return same(*order)


def targets(plan):
    """Every object in the plan with name, version and id -> {id: (name, version)}"""
    found = {}
    _collect(plan, found)
    return found


def _collect(value, found):
    if isinstance(value, list):
        for inner in value:
            _collect(inner, found)
    elif isinstance(value, dict):
        if all(member in value for member in TARGET):
            shape.members(TARGET)(value, "a target of the plan")
            target = (value["name"], value["version"])
            clash = found.setdefault(value["id"], target) != target
            require(not clash, "PLAN-TARGETS", f"{value['id']} stands for two keys in the plan")
        for inner in value.values():
            _collect(inner, found)

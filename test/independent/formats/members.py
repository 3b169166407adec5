"""The members of a partition: several tokens that hold every key (docs/formats.md, 20)."""

from . import derive, quorum, shape
from .canonical import same
from .common import HEAD, LEAF, MODULE, SIGNING_KEY, SPARE, TOKEN, token_label
from .encoding import unb64
from .keys import TYPES
from .profile import PROFILE, WEAKNESSES, check_accepted
from .publickey import PublicKey
from .refusal import Refused, require
from .roster import VOICE

TOKENS = shape.listed(
    shape.members({"serial": shape.text}, {"member": shape.STATION_NAME, "head": HEAD, "module": MODULE}, exact=True), 1
)
ABSENT = shape.listed(shape.members({"member": shape.STATION_NAME, "serial": shape.text, "head": HEAD}, exact=True), 1)
MAY = {"absent": ABSENT, "checkpoint": shape.integer()}
PASTS = shape.one_of("ALWAYS_SENSITIVE", "LOCAL", "NEVER_EXTRACTABLE")
HOLDERS = shape.listed(
    shape.members(
        {"member": shape.STATION_NAME, "proof": shape.one_of("proven", "unproven"), "head": shape.boolean},
        {"differs": shape.ordered(PASTS, 1), "error": shape.members({"code": shape.CODE, "message": shape.text})},
        exact=True,
    ),
    1,
)
NAMES = shape.ordered(shape.STATION_NAME, 1)


# A ledger that left this one behind the record `common`, and the keys that live by it alone.
OTHER_KEY = shape.members({"id": shape.text, "name": shape.KEY_NAME, "version": shape.integer(1), "type": shape.one_of(*TYPES)}, exact=True)
OTHER = shape.members({"common": shape.integer(), "head": HEAD, "keys": shape.listed(OTHER_KEY)}, exact=True)
NEW = shape.members({"name": shape.STATION_NAME, "id": shape.hexadecimal(8), "label": token_label}, exact=True)
PLANS = {
    "member.add": (
        {"member": NEW, "spare": SPARE, "included": shape.integer()},
        {"erases": shape.text, "accepted": shape.ordered(shape.one_of("clock", *WEAKNESSES), 1)},
    ),
    "member.sync": ({"members": NAMES}, {"rolledBack": shape.yes}),
    "member.check": ({"members": NAMES}, {}),
    "member.retire": ({"member": shape.STATION_NAME}, {"lost": shape.yes, "other": OTHER}),
}
MEMBER = shape.members(
    {"name": shape.STATION_NAME, "id": shape.hexadecimal(8), "token": TOKEN, "profile": PROFILE, "auditKey": SIGNING_KEY}, exact=True
)
RECORDS = {
    "member.added": {"intent": LEAF, "member": MEMBER, "keyApprovals": shape.listed(shape.members({**VOICE, "custodian": shape.NAME}), 1)},
    "member.retired": {"intent": LEAF, "member": shape.STATION_NAME, "token": shape.one_of("erased", "lost")},
}
ENDED = shape.listed(shape.members({"member": shape.STATION_NAME, "token": shape.one_of("erased", "left", "lost")}, exact=True), 1)
BRINGS = ("key.generate", "key.import", "key.publish", "key.rotate", "manifest.apply")
MENDS = ("member.sync", "member.retire", "partition.recover", "partition.retire")
# An intent that is taken back leaves no head.
WITHDRAWN = ("OTHER-HOST", "TOKEN-FULL")


class Member:
    """name, id (None of the first), serial, token's label, audit (PublicKey), profile, floor ({seq, leaf}), standing"""

    def __init__(self, name, token, audit, profile, floor, id_=None, standing="current"):
        self.name, self.id, self.token, self.serial = name, id_, token, token["serial"]
        self.audit, self.profile, self.floor, self.standing = audit, profile, floor, standing

    def expected(self):
        return {"serial": self.serial, "member": self.name, "head": self.floor}

    def describe(self):
        return {"name": self.name, "token": self.serial, "standing": self.standing, "head": self.floor["seq"], "auditKey": self.audit.id}


class Members:
    """live  in the order in which they came; several  there were more than one, or are"""

    def __init__(self):
        self.live, self.several = [], False

    def named(self, name):
        return next((one for one in self.live if one.name == name), None)

    def of(self, plan):
        if "member" not in plan["tokens"][0]:
            return self.live[:1]
        return [one for one in map(self.named, (token["member"] for token in plan["tokens"])) if one]

    def begin(self, token, audit, profile, floor):
        self.live = [Member("first", token, audit, profile, floor)]


def signers(state, record):
    """The audit keys that may sign it, before it is taken in; None of a record that brings its own"""
    if record["type"] in ("partition.created", "token.replaced"):
        return None
    waiting = state.change.plan if state.open_intent() else None
    plan = record["plan"] if record["type"] == "intent" else waiting
    members = state.members.live if plan is None or plan["op"] == "backup.restore" else state.members.of(plan)
    return {one.audit.id: one.audit for one in members}


def roles(plan, found, several):
    """What makes keys needs the SO too, once there were several"""
    return {"so", "user"} if several and plan["op"] in ("key.generate", "key.rotate", "key.import", "key.publish") else found


def check_plan(state, plan, finished):
    members = state.members
    serials = [one.serial for one in members.live]
    if plan["op"] == "backup.restore":
        require(plan["replaces"] == serials, "PLAN-TOKEN", "it does not replace the tokens of the partition")
        return
    if len(members.live) == 1:
        fits = plan["tokens"] == [{"serial": serials[0]}] and "absent" not in plan
        require(fits, "PLAN-TOKEN", f"the plan is not for the token {serials[0]} alone")
    else:
        _check_several(members, plan, state.requests.holder(finished or plan))
    require("checkpoint" not in plan or "absent" in plan, "PLAN-MEMBERS", "nobody is absent, and a checkpoint vouches for that")
    _check_about(members, plan)
    _check_leave(state, plan)
    _check_other(state, plan)


def _check_several(members, plan, acting):
    away = [one["member"] for one in plan.get("absent", [])]
    targets = _targets(plan)
    present = [one for one in members.live if one.name not in away]
    late = [one for one in present if one.name in targets or one.standing != "current"]
    ready = sorted((one for one in present if one not in late), key=lambda one: one.name != acting)
    wanted = [one.expected() for one in ready + late]
    told = [{name: value for name, value in token.items() if name != "module"} for token in plan["tokens"]]
    absent = [one.expected() for one in members.live if one.name in away]
    require(same(told, wanted) and same(plan.get("absent", []), absent), "PLAN-TOKEN", "the plan names other members, or other heads")
    stale = [one.name for one in present if one.standing != "current"]
    require(not stale or plan["op"] in MENDS, "PLAN-MEMBERS", f"{stale} missed a change, and are not absent")


def _check_leave(state, plan):
    """Every key can go from one member to another: those that there are when one comes, and those that are made"""
    if plan["op"] == "member.add":
        keys = list(state.keys.by_id.values())
    elif len(state.members.live) > 1 and plan["op"] in BRINGS:
        keys = [plan["template"]] if "template" in plan else plan.get("batches", plan.get("keys", []))
    else:
        return
    for key in keys:
        flags = key["attributes"].get("private", key["attributes"])
        require(key["state"] == "destroyed" or flags.get("EXTRACTABLE") is True, "MEMBER-KEYS", "a key can't leave its token")


def _check_other(state, plan):
    """The ledger of a lost member left this one behind its floor, and what it names does not live here"""
    if plan["op"] != "member.retire" or "other" not in plan:
        return
    other, common = plan["other"], plan["other"]["common"]
    floor = state.members.named(plan["member"]).floor["seq"]
    left = "lost" in plan and floor <= common < min(plan["head"]["seq"], other["head"]["seq"])
    require(left, "OTHER-LEDGER", "no ledger of that member can have left this one there")
    names = [f"{key['name']}#{key['version']}" for key in other["keys"]]
    require(names == sorted(set(names)), "OTHER-LEDGER", "its keys stand in no order, or twice")
    living = {key["id"] for key in state.keys.by_id.values() if key["state"] != "destroyed"}
    require(not living & {key["id"] for key in other["keys"]}, "OTHER-LEDGER", "a key lives by this ledger too")


def _targets(plan):
    """Whom it makes right, or ends: none of them acts"""
    return plan["members"] if plan["op"] == "member.sync" else [plan["member"]] if plan["op"] == "member.retire" else []


def intend(state, plan):
    """Until its outcome nobody knows what a member has that is being made right"""
    if plan["op"] == "member.sync":
        for name in plan["members"]:
            state.members.named(name).standing = "unproven"


def _check_about(members, plan):
    op = plan["op"]
    if op == "member.add":
        name = plan["member"]["name"]
        require(name != "first" and not members.named(name), "MEMBER-NAME", f"there is a member {name}")
        wanted = derive.member_id(unb64(plan["nonce"]), plan["partition"])
        require(plan["member"]["id"] == wanted, "MEMBER-ID", "the id of a member follows from the plan's nonce")
    if op not in ("member.sync", "member.check", "member.retire"):
        return
    names = [plan["member"]] if op == "member.retire" else plan["members"]
    require(all(members.named(name) for name in names), "MEMBER-KNOWN", f"it is about members that are none: {names}")
    require(op != "member.retire" or len(members.live) > 1, "MEMBER-LAST", "the last member is not retired")
    require(plan["tokens"][0].get("member") not in _targets(plan), "PLAN-MEMBERS", "a member would be made right, or ended, by itself")
    if op == "member.sync":
        acting = members.named(plan["tokens"][0].get("member"))
        require(acting is not None and acting.standing == "current", "MEMBER-SOURCE", "the one that they are made right by has missed a change")
    there = ["first"] if len(members.live) == 1 else [token["member"] for token in plan["tokens"]]
    wrong = (plan["member"] in there) == ("lost" in plan) if op == "member.retire" else not set(names) <= set(there)
    require(not wrong, "PLAN-MEMBERS", "a member that it is about is to be there, or, where it is lost, absent")


def _effect(state, record, op):
    change = state.change
    fits = state.open_intent() and change.op == op and record["intent"] in (change.leaf, change.root.leaf)
    root = change if fits else None
    if state.open_intent() and not fits and change.recovers and change.recovers.op == op and record["intent"] == change.recovers.leaf:
        root = change.recovers
    if root is None or root.installed or root.outcomes:
        raise Refused("MEMBER-INTENT", f"it is not about an open {op}")
    root.installed = True
    return root


def added(state, record, _leaf):
    change, told, members = _effect(state, record, "member.add"), record["member"], state.members
    planned = change.plan["member"]
    fits = (planned["name"], planned["id"], planned["label"]) == (told["name"], told["id"], told["token"]["label"])
    require(fits, "MEMBER-PLANNED", "it is not the member of the plan")
    require(all(_name_of(one.token) != _name_of(told["token"]) for one in members.live), "MEMBER-PLANNED", "its token is another member's")
    require(told["auditKey"]["id"] not in state.audit_keys, "MEMBER-PLANNED", "the audit key was used before")
    check_accepted(told["profile"], change.plan.get("accepted", []))
    audit = state.audit
    state.enter_audit_key({**record, "token": told["token"], "auditKey": told["auditKey"]}, quorum.heirs(state))
    state.audit = audit
    floor = {"seq": state.seq_of(change.leaf), "leaf": change.leaf}
    members.live.append(Member(told["name"], told["token"], PublicKey(told["auditKey"]), told["profile"], floor, told["id"], "unproven"))
    members.several = True
    state.sets.others[told["token"]["serial"]] = state.sets.pins_by(state.roster)


def _name_of(token):
    """A serial of zeros names none by itself"""
    return token["serial"] if token["serial"].strip("0") else (token["serial"], token["label"])


def retired(state, record, _leaf):
    change = _effect(state, record, "member.retire")
    fits = change.plan["member"] == record["member"] and record["token"] == ("lost" if "lost" in change.plan else "erased")
    require(fits, "MEMBER-PLANNED", "it is not the member of the plan, or its token another")
    state.members.live = [one for one in state.members.live if one.name != record["member"]]
    state.requests.lose(record["member"])
    state.follow_first()


def ended(members, plan):
    """What becomes of the token of each at the end of the partition; [] where there is one"""
    if len(members.live) == 1:
        return []
    away = [one["member"] for one in plan.get("absent", [])]
    there = "lost" if "lost" in plan else "erased"
    return [{"member": one.name, "token": "left" if one.name in away else there} for one in members.live]


def conclude(state, change, record, last):
    """The last outcome tells what became of each member of its plan"""
    holders = record.get("holders")
    if not last:
        require(holders is None, "HOLDERS", "the last outcome tells of members")
        return
    plan = change.plan
    names = [one.name for one in state.members.of(plan)]
    names += [plan["member"]["name"]] if plan["op"] == "member.add" and change.installed else []
    withdrawn = record["result"] == "failed" and record["error"]["code"] in WITHDRAWN
    owed = ("member" in plan["tokens"][0] or len(names) > 1) and not withdrawn
    require((holders is not None) == owed, "HOLDERS", "it tells of members, or not, and should not, or should")
    if holders is None:
        return
    require([one["member"] for one in holders] == names, "HOLDERS", f"it tells of members other than {names}")
    require(all((one["proof"] == "proven") == ("error" not in one) for one in holders), "HOLDERS", "unproven without a reason, or proven with one")
    unproven = [one["member"] for one in holders if one["proof"] == "unproven"]
    require(record["result"] != "done" or not unproven, "HOLDERS", f"it is done, and {unproven} are unproven")
    mended = [one for one in holders[1:] if one["proof"] == "proven" and _is_mended(plan, one["member"])]
    require(not mended or holders[0]["proof"] == "proven", "MEMBER-SOURCE", "the one that they were made right by is not proven")
    for one in holders:
        _hold(state, state.members.named(one["member"]), one, change)
    if plan["op"] == "partition.recover" or record["changed"] and _reaches_tokens(plan["op"]):
        for member in state.members.live:
            if member.name not in names and member.standing == "current":
                member.standing = "behind"


def _reaches_tokens(op):
    """Not what is of applications, custodians and stations, or of one member, alone; what only reads changes nothing"""
    return op.startswith(("key.", "member.", "partition.", "manifest.")) and op not in ("key.deliver", "key.withdraw", "key.import-request")


def _is_mended(plan, name):
    """It was brought everything"""
    return plan["op"] == "member.sync" and name in plan["members"] or plan["op"] == "member.add" and name == plan["member"]["name"]


def _hold(state, member, holder, change):
    if holder["head"]:
        member.floor = {"seq": state.seq_of(change.leaf), "leaf": change.leaf}
    if holder["proof"] == "unproven" or not holder["head"]:
        member.standing = "unproven"
    elif _is_mended(change.plan, member.name):
        member.standing = "current"

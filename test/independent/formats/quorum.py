"""Sets of shares that follow each other, and custodians who are suspended (docs/formats.md, 11)."""

from . import shape
from .canonical import dumps, same
from .common import LEAF, SOURCE
from .encoding import pae, unb64
from .keys import label
from .publickey import verify_raw_ed25519
from .refusal import require
from .roster import GROUP, VOICE, Roster, keys_of, need

CONFIRMATION_TYPE = "application/vnd.keyrite.confirmation+json"
READ_BACK = shape.members({"custodian": shape.NAME, "confirmation": shape.binary(64)})
SEALED = shape.members({"custodian": shape.NAME, "recipient": shape.text})


def _issued(value, where):
    (READ_BACK if isinstance(value, dict) and "confirmation" in value else SEALED)(value, where)


ISSUED = shape.listed(_issued)
PIN = shape.members({"token": shape.text, "role": shape.one_of("so", "user"), "epoch": shape.integer(1)})
NEW = {"group": GROUP}
# op -> the members that its plan owes, and those that it may have
PLANS = {
    "quorum.stage": ({**NEW, "issued": ISSUED}, {"accepted": shape.ordered(shape.one_of("clock", "no-spare"), 1)}),
    "quorum.unstage": ({**NEW, "stage": LEAF}, {}),
    "quorum.replace": (
        NEW,
        {
            "lost": shape.yes,
            "stage": LEAF,
            "issued": ISSUED,
            "backup": SOURCE,
            "atRisk": shape.ordered(shape.text, 1),
            "behind": shape.ordered(shape.STATION_NAME, 1),
            "lastTry": shape.members({"so": shape.one_of("old", "new")}),
            "accepted": shape.ordered(shape.one_of("clock", "no-spare", "unbacked"), 1),
        },
    ),
    "custodian.suspend": ({"custodian": shape.NAME, "until": shape.moment}, {}),
    "custodian.resume": ({"custodian": shape.NAME}, {}),
}
IN_LEDGER_ALONE = ("quorum.stage", "quorum.unstage", "custodian.suspend", "custodian.resume")
RECORDS = {
    "quorum.confirmed": ({"proof": shape.members({**VOICE, "custodian": shape.NAME})}, {}),
    "quorum.replaced": ({"intent": LEAF, "group": GROUP, "pins": shape.listed(PIN)}, {}),
}


class Sets:
    """What a ledger knows of sets of shares besides those that are in force.

    known      {group name: the highest epoch of any set}
    used       keys and checks of all sets
    stage      (leaf text, group) of the set that is staged, or None
    confirmed  keys of shares that were read back
    suspended  {custodian: until when}
    pins       {role: epoch} of the partition's token; others: of those of its other members, by serial
    closed     numbers of the backups that no share opens any more
    takeovers  [(group, epoch)] of sets that others put in the place of lost ones
    """

    def __init__(self):
        self.known, self.used, self.confirmed, self.suspended = {}, set(), set(), {}
        self.stage, self.pins, self.others = None, {}, {}
        self.closed, self.takeovers = set(), []

    def add(self, group):
        self.known[group["name"]] = max(group["epoch"], self.known.get(group["name"], 0))
        self.used |= {group["check"], *keys_of(group).values()}

    def token(self, roster):
        """Of a token that comes the PINs are those of these groups"""
        self.pins, self.others = self.pins_by(roster), {}

    @staticmethod
    def pins_by(roster):
        return {role: roster.holders([role])[0]["epoch"] for role in ("so", "user")}


def roles_of(plan, roster):
    """Of a plan about groups or custodians, or None"""
    if plan["op"].startswith("quorum."):
        return {*(("so", "user") if "lost" in plan else ("user",)), *plan["group"]["roles"]}
    if plan["op"].startswith("custodian."):
        theirs = [group["roles"] for group in roster.groups if plan["custodian"] in keys_of(group)]
        return {"user", *(role for roles in theirs for role in roles)}
    return None


def with_group(roster, group):
    return Roster([group if one["name"] == group["name"] else one for one in roster.groups])


def replacements(state):
    """Those that have begun and have no end: one that waits, and one that is open over it"""
    roots = (state.beneath and state.beneath.root, state.open_root())
    return [root for root in roots if root and root.op == "quorum.replace"]


def heirs(state):
    """The roster for what takes open replacements up; else the present one"""
    roster = state.roster
    for root in replacements(state):
        roster = with_group(roster, root.plan["group"])
    return roster


def moves_so(state):
    return any("so" in root.plan["group"]["roles"] and not root.installed for root in replacements(state))


def check_last_tries(state, plan):
    """What is tried is changed by a replacement that has no end, and is not set anew"""
    held = [role for root in replacements(state) if "lost" not in root.plan for role in root.plan["group"]["roles"]]
    require(all(role in held for role in plan.get("lastTry", {})), "LAST-TRY", "its last tries are of a PIN that nothing changes")


def is_lost(plan, one):
    """Of the set that a replacement gives up as lost nobody is asked"""
    return plan["op"] == "quorum.replace" and "lost" in plan and one["group"] == plan["group"]["name"]


def may_wait_for(plan, change, present):
    """Whether shares that this open change waits for may be given up as lost before it has its end; present: what takes it up, or itself"""
    if ends_with(plan, change):
        return present.op != "backup.restore"
    lost = plan["op"] == "quorum.replace" and "lost" in plan
    return lost and bool(set(plan["group"]["roles"]) & set(change.roles))


def ends_with(plan, change):
    """Of a replacement whose new shares are lost too nobody can come to the end: the next one is in its place"""
    both = plan["op"] == change.op == "quorum.replace"
    return both and "lost" in plan and plan["group"]["name"] == change.plan["group"]["name"]


def let_wait(state, plan):
    """What is open goes on afterwards; a replacement that ends with this intent does not, nor is its set staged any more"""
    if not ends_with(plan, state.open_root()):
        state.beneath = state.change
    elif state.sets.stage and state.sets.stage[1]["name"] == plan["group"]["name"]:
        state.sets.stage = None


def _replacement_waits(state):
    beneath = state.beneath and state.beneath.root
    return beneath is not None and beneath.op == "quorum.replace" and not beneath.installed


def new_needs(plan):
    """Of the new set of a replacement"""
    if plan["op"] != "quorum.replace":
        return []
    group = plan["group"]
    return [{**need(group), "threshold": group["threshold"] if "stage" in plan else len(group["custodians"])}]


def approving(state, plan):
    """-> {(group, epoch): {custodian: key}} of the shares that may sign this plan"""
    takes_over = plan["op"] == "quorum.replace" and moves_so(state)
    index = heirs(state).index() if "recovers" in plan or takes_over else state.roster.index()
    if plan["op"] == "quorum.replace":
        index[plan["group"]["name"], plan["group"]["epoch"]] = keys_of(plan["group"])
    return index


def check_suspended(state, approvals, time):
    for approval in approvals:
        until = state.sets.suspended.get(approval["custodian"], "")
        require(time >= until, "SUSPENDED", f"{approval['custodian']} is suspended until {until}")


def check(state, record):
    """What an intent says of sets, and of custodians; asked before who approves it"""
    plan, op = record["plan"], record["plan"]["op"]
    bridged = op == "quorum.replace" and "lost" not in plan
    require(("bridge" in record) == bridged, "BRIDGE", "a replacement has a bridge, and nothing else has")
    if op == "quorum.stage" or op == "quorum.replace" and "issued" in plan:
        _check_new(state, plan)
        _check_issued(state, plan)
    if op == "quorum.replace":
        require(("stage" in plan) != ("issued" in plan), "STAGE", "either it was staged, or it is issued now")
        _check_lost(plan)
    if "stage" in plan:
        require(state.sets.stage is not None and state.sets.stage[0] == plan["stage"], "STAGE", "no such stage is open")
        require(same(state.sets.stage[1], plan["group"]), "STAGE", "it is not the group that was staged")
        if op == "quorum.replace":
            _check_spare(plan)
    if op == "custodian.suspend":
        _check_suspension(state, plan, record["time"])
    if op == "custodian.resume":
        _check_known(state, plan["custodian"])
        require(record["time"] < state.sets.suspended.get(plan["custodian"], ""), "RESUME", "nobody is suspended")


def _check_lost(plan):
    """The SO of others sets a user PIN, and on the backup key no PIN hangs; a backup under the lost secret is none"""
    if "lost" in plan:
        roles = plan["group"]["roles"]
        require("so" not in roles, "REPLACE-LOST", f"nobody can give up a set for {roles}")
        require("issued" in plan, "REPLACE-LOST", "it was staged")
        require("backup" not in plan or "recovery" not in roles, "REPLACE-LOST", "it relies on a backup that nobody opens")


def _check_new(state, plan):
    group, sets = plan["group"], state.sets
    require(sets.stage is None or "lost" in plan, "STAGE-OPEN", "another set is staged")
    old = state.roster.by_name.get(group["name"])
    require(old is not None and old["roles"] == group["roles"], "ROSTER-SAME", f"no such group holds {group['roles']}")
    wanted = sets.known[group["name"]] + 1
    require(group["epoch"] == wanted, "ROSTER-EPOCH", f"the next epoch of {group['name']} is {wanted}")
    old_ones = sets.used & {group["check"], *keys_of(group).values()}
    require(not old_ones, "ROSTER-OLD", f"{group['name']} keeps an old secret, or an old share")
    with_group(state.roster, group)
    _check_spare(plan)


def _check_spare(plan):
    group = plan["group"]
    spare = group["threshold"] < len(group["custodians"]) or "no-spare" in plan.get("accepted", [])
    require(spare, "ROSTER-SPARE", f"every share of {group['name']} is needed, and nobody accepted that")


def _check_issued(state, plan):
    group, issued = plan["group"], plan["issued"]
    told = [one["custodian"] for one in issued]
    require(told == [one["name"] for one in group["custodians"]], "ISSUED", "not each new share is told of, in order")
    for one, custodian in zip(issued, group["custodians"]):
        if "confirmation" in one:
            share = {"custodian": custodian["name"], "group": group["name"], "epoch": group["epoch"], "key": custodian["key"]}
            _check_confirmation(state, share, one["confirmation"])
        else:
            require(plan["op"] == "quorum.stage", "ISSUED", f"{one['custodian']} has not read the new share back")


def _check_confirmation(state, share, value):
    body = {"format": "keyrite.confirmation/1", "partition": state.partition, **share}
    sound = verify_raw_ed25519(unb64(share["key"]), pae(CONFIRMATION_TYPE, dumps(body)), unb64(value))
    require(sound, "CONFIRMATION-VALUE", f"the confirmation of {share['custodian']} is wrong")


def check_proven(state, plan, approvals):
    """Before they take the place of the old ones, M + 1 of the new shares, or all, were shown to be there"""
    if plan["op"] != "quorum.replace":
        return
    group = plan["group"]
    there = state.sets.confirmed | {approval["key"] for approval in approvals}
    proven, wanted = len(there & set(keys_of(group).values())), min(len(group["custodians"]), group["threshold"] + 1)
    require(proven >= wanted, "REPLACE-PROVEN", f"{proven} of {wanted} new shares were ever shown")


def check_risks(state, plan):
    """A replacement names the keys that no backup holds, and the applications that keep PINs of before"""
    if plan["op"] != "quorum.replace":
        return
    held, source = set(), plan.get("backup")
    if source:
        there = source["seq"] in state.backups and source["seq"] not in state.sets.closed
        require(there, "REPLACE-BACKUP", f"record {source['seq']} began no backup that opens")
        _, leaf, held = state.backups[source["seq"]]
        files = state.outcomes.get(leaf, {}).get("files", [])
        made = [(file["name"], file["sha256"]) for file in files]
        require((source["name"], source["sha256"]) in made, "REPLACE-BACKUP", "no record says that this backup was made")
    there = [key for key in state.keys.by_id.values() if key["state"] != "destroyed" and _flags(key)]
    lacking = {label(key): key for key in there if label(key) not in held}
    require(plan.get("atRisk", []) == sorted(lacking), "PLAN-COMPLETE", f"what no backup holds is {sorted(lacking)}")
    bare = [name for name, key in lacking.items() if _flags(key).get("EXTRACTABLE")]
    require(not bare or "unbacked" in plan.get("accepted", []), "REPLACE-BACKUP", f"in no backup: {bare}")
    behind = sorted(name for name, app in state.apps.items() if plan["group"]["name"] in _holders(app.entry["pin"]))
    require(plan.get("behind", []) == behind, "PLAN-COMPLETE", f"what stays behind is {behind}")


def _flags(key):
    """Of a pair those of its private half; {} of what is not on the token"""
    return key["attributes"].get("private", {}) if key["class"] == "pair" else key["attributes"]


def _holders(pin):
    return [pin[role]["group"] for role in ("user", "so")] if pin["kind"] == "derived" else []


def _check_known(state, custodian):
    known = any(custodian in keys_of(group) for group in state.roster.groups)
    require(known, "SUSPEND-UNKNOWN", f"{custodian} is no custodian")


def _check_suspension(state, plan, time):
    who, sets = plan["custodian"], state.sets
    _check_known(state, who)
    require(plan["until"] > time, "SUSPEND-UNTIL", "the suspension is over already")
    for group in state.roster.groups:
        if who in keys_of(group):
            able = [one for one in keys_of(group) if one != who and time >= sets.suspended.get(one, "")]
            require(len(able) > group["threshold"], "SUSPEND-ENOUGH", f"{len(able)} of {group['name']} could still approve")


def begin(state, record, leaf):
    """An intent is taken in: a new set is there, and its epoch is used up -> its bridge, {(group, epoch): (epoch before, blob)}"""
    plan = record["plan"]
    if "issued" in plan:
        group, keys = plan["group"], keys_of(plan["group"])
        state.sets.add(group)
        state.history[group["name"], group["epoch"]] = group
        state.sets.confirmed |= {keys[one["custodian"]] for one in plan["issued"] if "confirmation" in one}
    if "bridge" not in record:
        return
    group = plan["group"]
    before = state.roster.by_name[group["name"]]["epoch"]
    state.bridges[group["name"], group["epoch"]] = before, unb64(record["bridge"])


def confirmed(state, record, _leaf):
    proof, sets = record["proof"], state.sets
    places = state.roster.index()
    if sets.stage:
        places[sets.stage[1]["name"], sets.stage[1]["epoch"]] = keys_of(sets.stage[1])
    theirs = places.get((proof["group"], proof["epoch"]), {}).get(proof["custodian"])
    require(theirs == proof["key"], "CONFIRM-OPEN", f"{proof['custodian']} has no such share, staged or in force")
    require(proof["key"] not in sets.confirmed, "CONFIRM-ONCE", f"{proof['custodian']} confirmed it before")
    share = {name: proof[name] for name in ("custodian", "group", "epoch", "key")}
    _check_confirmation(state, share, proof["value"])
    sets.confirmed.add(proof["key"])


def replaced(state, record, _leaf):
    """The roster switches"""
    root, present = state.open_root(), state.change
    fits = root is not None and root.op == "quorum.replace" and root.leaf == record["intent"] and not root.installed
    require(fits, "REPLACED-INTENT", "it is not about an open replacement")
    restores = present is not root and present.op == "backup.restore"
    require(not restores or present.installed, "REPLACED-INTENT", "the restore that takes it up has let no token in")
    group = root.plan["group"]
    require(same(record["group"], group), "REPLACED-GROUPS", "the group is not that of the plan")
    roles = [role for role in ("so", "user") if role in group["roles"]]
    told = [(pin["token"], pin["role"]) for pin in record["pins"]]
    tokens = [one.serial for one in state.members.of(present.plan)]
    require(told == [(token, role) for token in tokens for role in roles], "REPLACED-PINS", f"pins is not of {roles}")
    for pin in record["pins"]:
        pins = state.sets.pins if pin["token"] == state.token else state.sets.others[pin["token"]]
        before = [] if "lost" in root.plan else [pins[pin["role"]]]
        known = pin["epoch"] in (group["epoch"], *before)
        require(known, "REPLACED-PINS", f"the {pin['role']} PIN was never of epoch {pin['epoch']}")
        pins[pin["role"]] = pin["epoch"]
    if "lost" in root.plan:
        state.sets.takeovers.append((group["name"], group["epoch"]))
        state.sets.closed |= set(state.backups) if "recovery" in group["roles"] else set()
    root.installed = True
    state.sets.stage = state.sets.stage if _replacement_waits(state) else None
    state.seat(with_group(state.roster, group))


def settle(state, change, done):
    """The end of a change that is in the ledger alone"""
    plan, sets = change.plan, state.sets
    if change.op == "quorum.stage" and done:
        sets.stage = change.leaf, plan["group"]
    if change.op == "quorum.unstage" and done:
        sets.stage = None
    if change.op == "custodian.suspend" and done:
        sets.suspended[plan["custodian"]] = plan["until"]
    if change.op == "custodian.resume" and done:
        del sets.suspended[plan["custodian"]]


def describe(state):
    """-> what is told of a ledger: its stage, the epochs of the PINs, who is suspended"""
    stage = state.sets.stage
    staged = {"stage": {"group": stage[1]["name"], "epoch": stage[1]["epoch"]}} if stage else {}
    if state.sets.takeovers:
        staged["takeovers"] = [list(one) for one in state.sets.takeovers]
    return {**staged, "pins": dict(state.sets.pins), "suspended": dict(sorted(state.sets.suspended.items()))}

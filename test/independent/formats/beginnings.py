"""partition.created and intent: is the plan sound, and did the people who must approve it?"""

from . import demands, derive, members, plan as plans, quorum, wishes
from .canonical import same
from .change import Change
from .encoding import b64, milliseconds, unb64
from .keys import label
from .profile import check_accepted
from .refusal import require
from .roster import Roster, check_first_epochs, hear, require_enough


def created(state, record, leaf):
    """No rule compares its time with the plan's end: a crash may lie between approvals and record."""
    plan = record["plan"]
    state.partition, state.name, state.token = record["partition"], record["name"], record["token"]["serial"]
    state.seat(Roster(record["groups"]))
    for group in record["groups"]:
        state.sets.add(group)
    state.sets.token(state.roster)
    check_first_epochs(state.roster)
    _check_first_plan(state, record, plan)
    same_station = same(plan["station"], {"name": record["station"], "key": record["stationKey"]})
    require(same_station, "CREATED-PLAN", "the station of the plan and of the record are not equal")
    demands.check_adopted(plan.get("keys", []))
    for key in plan.get("keys", []):
        state.keys.adopt(key)
    state.enter_station(plan["station"])
    state.enter_audit_key(record, state.roster)
    state.begin_members(record["token"], plan["profile"], leaf)
    state.ceremonies.begin(plan.get("ceremony"))


def _check_first_plan(state, record, plan):
    made = plan["op"] in ("partition.init", "partition.adopt")
    require(made, "PLAN-OP", f"a partition is made by partition.init or partition.adopt, not {plan['op']}")
    require(plan["head"] is None, "PLAN-HEAD", "the head of the first plan is null")
    for name in ("name", "token", "groups"):
        equal = name in plan and same(plan[name], record[name])
        require(equal, "CREATED-PLAN", f"{name} of the plan and of the record are not equal")
    check_accepted(plan["profile"], plan.get("accepted", []))
    state.profile = plan["profile"]
    state.check_plan(plan, record["time"])
    wanted = plans.first_needs(state.roster)
    require(plans.same_needs(plan["needs"], wanted), "PLAN-NEEDS", "needs is not every group with its threshold")
    heard = hear(record["approvals"], state.roster.index(), lambda _voice: plans.message(plan), "APPROVAL")
    everyone = [{**need, "threshold": len(state.roster.by_name[need["group"]]["custodians"])} for need in wanted]
    require_enough(heard, everyone, "APPROVAL")
    check_contributions(plan, record["approvals"], state.roster)


def intent(state, record, leaf):
    plan = record["plan"]
    state.check_plan(plan, record["time"])
    require(record["time"] <= plan["expires"], "PLAN-EXPIRED", "the intent is later than its plan's end")
    _check_head(state, plan)
    recovers = _recovered_change(state, plan)
    finished = state.change.roles if state.open_intent() else None
    members.check_plan(state, plan, recovers and recovers.plan)
    quorum.check(state, record)
    _check_remote(state, plan)
    _check_consent(state, plan, record["approvals"], finished, record["time"])
    check_contributions(plan, record["approvals"], state.roster)
    demands.check(state, plan, record["time"])
    wishes.check(state, plan)
    _check_source(state, plan)
    quorum.check_risks(state, plan)
    state.issued.check(plan)
    state.ceremonies.check(plan)
    state.requests.check(plan, record["time"], state.keys)
    if state.open_intent() and "recovers" not in plan:
        quorum.let_wait(state, plan)
    state.change = Change(b64(leaf), plan, recovers, state.roles_of(plan, finished))
    quorum.begin(state, record, leaf)
    members.intend(state, plan)
    state.issued.begin(plan, state.change.leaf)
    if plan["op"] == "backup.create":
        omitted = {label(key) for key in plan["omitted"]}
        held = {label(key) for key in state.keys.by_id.values() if key["state"] != "destroyed"} - omitted
        state.backups[record["seq"]] = plan, b64(leaf), held
    _check_new_ids(state, state.change)
    _check_stations(state, plan, record["station"])


def _check_remote(state, plan):
    """A plan that is approved from afar ends within a day, and takes up nothing that is approved at one place"""
    if "remote" not in plan:
        return
    finishes = state.change.root.op if state.open_intent() else ""
    require(not plans.at_terminal(finishes), "REMOTE-OP", f"it takes up a {finishes}, which is approved at its terminal")
    lasts = milliseconds(plan["expires"]) - milliseconds(plan["created"])
    require(lasts <= 24 * 3600 * 1000, "PLAN-TIMES", "a plan that is approved from afar lasts longer than a day")


def check_contributions(plan, approvals, roster):
    """What was sealed and sent are shares: only where the plan says so, and of each group by at most M - 2"""
    sent = [approval["group"] for approval in approvals if approval["via"] == "contribution"]
    require(not sent or "remote" in plan, "REMOTE-PLAN", "the plan is not for approvals from afar")
    for name in set(sent):
        most = roster.by_name[name]["threshold"] - 2
        here = [one for one in approvals if one["group"] == name and one["via"] != "contribution"]
        fits = sent.count(name) <= most and len(here) >= 2
        require(fits, "REMOTE-QUORUM", f"{sent.count(name)} of {name} from afar, {len(here)} at the terminal")


def _check_stations(state, plan, by):
    """A restore in another home brings its station, which signs its intent already; others come and go by a record"""
    if plan["op"] == "backup.restore" and "station" in plan:
        state.enter_station(plan["station"])
    if plan["op"] == "station.add":
        state.new_station(plan["station"])
    if plan["op"] == "station.remove":
        key = state.stations.get(plan["station"]["name"])
        require(key is not None and same(key.described, plan["station"]["key"]), "STATION", "it removes what is no station")
        require(by != plan["station"]["name"], "STATION-OTHER", "a station removes itself")


def _check_head(state, plan):
    """The plan was made on a record that is here, and since then nothing changed."""
    seq, leaf = plan["head"]["seq"], plan["head"]["leaf"]
    here = seq < len(state.leaves) and b64(state.leaves[seq]) == leaf
    require(here, "PLAN-HEAD", f"the plan's head {seq} is no record of this ledger")
    told = f"record {state.last_change} stands between the plan's head {seq} and the intent"
    require(state.last_change <= seq, "PLAN-STALE", told)


def _recovered_change(state, plan):
    """One intent at a time, unless a recovery names it -> the change that is recovered, or None"""
    waiting = state.change if state.open_intent() else None
    if plan["op"] in ("partition.recover", "quorum.replace"):
        quorum.check_last_tries(state, plan)
    if "recovers" not in plan:
        free = waiting is None or quorum.may_wait_for(plan, state.open_root(), waiting)
        require(free, "INTENT-OPEN", "an intent without an outcome is open")
        return None
    require(waiting is not None, "RECOVERS", "there is nothing to recover")
    # A recovery that was itself cut off changes nothing about what is unknown: the first intent is named again.
    root = state.open_root()
    require(plan["recovers"] == root.leaf, "RECOVERS", "recovers is not the leaf of the open intent")
    return None if root.root is not root else root


def _check_source(state, plan):
    """A restore, of all or of one key, is from a backup of this ledger that holds what it brings; so is a test, of one that was made"""
    if plan["op"] not in (*demands.BRINGING, "key.restore"):
        return
    source = plan["backup"]
    require(source["seq"] in state.backups, "RESTORE-BACKUP", f"record {source['seq']} began no backup")
    _, leaf, held = state.backups[source["seq"]]
    files = [file["sha256"] for file in state.outcomes.get(leaf, {}).get("files", [])]
    require(files or plan["op"] != "backup.test", "RESTORE-BACKUP", "no record says that the backup was made")
    require(not files or source["sha256"] in files, "RESTORE-BACKUP", "the backup has another SHA-256")
    absent = [label(key) for key in plan["keys"] if label(key) not in held]
    require(not absent, "RESTORE-BACKUP", f"the backup does not hold {', '.join(absent)}")


def _check_consent(state, plan, approvals, finished, time):
    roster = quorum.heirs(state)
    theirs = roster.needs(state.roles_of(plan, finished))
    wanted = [one for one in theirs if not quorum.is_lost(plan, one)] + quorum.new_needs(plan)
    require(plans.same_needs(plan["needs"], wanted), "PLAN-NEEDS", f"needs is not what {plan['op']} needs of the present roster")
    heard = hear(approvals, quorum.approving(state, plan), lambda _voice: plans.message(plan), "APPROVAL")
    quorum.check_suspended(state, approvals, time)
    require_enough(heard, plan["needs"], "APPROVAL")
    quorum.check_proven(state, plan, approvals)


def _check_new_ids(state, change):
    """The id of a next version follows from the nonce, so that a crash cannot hide which key was meant."""
    if change.op not in ("key.rotate", "key.publish"):
        return
    new = [key["id"] for key in change.plan["keys"] if label(key) not in state.keys.by_label]
    wanted = [derive.new_key_id(unb64(change.plan["nonce"]), state.partition, place) for place in range(len(new))]
    require(new and new == wanted, "KEY-ID-DERIVED", "the id of a new version does not follow from the plan's nonce")

"""What follows an intent (outcome, recovered, quorum.replaced, token.replaced)."""

from .canonical import same
from .demands import not_as_planned
from .keys import label, standing
from .profile import check_accepted, renewed
from . import inward, members, quorum, wishes
from .refusal import Refused, require


def change_of(state, record, rule):
    """The open change that a record is about: the present one, or the one that it takes up"""
    present = state.change
    for change in (present, present.recovers) if present else ():
        if change and change.leaf == record["intent"] and not change.settled:
            return change
    raise Refused(rule, "it is not about an intent that is open")


def outcome(state, record, _leaf):
    change = change_of(state, record, "OUTCOME-INTENT")
    require(change is state.change, "OUTCOME-INTENT", "its intent is being taken up by another")
    _take_keys(state, change, record)
    last = record["result"] != "done" or not change.awaited() and not change.ends
    _check_result(record, change, last)
    _check_recovery(record, change)
    _check_files(record, change, record["result"], last)
    inward.check_transport(change.plan, record)
    holder = (state.members.of(change.plan) or state.members.live)[0]
    holder.profile = renewed(change.plan, record, holder.profile)
    state.profile = state.members.live[0].profile
    members.conclude(state, change, record, last or change.ends and not change.awaited())
    change.outcomes += 1
    _note_backup(state, change, record, record["result"])
    if last:
        _close(state, change, record)
        quorum.settle(state, change, record["result"] == "done")
        state.waited.settle(change.plan, record["result"] == "done", record["seq"])
        state.requests.settle(change.plan, record, record["result"] == "done", holder.name)
        wishes.settle(state, change, record["result"] != "failed")
        state.issued.settle(change.plan, change.leaf, record["result"] == "failed")


def _close(state, change, record):
    change.settled = change.closed = True
    root = change.recovers
    if root is not None and not root.settled:
        require(record["result"] != "done", "RECOVERED", "a recovery is done, and nothing says what it found")
        state.change = root


def _check_result(record, change, last):
    result, changed, keys = record["result"], record["changed"], record["keys"]
    require(("error" in record) == (result != "done"), "OUTCOME-ERROR", "done with an error, or not done without one")
    require(result == "done" or changed == (result == "partial"), "OUTCOME-CHANGED", f"{result}, and changed {changed}")
    require(change.may_change or not changed, "OUTCOME-CHANGED", f"{change.op} changes nothing")
    again = change.outcomes and (not keys or result == "failed")
    require(not again, "OUTCOME-TWICE", "it says otherwise than an outcome before it")
    proves = change.proves and result == "done"
    require(changed or not keys or proves, "OUTCOME-CHANGED", "nothing changed, and it tells of keys")
    silent = change.targets and not keys and (result == "done" or changed and change.on_keys)
    require(not silent, "OUTCOME-SILENT", f"{result}, changed {changed}, and it tells of no key")
    require(not (last and result == "done" and change.differs), "OUTCOME-DIFFERS", f"done, and {change.differs}")
    if last and result == "done":
        lacks = wishes.fulfilled(change)
        require(lacks is None, "OUTCOME-DIFFERS", f"done, and {lacks}")
    if change.op in (*wishes.COMING, "app.retire"):
        require(changed or not change.installed, "OUTCOME-CHANGED", "an application came or went, and nothing changed")
    if change.op in ("member.add", "member.retire"):
        fits = changed if change.installed else result != "done"
        require(fits, "OUTCOME-CHANGED", "a member came or went, or not, and it says otherwise")
    if change.op.startswith("station."):
        require(change.installed == changed == (result == "done"), "OUTCOME-CHANGED", "a station moved, or not, and it says otherwise")
    if change.op == "quorum.replace":
        require(change.installed and result == "done", "REPLACED-RESULT", "a replacement only goes forward")
    if change.op == "quorum.replace" or change.op.startswith("custodian."):
        require(changed == (result == "done"), "OUTCOME-CHANGED", "who approves changes when it is done, and then only")
    if change.op == "backup.restore":
        require(change.installed == changed, "OUTCOME-CHANGED", "a restore changed something when its token was let in")
        require(result != "done" or not change.plan["missing"], "OUTCOME-DIFFERS", "done, and keys are missing")


def _check_recovery(record, change):
    """It is done once it has recorded what it found, but for members that it could not make right, and says that something changed where it found so"""
    if change.op != "partition.recover":
        return
    if change.finding is None:
        require(not record["changed"], "RECOVERED", "something changed, and nothing says what was found")
        return
    found, moved, brings = change.finding
    fits = record["changed"] == moved or (found == "partial" or brings) and record["changed"]
    held_up = any(one["proof"] == "unproven" for one in record.get("holders", []))
    require((record["result"] == "done" or held_up) and fits, "RECOVERED", f"it found the change {found}, and says otherwise")


def _check_files(record, change, result, last=True):
    """A backup that is done has its file, of several outcomes the last names them; a key that is gone has the certificate that was planned, but for a recovery"""
    files = [file["name"] for file in record.get("artefacts", [])]
    wanted, kept, must = [], [], False
    writes = change.op.startswith("cert.") or change.op in ("backup.create", "key.import-request", "key.sign", "key.export")
    if writes and result == "done" and last:
        paths = change.plan["files"] if change.op == "key.export" else [change.plan["file"]]
        wanted, must = [path.split("/")[-1] for path in paths], True
    if change.op == "key.destroy" and "certificate" in change.plan:
        ours = record["type"] == "outcome"
        name = change.plan["certificate"].split("/")[-1]
        if result == "done" or ours and result == "partial":
            own = "destroyed-" + change.plan["keys"][0]["id"] + ".txt"
            wanted, kept = [name, name + ".json"], [own, own + ".json"]
        must = ours and result == "done"
    told = f"{change.op}, {result}, names the files {files}, not {wanted}"
    require(files in (wanted, kept) if files else not must, "OUTCOME-FILES", told)


def _note_backup(state, change, record, result):
    if change.op != "backup.create":
        return
    files = record.get("artefacts", [])
    for file in files:
        require(file["sha256"] not in state.backup_files, "OUTCOME-FILES", "two backups have one SHA-256")
        state.backup_files.add(file["sha256"])
    state.outcomes[change.leaf] = {"time": record["time"], "result": result, "files": files}


def _take_keys(state, change, record):
    """Each is a key of the plan, told of once: as planned, or as it was -> True where one came or moved"""
    any_moved = False
    for key in record["keys"]:
        target = change.targets.get(key["id"])
        known = state.keys.by_id.get(key["id"])
        planned = target and label(target) == label(key) and key["id"] in change.awaited()
        require(planned, "OUTCOME-KEYS", f"{label(key)} ({key['id']}) is no key of the plan, or comes twice")
        before = standing(known) if known else None
        require(standing(key) in (standing(target), before), "OUTCOME-KEYS", f"{label(key)} became {standing(key)}")
        for member in ("type", "origin", "usage", "activateAt", "accepted"):
            unchanged = same([target.get(member)], [key.get(member)])
            require(unchanged, "OUTCOME-KEYS", f"{member} of {label(key)} is not the plan's")
        moved = state.keys.apply(key, change.on_keys, change.of_copies, change.ends)
        if record.get("changed") is False:
            require(not moved, "OUTCOME-CHANGED", "a key changed, and the record says that nothing did")
        # One that a token had lost is back.
        any_moved = any_moved or moved or change.op == "key.restore"
        change.differs = change.differs or not_as_planned(target, key) or inward.differs(change.plan, key)
        change.named.add(key["id"])
    change.moved = change.moved or any_moved
    return any_moved


def recovered(state, record, _leaf):
    """`intent` is the change that was cut off"""
    change = state.change
    root = change.recovers if change else None
    under_way = root is not None and not root.settled and not change.closed
    require(under_way and record["intent"] == root.leaf, "RECOVERED", "no recovery of it is under way")
    moved_now = _take_keys(state, root, record)
    found, files = record["found"], record.get("artefacts", [])
    require(not (root.of_copies and record["keys"]), "RECOVERED-FOUND", "copies are gone, and it tells of keys")
    whole = not root.awaited() if root.targets else root.installed or root.at_apps or root.op == "key.import-cancel" or root.op in quorum.IN_LEDGER_ALONE or (root.op == "backup.create" and bool(files))
    whole = whole and (root.op != "backup.restore" or root.installed) and not root.differs
    whole = whole and wishes.fulfilled(root) is None
    fits = {
        "done": whole,
        "partial": True,
        "not done": not (root.moved or root.outcomes or root.installed or record["keys"]),
    }[found]
    require(fits, "RECOVERED-FOUND", f"it found the change {found}, which can not be")
    forward = root.op == "quorum.replace" or root.op in quorum.IN_LEDGER_ALONE
    require(found == "done" or not forward, "RECOVERED-FOUND", f"{root.op} can be found done alone")
    _check_files(record, root, found)
    _note_backup(state, root, record, found)
    brings = bool(wishes.planned(root.plan)) or root.op == "app.pin" or "member" in change.plan["tokens"][0]
    cancelled = root.op == "key.import-cancel" and found == "done"
    change.finding = found, moved_now or root.installed or cancelled or root.op.startswith("custodian."), brings
    root.recovered = root.settled = True
    quorum.settle(state, root, found == "done")
    state.waited.settle(root.plan, found == "done", record["seq"])
    state.requests.settle(root.plan, record, found == "done", None)
    wishes.settle(state, root, found != "not done")
    state.issued.settle(root.plan, root.leaf, found == "not done")


def _effect(state, record, op, rule):
    """The change of this operation that a record makes real"""
    change = change_of(state, record, rule)
    require(change is state.change, rule, "its intent is being taken up by another")
    require(change.op == op and not change.installed and not change.outcomes, rule, f"it is not about an open {op}")
    change.installed = True
    return change


def station_added(state, record, _leaf):
    root = _effect(state, record, "station.add", "STATION-INTENT")
    require(same(record["added"], root.plan["station"]), "STATION-INTENT", "it is not the station of the plan")
    state.enter_station(record["added"])


def station_removed(state, record, _leaf):
    root = _effect(state, record, "station.remove", "STATION-INTENT")
    require(same(record["removed"], root.plan["station"]), "STATION-INTENT", "it is not the station of the plan")
    del state.stations[record["removed"]["name"]]


def token_replaced(state, record, leaf):
    root = _effect(state, record, "backup.restore", "REPLACED-INTENT")
    serial = record["token"]["serial"]
    require([{"serial": serial}] == root.plan["tokens"], "REPLACED-TOKEN", "the token is not the plan's")
    require(record["auditKey"]["id"] not in state.audit_keys, "REPLACED-TOKEN", "the audit key was used before")
    check_accepted(record["profile"], root.plan.get("accepted", []))
    state.profile = record["profile"]
    roster = quorum.heirs(state)
    state.enter_audit_key(record, roster)
    state.begin_members(record["token"], record["profile"], leaf)
    state.sets.token(roster)
    state.requests.lose()
    state.token = serial


def partition_retired(state, record, _leaf):
    """The end: of a token that is erased no key lives. Nothing follows"""
    change = change_of(state, record, "RETIRED-INTENT")
    require(change is state.change and change.ends, "RETIRED-INTENT", "it is not about an open retirement")
    token = "lost" if "lost" in change.plan else "erased"
    require(record["token"] == token, "RETIRED-TOKEN", f"the token was to be {token}")
    living = [label(key) for key in state.keys.by_id.values() if key["state"] != "destroyed"]
    require(token == "lost" or not living, "RETIRED-KEYS", f"{', '.join(living)} live, and the token is erased")
    files = [file["name"] for file in record.get("artefacts", [])]
    name = change.plan.get("certificate", "").split("/")[-1]
    wanted = [[name, name + ".json"], ["retired.txt", "retired.txt.json"]] if name else [[]]
    require(files in wanted, "OUTCOME-FILES", f"it names the files {files}, not {wanted[0]}")
    require(record.get("members", []) == members.ended(state.members, change.plan), "RETIRED-TOKEN", "of the members something else was planned")
    change.settled = change.closed = change.root.settled = True
    state.retired = True


def nothing(_state, _record, _leaf):
    """denied tells something and changes nothing."""


def noted(state, record, _leaf):
    """A note changes nothing, but that it may open or close a ceremony"""
    if "ceremony" in record:
        state.ceremonies.take(record["ceremony"])

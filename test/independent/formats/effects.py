"""What follows an intent (outcome, recovered, quorum.replaced, token.replaced), and drills."""

from .canonical import dumps, same
from .encoding import pae
from .keys import label
from .records import TOKEN
from .refusal import require
from .roster import Roster, hear

DRILL_TYPE = "application/vnd.keyrite.drill+json"


def _present_change(state, leaf_text, rule):
    change = state.change
    require(change is not None, rule, "no intent came before")
    require(leaf_text == change.leaf, rule, "it is not about the open intent")
    return change


def outcome(state, record, _leaf):
    change = _present_change(state, record["intent"], "OUTCOME-INTENT")
    require(not change.closed, "OUTCOME-INTENT", "the intent already has its outcome")
    ids = _ids(record["keys"], change)
    again = change.named & ids or (change.outcomes and not ids)
    require(not again, "OUTCOME-TWICE", "an outcome repeats what an outcome said")
    _check_result(record)
    _take_keys(state, change, record)
    if "artefacts" in record:
        state.outcomes.setdefault(change.leaf, []).append(record)
    change.take_outcome(record["result"], ids)
    if change.recovers and not change.recovered:
        require(record["result"] != "done", "RECOVERED", "a recovery is done, and nothing says what it found")
        state.change = change.recovers


def _check_result(record):
    failed = record["result"] == "failed"
    require("error" in record or not failed, "OUTCOME-ERROR", "it failed without an error")
    require("error" not in record or record["result"] != "done", "OUTCOME-ERROR", "it is done with an error")


def _ids(keys, change):
    """-> the ids; each is a key of the plan and stands once"""
    allowed = change.may_name()
    for key in keys:
        known = allowed.get(key["id"]) == (key["name"], key["version"])
        require(known, "OUTCOME-KEYS", f"{label(key)} ({key['id']}) is no key of the plan")
    ids = {key["id"] for key in keys}
    require(len(ids) == len(keys), "OUTCOME-KEYS", "one key stands twice")
    return ids


def _take_keys(state, change, record):
    moved = [state.keys.apply(key, change.root.on_keys) for key in record["keys"]]
    denied = record.get("changed") is False or record.get("found") == "not done"
    require(not (denied and any(moved)), "OUTCOME-CHANGED", "a key changed, and the record says that nothing did")


def recovered(state, record, _leaf):
    """`intent` is the change that was cut off. More than one record may share its keys."""
    change = state.change
    fits = change is not None and change.recovers is not None and not change.outcomes
    require(fits, "RECOVERED", "no recovery is under way")
    root = change.recovers
    require(record["intent"] == root.leaf, "RECOVERED", "it is not about the intent that the plan recovers")
    ids = _ids(record["keys"], change)
    again = change.recovered and (not ids or ids & change.recovered_keys)
    require(not again, "RECOVERED", "it repeats what was found")
    _take_keys(state, change, record)
    change.recovered = change.settled = root.settled = True
    change.recovered_keys |= ids


def _effect(state, record, op, rule):
    """The change of this operation that a record makes real, directly or in its recovery"""
    root = state.change.root if state.change else None
    fits = root is not None and root.op == op and record["intent"] == root.leaf
    require(fits, rule, f"it is not about an intent of {op}")
    require(not root.installed and not root.failed, rule, "the intent failed, or already took effect")
    root.installed = True
    return root


def quorum_replaced(state, record, _leaf):
    root = _effect(state, record, "quorum.replace", "REPLACED-INTENT")
    require(same(record["groups"], root.plan["groups"]), "REPLACED-GROUPS", "groups are not those of the plan")
    state.seat(Roster(record["groups"]))
    state.bridges.update(root.bridges)
    # The replacement is complete now. An outcome may follow; nothing is unknown without it.
    root.settled = True


def token_replaced(state, record, _leaf):
    root = _effect(state, record, "backup.restore", "REPLACED-INTENT")
    serial = record["token"]
    if not isinstance(serial, str):
        TOKEN(serial, "token")
        serial = serial["serial"]
    require(serial == root.plan["token"], "REPLACED-TOKEN", "the token is not the plan's")
    require(record["auditKey"]["id"] not in state.audit_keys, "REPLACED-TOKEN", "the audit key was used before")
    state.enter_audit_key(record["auditKey"], serial, record["keyApprovals"])
    state.token = serial


def drill(state, record, _leaf):
    """A share's holder signs the place of the record in the chain, so no drill can be played again."""

    def message(voice):
        place = {"group": voice["group"], "epoch": voice["epoch"]}
        body = {"format": "keyrite.drill/1", "partition": state.partition, "prev": record["prev"], **place}
        return pae(DRILL_TYPE, dumps(body))

    hear(record["custodians"], state.roster.index(), message, "DRILL", name="name")


def nothing(_state, _record, _leaf):
    """denied and note tell something and change nothing."""

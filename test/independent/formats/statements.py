"""What shares sign without a plan (docs/formats.md, 3): drills, acknowledgements, departures, and where envelopes lie."""

from . import shape
from .canonical import dumps
from .encoding import b64, is_time, pae
from .refusal import require
from .roster import VOICE, hear, keys_of

TYPE = "application/vnd.keyrite.statement+json"
TYPES = ("drill", "custodian.acknowledged", "custodian.departed", "share.recorded")
UNSIGNED = ("format", "seq", "prev", "time", "tool", "station", "host", "waited", "proof", "signed")


def _day(value, where):
    require(isinstance(value, str) and is_time(f"{value}T00:00:00.000Z"), "SHAPE", f"{where} is not a day")


PROOF = shape.members({**VOICE, "custodian": shape.NAME})
CHALLENGE = shape.members({"seq": shape.integer(), "leaf": shape.binary(32)})
FORM = shape.members({"name": shape.text, "sha256": shape.hexadecimal(32), "bytes": shape.integer(1)})
SHARE = shape.members({"custodian": shape.NAME, "group": shape.NAME, "epoch": shape.integer(1)})
SIGNED = shape.listed(PROOF, 1, 2)

# type -> the members that it owes, and those that may be absent
MEMBERS = {
    "drill": ({"challenge": CHALLENGE, "proof": PROOF}, {}),
    "custodian.acknowledged": ({"challenge": CHALLENGE, "form": FORM, "proof": PROOF}, {}),
    "custodian.departed": ({"challenge": CHALLENGE, "custodian": shape.NAME, "on": _day, "signed": SIGNED}, {}),
    "share.recorded": (
        {"challenge": CHALLENGE, "share": SHARE, "state": shape.one_of("sealed", "opened", "lost", "destroyed"), "signed": SIGNED},
        {"bag": shape.text, "place": shape.text, "witnesses": shape.ordered(shape.text, 1)},
    ),
}


def message(record):
    said = {name: value for name, value in record.items() if name not in UNSIGNED}
    return pae(TYPE, dumps({"format": "keyrite.statement/1", **said}))


def take(state, record, _leaf):
    """Check what shares have signed: whose they are, what they signed, and over which record of this ledger"""
    kind, challenge = record["type"], record["challenge"]
    voices = record["signed"] if "signed" in record else [record["proof"]]
    hear(voices, state.roster.index(), lambda _voice: message(record), "STATEMENT")
    there = challenge["seq"] < len(state.leaves) and b64(state.leaves[challenge["seq"]]) == challenge["leaf"]
    require(there, "STATEMENT-CHALLENGE", "no record of this ledger is what was signed")
    if kind == "drill":
        return
    if "waited" in record:
        state.waited.check_told(challenge, message(record))
    else:
        require(challenge["seq"] == record["seq"] - 1, "STATEMENT-CHALLENGE", "it was signed over another record than the one before")
    if kind == "custodian.departed":
        _known(state, record["custodian"], [group["name"] for group in state.roster.groups])
        _check_others(state, record["custodian"], voices)
    if kind == "share.recorded":
        _keep(state, record, voices)


def _keep(state, record, voices):
    share, bag = record["share"], record.get("bag")
    who, place = share["custodian"], (share["group"], share["epoch"])
    require(who in keys_of(state.history[place]) if place in state.history else {}, "STATEMENT-UNKNOWN", f"{who} has no such share")
    require(state.kept.get((place, who)) != "destroyed", "STATEMENT-GONE", f"the share of {who} was destroyed before")
    require((record["state"] == "sealed") == (bag is not None), "STATEMENT-BAG", "what is sealed is in a bag, and nothing else")
    _check_others(state, who, voices)
    state.kept[place, who] = record["state"]


def _known(state, who, groups):
    known = any(who in state.roster.index()[name, state.roster.by_name[name]["epoch"]] for name in groups)
    require(known, "STATEMENT-UNKNOWN", f"{who} is no custodian")


def _check_others(state, whom, voices):
    """Two other people sign what is about somebody; one, where there are two in all"""
    people = {custodian["name"] for group in state.roster.groups for custodian in group["custodians"]} - {whom}
    names = {voice["custodian"] for voice in voices}
    require(whom not in names, "STATEMENT-OTHERS", f"{whom} signs what is about {whom}")
    enough = len(names) == len(voices) >= min(2, len(people))
    require(enough, "STATEMENT-OTHERS", "too few others have signed")

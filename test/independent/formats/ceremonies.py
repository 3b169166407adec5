"""Ceremonies in a ledger (docs/formats.md, 17): one at a time, each plan of one between the notes that open and close it."""

from . import shape
from .common import LEAF, SIGNING_KEY
from .refusal import require

DIGEST = shape.hexadecimal(32)
STEP = shape.match(r"[0-9A-Za-z][0-9A-Za-z.-]{0,15}(/recover)?", "the id of a step")
OF = {"name": shape.STATION_NAME, "script": DIGEST, "site": DIGEST}
MARK = shape.members({**OF, "step": STEP, "journal": LEAF}, {"mode": shape.one_of("rehearsal")})
REHEARSAL = shape.members(
    {
        "format": shape.one_of("keyrite.rehearsal/1"),
        "name": shape.STATION_NAME,
        "script": DIGEST,
        "partition": shape.UUID,
        "journal": LEAF,
        "ended": shape.moment,
        "exceptions": shape.integer(),
        "key": SIGNING_KEY,
    }
)
OPENING = {"mode": shape.one_of("real", "rehearsal"), "journal": LEAF}
MAY_OPEN = {
    "clock": shape.members({"host": shape.moment, "wall": shape.moment}),
    "rehearsal": shape.members({"rehearsal": REHEARSAL, "value": shape.binary(64)}),
}
# Of the plan by which a partition begins: it opens its ceremony itself.
FIRST_MARK = shape.members(
    {**OF, "step": STEP, "journal": LEAF, "opened": shape.members(OPENING, MAY_OPEN)}, {"mode": shape.one_of("rehearsal")}
)
NOTES = {
    "opened": shape.members({"event": shape.text, **OF, **OPENING}, MAY_OPEN),
    "closed": shape.members(
        {"event": shape.text, "name": shape.STATION_NAME, "journal": LEAF, "steps": shape.integer(), "exceptions": shape.integer()},
        {"step": STEP},
    ),
    "aborted": shape.members({"event": shape.text, "name": shape.STATION_NAME, "reason": shape.text}, {"journal": LEAF}),
}

PLANNED = ("intent", "partition.created")


def opening_in(record):
    """What opens a ceremony: a note, or the plan by which the partition begins"""
    if record["type"] == "partition.created" and "ceremony" in record["plan"]:
        mark = record["plan"]["ceremony"]
        return {**mark["opened"], **{name: mark[name] for name in ("name", "script", "site")}}
    told = record.get("ceremony", {})
    return told if told.get("event") == "opened" else None


def keys_in(record):
    if record["type"] in ("outcome", "recovered"):
        return record["keys"]
    return record["plan"].get("keys", []) if record["type"] == "partition.created" else []


def note(value, where):
    event = value.get("event") if isinstance(value, dict) else None
    require(isinstance(event, str) and event in NOTES, "SHAPE", f"{where} is no event of a ceremony")
    NOTES[event](value, where)


def of_one(mark, opening):
    return all(mark[name] == opening[name] for name in OF) and mark.get("mode", "real") == opening["mode"]


class Ceremonies:
    """last: the note that opened the last one; closed: the note that closed it, or None; names: of those that were"""

    def __init__(self):
        self.last = self.closed = None
        self.names = set()

    def begin(self, mark):
        """The plan of the first record says what no note can say before it"""
        if mark is None:
            return
        self.last = {"event": "opened", **{name: mark[name] for name in OF}, **mark["opened"]}
        require(of_one(mark, self.last), "CEREMONY-OPEN", "it opens a ceremony in another mode")

    def take(self, told):
        event, is_open = told["event"], self.last is not None and self.closed is None
        if event == "opened":
            require(not is_open, "CEREMONY-OPEN", "another ceremony is open")
            require(told["name"] not in self.names, "CEREMONY-ONCE", "a ceremony of that name was brought to its end")
            self.last, self.closed = told, None
            return
        require(is_open and self.last["name"] == told["name"], "CEREMONY-OPEN", "no ceremony of that name is open")
        if event == "aborted":
            self.last = None
            return
        self.closed = told
        self.names.add(told["name"])

    def check(self, plan):
        mark = plan.get("ceremony")
        if mark is None:
            return
        require(self.last is not None and of_one(mark, self.last), "CEREMONY-OPEN", "the plan is of a ceremony that is not open")
        if self.closed is None:
            return
        last = self.closed.get("step")
        allowed = {("audit.checkpoint", last), ("partition.recover", f"{last}/recover")}
        require((plan["op"], mark["step"]) in allowed, "CEREMONY-CLOSED", "its ceremony was closed before")

"""Reading a ledger: its lines, chain and signatures (docs/formats.md, 3); what the records say is in state.py."""

import base64

from . import quorum, shape, templates
from .canonical import dumps, parse
from .checkpoint import Checkpoint
from .encoding import b64, pae, parse_code, record_code, unb64
from .merkle import Tree, leaf_hash
from .records import COMMON, station_may_sign
from .refusal import Refused, require
from .state import State

RECORD_TYPE = "application/vnd.keyrite.record+json"
NULLS = frozenset({("signature",), ("record", "prev"), ("record", "plan", "head")})
SIGNATURE = shape.members(
    {"key": shape.hexadecimal(8), "alg": shape.one_of("ES256", "EdDSA", "PS256"), "value": shape.binary()}, exact=True
)
LINE = shape.members({"record": shape.anything, "signature": shape.anything}, exact=True)
RECORD = shape.members(COMMON, exact=False)
LONGEST = 2**28


class Ledger:
    """The records so far.

    state      what they say (state.State)
    tree       the RFC 6962 tree over their lines
    snapshots  {seq: what a backup must agree with} for the seqs that were asked for
    """

    def __init__(self, snapshots_at=(), root_at=None):
        self.state, self.tree = State(), Tree()
        self.unsigned = []
        self.snapshots_at, self.snapshots = snapshots_at, {}
        self.root_at, self.root_there = root_at, None

    def take(self, line):
        """Check one line (bytes; the last may lack its LF, which adds nothing to its leaf) and take it in."""
        line = line.removesuffix(b"\n")
        require(len(line) <= LONGEST, "LINE-LENGTH", "a line does not end")
        value = parse(line, NULLS)
        LINE(value, "the line")
        written, signature = value["record"], value["signature"]
        RECORD(written, "record")
        self._check_place(written)
        record, leaf = templates.open_record(written), leaf_hash(line)
        self.state.apply(record, leaf)
        self._check_signature(record, signature, written)
        self.tree.add(leaf)
        self._remember(record)

    def _check_place(self, record):
        seq, state = self.tree.size, self.state
        require(record["format"] == "keyrite.record/1", "FORMAT", f"{record['format']} is not keyrite.record/1")
        same_partition = state.partition in (None, record["partition"])
        require(same_partition, "PARTITION", "the record is of another partition")
        require(record["seq"] == seq, "SEQ", f"seq is {record['seq']} where {seq} belongs")
        prev = b64(state.leaves[-1]) if state.leaves else None
        require(record["prev"] == prev, "CHAIN-PREV", "prev is not the leaf of the line before")
        require(record["time"] >= state.time, "TIME-ORDER", "the record is older than the one before it")
        require(record["time"] < "9999", "TIME-ORDER", "the record is of the last year that can be written")

    def _check_signature(self, record, signature, written):
        """A signature speaks for the unsigned lines before it too, so its key must be allowed to sign them all."""
        self.unsigned.append((record["seq"], record["station"], station_may_sign(record)))
        if signature is None:
            return
        SIGNATURE(signature, "signature")
        station, audit = self.state.station_key(record), self.state.audit
        audits = {audit.id: audit} if self.state.signers is None else self.state.signers
        key = {**audits, **({station.id: station} if station else {})}.get(signature["key"])
        require(key is not None, "SIGNER", f"{signature['key']} is no key that may sign here")
        require(key.alg == signature["alg"], "SIGNER-ALG", f"{key.id} signs with {key.alg}")
        if key is station:
            self._check_station(record["station"])
        message = pae(RECORD_TYPE, dumps(written))
        require(key.verify(message, unb64(signature["value"])), "SIGNATURE", "the signature is wrong")
        self.unsigned = []

    def _check_station(self, name):
        for seq, station, allowed in self.unsigned:
            if not allowed or station != name:
                raise Refused("SIGNER-STATION", f"the station key of {name} may not sign this record", seq)

    def _remember(self, record):
        if record["seq"] in self.snapshots_at:
            self.snapshots[record["seq"]] = Snapshot(self.state, record)
        if self.tree.size == self.root_at:
            self.root_there = self.tree.root()

    def finish(self):
        require(self.tree.size > 0, "LEDGER-EMPTY", "there is no record")
        require(not self.unsigned, "SIGNATURE-LAST", "the last line has no signature")


class Snapshot:
    """The state right after one record; later records replace these objects and never change them."""

    def __init__(self, state, record):
        self.record, self.leaf = record, state.leaves[-1]
        self.roster, self.keys = state.roster, state.keys.copy()
        # Of several members the first of the plan acts.
        acting = state.members.of(record["plan"])[0] if record["type"] == "intent" else None
        self.token, self.audit = (acting.serial, acting.audit) if acting else (state.token, state.audit)


def read(path, anchor=None, checkpoint=None, snapshots_at=()):
    """path -> Ledger, or Refused.

    anchor: the code that people kept; checkpoint: the bytes of a note; snapshots_at: seqs to remember
    """
    note = Checkpoint(checkpoint) if checkpoint is not None else None
    ledger = Ledger(snapshots_at, note.size if note else None)
    with open(path, "rb") as file:
        for number, line in enumerate(file):
            try:
                ledger.take(line)
            except Refused as refusal:
                refusal.record = number if refusal.record is None else refusal.record
                raise
    ledger.finish()
    if anchor is not None:
        code = record_code(ledger.state.leaves[0])
        require(parse_code(anchor) == code, "ANCHOR", f"the ledger's anchor is {code}, not {anchor}")
    if note:
        _check_checkpoint(ledger, note)
    return ledger


def _check_checkpoint(ledger, note):
    note.verify(ledger.state.partition, ledger.state.audit_keys.values())
    size = ledger.tree.size
    require(note.size <= size, "CHECKPOINT-SIZE", f"the checkpoint saw {note.size} records, here are {size}")
    require(ledger.root_there == note.root, "CHECKPOINT-ROOT", "the records that the checkpoint saw were others")


def describe(ledger, anchored, checkpoint):
    """-> the JSON object that the command line prints; `root` is standard base64, as in a checkpoint"""
    state = ledger.state
    told = {
        "ok": True,
        "authenticated": anchored,
        "checkpoint": checkpoint,
        "partition": state.partition,
        "name": state.name,
        "token": state.token,
        "records": ledger.tree.size,
        "size": ledger.tree.size,
        "anchor": record_code(state.leaves[0]),
        "leaf": b64(state.leaves[-1]),
        "code": record_code(state.leaves[-1]),
        "root": _root_text(ledger),
        "auditKey": state.audit.id,
        "stations": {name: key.id for name, key in sorted(state.stations.items())},
        "groups": state.roster.groups,
        **quorum.describe(state),
        "keys": state.keys.listed(),
        **({"members": [one.describe() for one in state.members.live]} if state.members.several else {}),
        "applications": [app.describe() for _, app in sorted(state.apps.items())],
    }
    waiting = state.open_intent()
    return {**told, "open": waiting} if waiting else told


def _root_text(ledger):
    return base64.b64encode(ledger.tree.root()).decode("ascii")

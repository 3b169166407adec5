"""What a ledger says, record by record (design, 6.3)."""

from . import beginnings, effects, plan as plans
from .canonical import dumps
from .encoding import pae
from .keys import Keys
from .publickey import PublicKey
from .records import SHAPES, STATION_TYPES
from .refusal import require
from .roster import hear, require_enough

KEY_TYPE = "application/vnd.keyrite.key+json"
HANDLERS = {
    "partition.created": beginnings.created,
    "intent": beginnings.intent,
    "outcome": effects.outcome,
    "recovered": effects.recovered,
    "quorum.replaced": effects.quorum_replaced,
    "token.replaced": effects.token_replaced,
    "drill": effects.drill,
    "denied": effects.nothing,
    "note": effects.nothing,
}


class State:
    """The partition as it is after the records so far.

    leaves    of every record (bytes)
    history   {(group, epoch): group object} of every roster
    bridges   {(group, epoch): blob}: the secret before `epoch`, wrapped under the one of `epoch`
    outcomes  {leaf text of a backup's intent: {time, result, files} of the record that ended it}
    backups   {seq of a backup's intent: (its plan, its leaf text, labels of the keys that it holds)}
    """

    def __init__(self):
        self.partition = self.name = self.token = self.roster = None
        self.time = ""
        self.audit = self.station = self.change = None
        self.audit_keys, self.station_keys = {}, {}
        self.keys = Keys()
        self.leaves, self.last_change = [], 0
        self.nonces = set()
        self.history, self.bridges, self.outcomes = {}, {}, {}
        self.backups, self.backup_files = {}, set()

    def apply(self, record, leaf):
        """Check one record against everything before it, then take it in. leaf: its own (bytes)"""
        kind = record["type"]
        require(kind in SHAPES, "TYPE", f"no type of record is called {kind}")
        SHAPES[kind](record, kind)
        first = not self.leaves
        fits = first == (kind == "partition.created")
        require(fits, "TYPE-FIRST", "partition.created is the first record, and only it")
        HANDLERS[kind](self, record, leaf)
        if kind not in STATION_TYPES:
            self.last_change = len(self.leaves)
        self.leaves.append(leaf)
        self.time = record["time"]

    def signers(self):
        """The keys that may sign now: the audit key on the present token, and the station key"""
        return {self.audit.id: self.audit, self.station.id: self.station}

    def open_intent(self):
        """The leaf (text) of a change that nothing settled, or None"""
        return None if self.change is None or self.change.settled else self.change.leaf

    def seat(self, roster):
        self.roster = roster
        self.history.update({(group["name"], group["epoch"]): group for group in roster.groups})

    def take_nonce(self, plan):
        require(plan["nonce"] not in self.nonces, "PLAN-NONCE", "the plan's nonce was used before")
        self.nonces.add(plan["nonce"])

    def check_plan(self, plan, record_time):
        require(plan["partition"] == self.partition, "PARTITION", "the plan is of another partition")
        require(plan["created"] < plan["expires"], "PLAN-TIMES", "the plan expires before it was made")
        require(plan["created"] <= record_time, "PLAN-TIMES", "the plan is later than its record")
        self.take_nonce(plan)

    def enter_station_key(self, described):
        """By the first plan, and by the plan of a restore in another home: the custodians approved it there."""
        key = PublicKey(described)
        require(key.alg == "EdDSA", "KEY-ALG", "the station key is an Ed25519 key")
        require(key.id not in self.audit_keys, "KEY-ALG", "the station key is an audit key")
        self.station = self.station_keys[key.id] = key

    def enter_audit_key(self, described, serial, approvals):
        """An audit key comes in by M custodians of every group, and by nothing else."""
        key = PublicKey(described)
        body = {"format": "keyrite.key/1", "partition": self.partition, "token": serial, "auditKey": described}
        require(key.id not in self.station_keys, "KEY-ALG", "the audit key is a station key")
        message = pae(KEY_TYPE, dumps(body))
        heard = hear(approvals, self.roster.index(), lambda _voice: message, "KEY-APPROVAL")
        require_enough(heard, plans.first_needs(self.roster), "KEY-APPROVAL")
        self.audit = self.audit_keys[key.id] = key

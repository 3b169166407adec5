"""What a ledger says, record by record (docs/formats.md, 3)."""

from . import application_records, beginnings, ceremonies, certificates, effects, inward, members, plan as plans, quorum, statements, waited
from .canonical import dumps
from .encoding import b64, pae, unb64
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
    "quorum.confirmed": quorum.confirmed,
    "quorum.replaced": quorum.replaced,
    "token.replaced": effects.token_replaced,
    "station.added": effects.station_added,
    "station.removed": effects.station_removed,
    "member.added": members.added,
    "member.retired": members.retired,
    "app.added": application_records.added,
    "app.copies": application_records.copies,
    "app.pin": application_records.pin,
    "app.retired": application_records.retired,
    "partition.retired": effects.partition_retired,
    **{kind: statements.take for kind in statements.TYPES},
    "denied": effects.nothing,
    "note": effects.noted,
}


class State:
    """The partition as it is after the records so far.

    leaves    of every record (bytes)
    sets      of shares, besides those in force (quorum.Sets)
    history   {(group, epoch): group object} of every set of shares
    bridges   {(group, epoch): (epoch before, blob)}: the secret of before, wrapped under the one of `epoch`
    apps      {name: its application} of those that live
    beneath   a change without an end, over which a lost set is replaced
    stations  {name: its key} of those whose records are taken now
    kept      {((group, epoch), custodian): where a share was last said to lie}
    ceremonies  the last one, and those that were (ceremonies.Ceremonies)
    requests  for keys that others are to send (inward.Requests)
    issued    certificates, and lists of those taken back (certificates.Issued)
    signers   {id: audit key} of those that may sign the record that was taken last; None where it brings its own
    members   its tokens (members.Members); token, profile and audit are those of the first
    waited    what stations gave to a database (waited.Waited)
    outcomes  {leaf text of a backup's intent: {time, result, files} of the record that ended it}
    backups   {seq of a backup's intent: (its plan, its leaf text, labels of the keys that it holds)}
    """

    def __init__(self):
        self.partition = self.name = self.token = self.profile = self.roster = None
        self.time = ""
        self.audit = self.change = self.beneath = self.signers = None
        self.retired = False
        self.audit_keys, self.stations = {}, {}
        self.station_names, self.station_ids = set(), set()
        self.keys, self.apps = Keys(), {}
        self.leaves, self.last_change = [], 0
        self.nonces = set()
        self.history, self.bridges, self.outcomes = {}, {}, {}
        self.backups, self.backup_files = {}, set()
        self.kept, self.sets = {}, quorum.Sets()
        self.ceremonies = ceremonies.Ceremonies()
        self.members = members.Members()
        self.waited = waited.Waited()
        self.issued, self.requests = certificates.Issued(), inward.Requests()

    def apply(self, record, leaf):
        """Check one record against everything before it, then take it in. leaf: its own (bytes)"""
        kind = record["type"]
        require(not self.retired, "RETIRED", "the partition was retired: nothing follows")
        require(kind in SHAPES, "TYPE", f"no type of record is called {kind}")
        SHAPES[kind](record, kind)
        first = not self.leaves
        fits = first == (kind == "partition.created")
        require(fits, "TYPE-FIRST", "partition.created is the first record, and only it")
        self._check_station(record)
        self.waited.check(record, self.station_key(record))
        self.signers = members.signers(self, record)
        HANDLERS[kind](self, record, leaf)
        if kind not in STATION_TYPES:
            self.last_change = len(self.leaves)
        if self.beneath and not self.open_intent():
            self.change, self.beneath = self.beneath, None
        self.leaves.append(leaf)
        self.time = record["time"]

    def _check_station(self, record):
        """A record is written at a station, or at the machine that a change brings: its own plan, or one that is open"""
        plans = [record["plan"]] if "plan" in record else []
        for one in (self.change, self.beneath):
            plans += [change.plan for change in (one, one and one.recovers) if change and not change.settled]
        coming = [plan["station"]["name"] for plan in plans if "station" in plan and plan["op"] != "station.remove"]
        known = record["station"] in self.stations or record["station"] in coming
        require(known, "STATION", f"{record['station']} is no station of the partition")

    def station_key(self, record):
        """The key of the station that a record names, or None where it has none that may sign"""
        return self.stations.get(record["station"])

    def open_intent(self):
        """The leaf (text) of a change that nothing settled, or None"""
        return None if self.change is None or self.change.settled else self.change.leaf

    def roles_of(self, plan, finished=None):
        return members.roles(plan, plans.roles_of(plan, self.roster, finished), self.members.several)

    def seq_of(self, leaf):
        """The number of the record with this leaf (text)"""
        return self.leaves.index(unb64(leaf))

    def begin_members(self, token, profile, leaf):
        self.members.begin(token, self.audit, profile, {"seq": len(self.leaves), "leaf": b64(leaf)})

    def follow_first(self):
        """`The` token is that of the first member"""
        first = self.members.live[0]
        if first.serial != self.token:
            self.sets.pins = self.sets.others.pop(first.serial)
        self.token, self.profile, self.audit = first.serial, first.profile, first.audit

    def open_root(self):
        """The change that is unknown, or the recovery of one that has recorded what it found; None where nothing is open"""
        waiting = self.change if self.open_intent() else None
        return waiting and (waiting if waiting.root.settled else waiting.root)

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

    def new_station(self, described):
        """A plan brings it: the custodians approved it there. Neither name nor key was ever a station's -> its key"""
        key = PublicKey(described["key"])
        require(key.alg == "EdDSA", "KEY-ALG", "the station key is an Ed25519 key")
        require(key.id not in self.audit_keys, "KEY-ALG", "the station key is an audit key")
        fresh = described["name"] not in self.station_names and key.id not in self.station_ids
        require(fresh, "STATION-NEW", f"{described['name']}, or its key, was a station before")
        return key

    def enter_station(self, described):
        name, key = described["name"], self.new_station(described)
        self.station_names.add(name)
        self.station_ids.add(key.id)
        self.stations[name] = key

    def enter_audit_key(self, record, roster):
        """An audit key comes in by M custodians of every group of this roster, and by nothing else."""
        described, serial, approvals = record["auditKey"], record["token"]["serial"], record["keyApprovals"]
        key = PublicKey(described)
        body = {"format": "keyrite.key/1", "partition": self.partition, "token": serial, "auditKey": described}
        require(key.id not in self.station_ids, "KEY-ALG", "the audit key is a station key")
        message = pae(KEY_TYPE, dumps(body))
        heard = hear(approvals, roster.index(), lambda _voice: message, "KEY-APPROVAL")
        quorum.check_suspended(self, approvals, record["time"])
        require_enough(heard, plans.first_needs(roster), "KEY-APPROVAL")
        self.audit = self.audit_keys[key.id] = key

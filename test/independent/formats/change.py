"""One change: the intent that began it and what later records say of it."""

from . import plan as plans

CHANGING = ("key.import-request", "key.import-cancel", "key.deliver", "key.withdraw", "backup.restore", "partition.recover", "partition.retire", "quorum.replace", "custodian.suspend", "custodian.resume", "station.add", "station.remove", "member.add", "member.sync", "member.retire")

NOT_OF_KEYS = ("key.deliver", "key.withdraw", "key.sign", "key.export", "key.import-request", "key.import-cancel")


class Change:
    """An intent.

    recovers  the change that it takes up, else None
    roles     whose groups approve it, and what finishes it
    named     ids that its outcomes named so far
    settled   the next intent may come
    closed    nothing more may be said of it
    moved     a key came or changed its state
    differs   the first thing that is not as planned
    told      {application: {key version: what was found of its copy}}
    finding   of a recovery: (what it found, whether a key came or moved or a token was let in, whether it may have brought copies)
    """

    def __init__(self, leaf, plan, recovers=None, roles=()):
        self.leaf, self.plan, self.op = leaf, plan, plan["op"]
        self.recovers, self.roles = recovers, roles
        self.targets = {target["id"]: target for target in plans.targets(plan)}
        self.named, self.outcomes, self.told = set(), 0, {}
        self.settled = self.closed = self.recovered = self.installed = self.moved = False
        self.differs = self.finding = None

    @property
    def root(self):
        """The change that is unknown: what a recovery takes up, or else itself"""
        return self.recovers or self

    @property
    def on_keys(self):
        of_keys = self.op.startswith("key.") and self.op not in NOT_OF_KEYS
        return self.op == "manifest.apply" or of_keys

    @property
    def at_apps(self):
        """It reaches applications, and what they have"""
        return self.op.startswith("app.") or "apps" in self.plan

    @property
    def ends(self):
        """The end of a partition: each key is destroyed, whatever its state, and a record of its own says when it is done"""
        return self.op == "partition.retire"

    @property
    def of_copies(self):
        """It tells of keys on a token that is erased again: those of the partition stay as they were"""
        return self.op == "backup.test"

    @property
    def proves(self):
        """It changes nothing, and tells of keys all the same"""
        return self.of_copies or self.op.startswith("cert.") or self.op in ("key.sign", "key.export")

    @property
    def may_change(self):
        return self.on_keys or self.op in CHANGING or self.op.startswith("app.") and self.op != "app.check"

    def awaited(self):
        return set(self.targets) - self.named

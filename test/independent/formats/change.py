"""One change: the intent that began it and what later records say of it."""

from . import plan as plans


class Change:
    """An intent.

    recovers  the change that a partition.recover looks into, else None
    named     ids that its outcomes named so far
    settled   the next intent may come
    closed    nothing more may be said of it
    """

    def __init__(self, leaf, plan, recovers=None, bridges=None):
        self.leaf, self.plan, self.op = leaf, plan, plan["op"]
        self.recovers, self.bridges = recovers, bridges or {}
        self.targets = plans.targets(plan)
        self.named, self.outcomes = set(), 0
        self.settled = self.closed = self.failed = False
        self.recovered = self.installed = False
        self.recovered_keys = set()

    @property
    def root(self):
        """The change whose targets are meant: a recovery speaks about the one that it recovers."""
        return self.recovers or self

    @property
    def on_keys(self):
        return self.op.startswith("key.")

    def may_name(self):
        """{id: (name, version)} that a record about this change may name"""
        return {**self.targets, **self.root.targets}

    def take_outcome(self, result, ids):
        """Outcomes of an operation on keys go on until each target is named (one record per 500 keys). Other
        operations may list keys that they only read, so their first outcome settles them."""
        self.outcomes += 1
        self.named |= ids
        self.failed = self.failed or result == "failed"
        self.closed = result != "done" or set(self.targets) <= self.named
        self.settled = self.settled or self.closed or not self.on_keys

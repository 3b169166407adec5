"""What a station gave to a ledger in a database, before somebody took it in (docs/formats.md, 19)."""

from . import shape
from .canonical import dumps
from .encoding import pae, unb64
from .refusal import require

TYPE = "application/vnd.keyrite.waiting+json"
WAITED = shape.members({"time": shape.moment, "value": shape.binary(64)}, exact=True)


def message(record):
    """What the station signed: the record with the time at which it was given, and without a place"""
    given = {name: value for name, value in record.items() if name not in ("seq", "prev", "waited")}
    return pae(TYPE, dumps({**given, "time": record["waited"]["time"]}))


class Waited:
    """since: the number of the record by which the ledger came into a database, None in a file; times: {station: of what it gave last}; told: what shares have signed since"""

    def __init__(self):
        self.since, self.times, self.told = None, {}, set()

    def settle(self, plan, done, seq):
        if done and plan["op"] == "partition.move":
            self.since, self.told = (None if plan["to"] == "file" else seq), set()

    def check(self, record, key):
        waited, station = record.get("waited"), record["station"]
        if waited is None:
            require(self.since is None or "challenge" not in record, "WAITED-PLACE", "what shares sign waits where the ledger lies in a database")
            return
        require(self.since is not None, "WAITED-PLACE", "the ledger lies in a file")
        require(key is not None and key.verify(message(record), unb64(waited["value"])), "WAITED-SIGNED", f"it is not as {station} gave it")
        require(waited["time"] > self.times.get(station, ""), "WAITED-ONCE", f"{station} gave something later before")
        self.times[station] = waited["time"]

    def check_told(self, challenge, said):
        """Of what is told once: the shares have signed it since the ledger is where it is, and it was not told since"""
        require(challenge["seq"] >= self.since and said not in self.told, "STATEMENT-CHALLENGE", "it was told before")
        self.told.add(said)

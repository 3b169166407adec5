"""The index beside a ledger (docs/formats.md, 18): does it hang together, and does it say what the ledger says?"""

import json
import os

from . import ledger as ledgers
from .canonical import dumps
from .checkpoint import Checkpoint
from .encoding import b64, sha256, unb64
from .merkle import Tree
from .refusal import require

BUCKETS = 1024
SHELVES = ("keys", "nonces", "pairs", "versions")
ROW = 44


def bucket_of(name):
    """FNV-1a of 32 bits over the UTF-16 units of a name"""
    value = 0x811C9DC5
    data = name.encode("utf-16-be")
    for at in range(0, len(data), 2):
        value = (value ^ int.from_bytes(data[at : at + 2], "big")) * 0x01000193 & 0xFFFFFFFF
    return value % BUCKETS


def page_of(rows):
    """rows: {name: value} of one bucket -> the bytes of its page"""
    return b"\n".join(dumps([name, rows[name]]) for name in sorted(rows, key=lambda name: name.encode("utf-16-be")))


class Index:
    """The files of a folder, held against each other and against the ledger up to the record that they tell of."""

    def __init__(self, folder, ledger):
        self.folder, self.ledger = folder, ledger
        with open(os.path.join(folder, "index.root"), "rb") as file:
            text, places, rest = file.read().split(b"\n")
        require(rest == b"", "INDEX", "index.root has two lines")
        self.digest = sha256(text)
        self.state, root = json.loads(text), json.loads(places)
        require(dumps(self.state) == text and dumps(root) == places, "INDEX", "index.root is not canonical")
        formats = (self.state["format"], root["format"])
        require(formats == ("keyrite.state/3", "keyrite.index/2"), "INDEX", "it is of another format")
        require(unb64(root["state"]) == self.digest, "INDEX", "its state is damaged")
        self.line = root["line"]
        self.checkpoint = Checkpoint(root["checkpoint"].encode("utf-8"))
        self.shelves = {name: self._shelf(name, unb64(root["pages"][name])) for name in SHELVES}
        self._check_line()

    def _shelf(self, name, table):
        """-> {name: value}"""
        hashes, rows = bytearray(BUCKETS * 32), {}
        with open(os.path.join(self.folder, "index.pages"), "rb") as file:
            for start in range(0, len(table), ROW):
                row = table[start : start + ROW]
                bucket, at, size = (int.from_bytes(row[a:b], "big") for a, b in ((0, 2), (2, 8), (8, 12)))
                file.seek(at)
                page = file.read(size)
                require(sha256(page) == row[12:], "INDEX", f"a page of {name} has another hash")
                hashes[bucket * 32 : bucket * 32 + 32] = row[12:]
                own = dict(json.loads(line) for line in page.split(b"\n"))
                fits = page_of(own) == page and all(bucket_of(one) == bucket for one in own)
                require(fits, "INDEX", f"a page of {name} is out of order")
                rows.update(own)
        told = {"digest": b64(sha256(bytes(hashes))), "size": len(rows)}
        require(self.state["shelves"][name] == told, "INDEX", f"the state tells otherwise of {name}")
        return rows

    def _check_line(self):
        with open(self.ledger, "rb") as file:
            file.seek(self.line["start"])
            line = file.read(self.line["end"] - self.line["start"])
        require(line.endswith(b"\n") and b64(sha256(b"\0" + line[:-1])) == self.state["leaf"], "INDEX", "its last line is another")

    def check_against_ledger(self):
        """Everything of it that this reader knows too -> the number of keys"""
        found = ledgers.Ledger()
        with open(self.ledger, "rb") as file:
            while file.tell() < self.line["end"]:
                found.take(file.readline())
        state, told = found.state, self.state
        self.checkpoint.verify(state.partition, [state.audit])
        require(self.checkpoint.state == self.digest, "INDEX", "its checkpoint is of another state")
        require(self.checkpoint.size == len(state.leaves), "INDEX", "its checkpoint is of another size")
        tree = Tree()
        for leaf in state.leaves:
            tree.add(leaf)
        require(self.checkpoint.root == tree.root(), "INDEX", "its checkpoint is of another ledger")
        same = {
            "seq": len(state.leaves) - 1,
            "time": state.time,
            "partition": state.partition,
            "name": state.name,
            "anchor": b64(state.leaves[0]),
            "tree": [b64(peak) for peak in tree.peaks],
        }
        for name, value in same.items():
            require(told[name] == value, "INDEX", f"it tells otherwise of {name}")
        keys = state.keys
        shelves = {
            "nonces": dict.fromkeys(state.nonces, 1),
            "pairs": keys.pairs,
            "versions": {name: {"inForce": keys.in_force.get(name, 0), "newest": newest} for name, newest in keys.latest.items()},
        }
        for name, rows in shelves.items():
            require(self.shelves[name] == rows, "INDEX", f"it has other {name}")
        lives = {name: life["told"][-1]["report"] for name, life in self.shelves["keys"].items()}
        require(lives == keys.by_label, "INDEX", "it has other keys")
        return len(lives)

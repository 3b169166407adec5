"""Proofs of records: each is in the tree of a checkpoint, and a key to which the anchor leads signed that."""

from . import shape
from .canonical import dumps, parse
from .checkpoint import Checkpoint
from .encoding import b64, pae, parse_code, record_code, unb64
from .merkle import inner_hash, leaf_hash
from .publickey import PublicKey, verify_raw_ed25519
from .refusal import require

RULE = "PROOF"
HEADER = shape.members(
    {
        "proof": shape.members(
            {
                "format": shape.one_of("keyrite.proof/1"),
                "partition": shape.text,
                "name": shape.text,
                "anchor": shape.binary(32),
                "key": shape.members({"name": shape.KEY_NAME}, {"version": shape.integer(1)}),
                "checkpoint": shape.listed(shape.anything, 5),
                "records": shape.integer(1),
            }
        )
    }
)
INCLUSION = shape.members(
    {
        "inclusion": shape.members(
            {
                "line": shape.members({"record": shape.anything, "signature": shape.anything}),
                "path": shape.listed(shape.binary(32)),
            }
        )
    }
)
LINE = ("inclusion", "line")
NULLS = frozenset({(*LINE, "signature"), (*LINE, "record", "prev"), (*LINE, "record", "plan", "head")})


class Proof:
    """header, records [record] and checkpoint; every record was found in the checkpoint's tree"""

    def __init__(self, data, anchor):
        first, *lines = data.decode("utf-8").removesuffix("\n").split("\n")
        header = parse(first.encode("utf-8"))
        HEADER(header, "the first line")
        self.header = header["proof"]
        require(len(lines) == self.header["records"], RULE, "it holds another number of records than it says")
        note = "\n".join(self.header["checkpoint"]) + "\n"
        self.checkpoint = Checkpoint(note.encode("utf-8"))
        self.records = [self._included(line) for line in lines]
        require(self.records[0]["seq"] == 0, RULE, "the record that the anchor is of is not there")
        if anchor is not None:
            wanted = record_code(unb64(self.header["anchor"]))
            require(parse_code(anchor) == parse_code(wanted), "ANCHOR", f"the anchor of this proof is {wanted}")
        self.checkpoint.verify(self.header["partition"], self._audit_keys())

    def _included(self, text):
        value = parse(text.encode("utf-8"), NULLS)
        INCLUSION(value, "a line")
        line, path = value["inclusion"]["line"], value["inclusion"]["path"]
        record = line["record"]
        require(record["partition"] == self.header["partition"], RULE, "a record of another partition")
        leaf = leaf_hash(dumps(line))
        if record["seq"] == 0:
            require(b64(leaf) == self.header["anchor"], RULE, "the first record is not the one of the anchor")
        root = climb(leaf, record["seq"], self.checkpoint.size, [unb64(one) for one in path])
        require(root == self.checkpoint.root, RULE, f"record {record['seq']} is not in the tree of the checkpoint")
        return record

    def _audit_keys(self):
        """The first, and each that M custodians of every group of that time let in"""
        keys, groups = [], {}
        for record in self.records:
            if record["type"] == "partition.created":
                keys, groups = [PublicKey(record["auditKey"])], {one["name"]: one for one in record["groups"]}
            elif record["type"] == "quorum.replaced":
                groups[record["group"]["name"]] = record["group"]
            elif record["type"] == "token.replaced":
                require(_lets_in(record, groups.values()), RULE, "an audit key that the custodians did not let in")
                keys.append(PublicKey(record["auditKey"]))
        return keys

    def describe(self):
        told = {"ok": True, "name": self.header["name"], "key": self.header["key"], "size": self.checkpoint.size}
        return {**told, "records": [record["seq"] for record in self.records]}


def _lets_in(record, groups):
    entry = {"format": "keyrite.key/1", "partition": record["partition"], "token": record["token"]["serial"]}
    message = pae("application/vnd.keyrite.key+json", dumps({**entry, "auditKey": record["auditKey"]}))

    def heard(group):
        known = {one["name"]: one["key"] for one in group["custodians"]}
        voices = [one for one in record["keyApprovals"] if one["group"] == group["name"]]
        right = [one for one in voices if known.get(one["custodian"]) == one["key"]]
        signed = [one for one in right if verify_raw_ed25519(unb64(one["key"]), message, unb64(one["value"]))]
        return len({one["custodian"] for one in signed})

    return all(heard(group) >= group["threshold"] for group in groups)


def climb(leaf, index, size, path):
    """RFC 6962, 2.1.1: the root that a path gives, or None; path: from the leaf's neighbour up"""
    if index >= size:
        return None
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    left = 1
    while left * 2 < size:
        left *= 2
    *below, other = path
    if index < left:
        root = climb(leaf, index, left, below)
        return root and inner_hash(root, other)
    root = climb(leaf, index - left, size - left, below)
    return root and inner_hash(other, root)

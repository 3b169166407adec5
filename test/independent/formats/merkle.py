"""The Merkle tree hash of RFC 6962, 2.1, grown leaf by leaf."""

from .encoding import sha256


def leaf_hash(data):
    return sha256(b"\0" + data)


def inner_hash(left, right):
    return sha256(b"\1" + left + right)


class Tree:
    """Keeps one hash per complete subtree, so a million leaves need twenty hashes."""

    def __init__(self):
        self.size = 0
        self.peaks = []

    def add(self, leaf):
        """leaf: the hash of one leaf"""
        self.size += 1
        carry = self.size
        while carry & 1 == 0:
            leaf = sha256(b"\1" + self.peaks.pop() + leaf)
            carry >>= 1
        self.peaks.append(leaf)

    def root(self):
        if not self.peaks:
            return sha256(b"")
        *left, root = self.peaks
        for peak in reversed(left):
            root = sha256(b"\1" + peak + root)
        return root

"""The sample's backup: read, opened, and forged."""

import json

from formats import backup, canonical, derive, openssl
from formats.encoding import b64, pae, sha256
from formats.ledger import RECORD_TYPE

from . import check, put, reader, refused, tampering
from .sample import sample

FILE = put("pay.backup", sample.backup)
LINES = sample.backup.splitlines(keepends=True)
HEADER = json.loads(LINES[0])["header"]
EARLY = sample.writer.lines[: HEADER["ledger"]["seq"] + 1]


def naming(data):
    """A ledger that ends with an outcome which names this very file"""
    file = {"name": "pay.backup", "sha256": sha256(data).hex(), "bytes": max(len(data), 1)}
    record = json.loads(sample.writer.lines[len(EARLY)])["record"]
    record["artefacts"] = [file]
    signature = sample.keyring["audit"].signature(pae(RECORD_TYPE, canonical.dumps(record)))
    line = canonical.dumps({"record": record, "signature": signature}) + b"\n"
    return put("naming.jsonl", b"".join(EARLY) + line)


def opened(data, shares=None, ledger=None):
    found, read_ledger = backup.read(put("other.backup", data), ledger or naming(data))
    return backup.open_keys(found, read_ledger, shares or sample.vault.holdings()[:2])


def forged(change):
    return sample.make_backup(HEADER["ledger"]["seq"], HEADER["ledger"]["leaf"], change)


@check("backup: read, and every blob opened and proven, by any two shares")
def _():
    assert reader("backup", FILE, "--ledger", tampering.whole)["opened"] == 0
    for place in range(3):
        pair = [text for n, text in enumerate(sample.vault.texts().values()) if n != place]
        told = reader("backup", FILE, "--ledger", tampering.whole, "--shares", *pair)
        assert told["opened"] == told["keys"] == 3 and told["omitted"][0]["version"] == 2
    assert reader("--openssl", "backup", FILE, "--ledger", tampering.whole)["ok"]


@check("backup: shares of another group, of a retired epoch, or one alone open nothing")
def _():
    wrong = {
        "SHARE-GROUP": sample.ops.holdings()[:2],
        "SHARE-RETIRED": sample.old_vault.holdings()[:2],
        "SHARE-FEW": sample.vault.holdings()[:1],
        "SHARE-MIXED": sample.vault.holdings()[:1] + sample.old_vault.holdings()[:1],
    }
    for rule, shares in wrong.items():
        refused(lambda shares=shares: opened(sample.backup, shares), rule)


@check("backup: each line changed, dropped, doubled or cut is found")
def _():
    for n in range(len(LINES)):
        bent = LINES[n].replace(b'":', b'_":', 1)
        for lines in (LINES[:n] + LINES[n + 1 :], LINES[:n] + [bent] + LINES[n + 1 :], LINES[: n + 1] + LINES[n:]):
            refused(lambda lines=lines: opened(b"".join(lines)))
        refused(lambda n=n: opened(b"".join(LINES[:n]) + LINES[n][:-1]))
    refused(lambda: opened(b""), "BACKUP-FOOTER")


@check("backup: the outcome in the ledger names the file")
def _():
    other = forged(lambda lines: lines[0]["header"].update(created="2026-11-23T20:00:00.001Z"))
    opened(other)
    refused(lambda: opened(other, ledger=tampering.whole), "BACKUP-ARTEFACT")
    refused(lambda: opened(other, ledger=put("early.jsonl", b"".join(EARLY))), "BACKUP-OPEN")


def header(**members):
    return lambda lines: lines[0]["header"].update(members)


def key(place, **members):
    return lambda lines: lines[place]["key"].update(members)


def swap_blobs(lines):
    one, other = lines[1]["key"], lines[2]["key"]
    one["blob"], other["blob"] = other["blob"], one["blob"]


def other_pair(lines):
    """Another pair's private half, wrapped under the right KEK: as a holder of the KEK could do"""
    kek = derive.kek(sample.vault.secret, HEADER["partition"])
    other = openssl.cbc_pad_wrap(kek, sample.keyring["audit"].pkcs8, bytes(16))
    lines[3]["key"]["blob"] = b64(other)


FORGERIES = [
    (header(format="keyrite.backup/2"), "SHAPE"),
    (header(partition=HEADER["partition"][:-1] + "0"), "BACKUP-HEADER"),
    (header(name="pax"), "BACKUP-HEADER"),
    (header(token="other"), "BACKUP-HEADER"),
    (header(groups=HEADER["groups"][::-1]), "BACKUP-HEADER"),
    (header(kek={**HEADER["kek"], "epoch": 1}), "BACKUP-HEADER"),
    (header(kek={**HEADER["kek"], "check": b64(bytes(40))}), "BACKUP-KEK"),
    (header(ledger={**HEADER["ledger"], "seq": 99}), "BACKUP-LEDGER"),
    (header(ledger={**HEADER["ledger"], "leaf": b64(bytes(32))}), "BACKUP-LEDGER"),
    (header(ledger={"seq": 5, "leaf": b64(sample.writer.leaves[5])}), "BACKUP-LEDGER"),
    (header(keys=2), "BACKUP-COUNT"),
    (header(omitted=[]), "BACKUP-HEADER"),
    (header(omitted=HEADER["omitted"] * 2), "BACKUP-HEADER"),
    (lambda lines: lines[0]["header"]["omitted"].append({"name": "x", "version": 1, "reason": "x"}), "BACKUP-HEADER"),
    (lambda lines: lines[0]["header"]["omitted"][0].pop("reason"), "SHAPE"),
    (lambda lines: lines.reverse() or lines.insert(0, lines.pop()), "BACKUP-ORDER"),
    (lambda lines: lines.append(lines[3]), "BACKUP-ORDER"),
    (lambda lines: lines[0]["header"].update(keys=2) or lines.pop(), "BACKUP-HEADER"),
    (key(1, state="suspended"), "BACKUP-KEY"),
    (key(1, id="00" * 16), "BACKUP-KEY"),
    (key(1, fingerprint="hmac5:0000000000"), "BACKUP-KEY"),
    (key(1, spki=""), "KEY-SPKI"),
    (key(1, blob=b64(bytes(24))), "BACKUP-BLOB"),
    (key(1, wrap="kkw"), "SHAPE"),
    (lambda lines: lines[1]["key"].pop("wrap"), "SHAPE"),
    (key(1, wrap="cbc-pad"), "BACKUP-KEY"),
    (key(3, spki=b64(sample.keyring["audit"].spki)), "KEY-SPKI"),
    (swap_blobs, "BACKUP-BLOB"),
    (other_pair, "BACKUP-SPKI"),
]


for number, (change, rule) in enumerate(FORGERIES):

    @check(f"backup forgery {number + 1}: {rule}")
    def _(change=change, rule=rule):
        refused(lambda: opened(forged(change)), rule)


@check("backup: a footer signed by the station, or bent")
def _():
    footer = json.loads(LINES[-1])["footer"]
    signature = footer["signature"]
    wrong = {
        "BACKUP-SIGNER": {**signature, "key": sample.keyring["station"].id},
        "BACKUP-SIGNATURE": {**signature, "value": b64(bytes(64))},
    }
    for rule, changed in wrong.items():
        line = canonical.dumps({"footer": {**footer, "signature": changed}}) + b"\n"
        refused(lambda line=line: opened(b"".join(LINES[:-1]) + line), rule)

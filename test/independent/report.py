#!/usr/bin/env python3
"""A report re-checked by Python's standard library and openssl alone: report.py REPORT.json LEDGER

Recomputes the data digest, the anchor, the root and the manifest's digest, re-checks every approval signature of the
records that the report is made of, and holds what it says of approvals against them. Exit 0 when all of it holds.
"""

import base64
import hashlib
import json
import subprocess
import sys
import tempfile

ED25519 = bytes.fromhex("302a300506032b6570032100")  # SubjectPublicKeyInfo of an Ed25519 key, before its 32 bytes
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def canonical(value):
    """RFC 8785 of what Keyrite writes: plain names, whole numbers"""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def root(leaves):
    """RFC 6962, 2.1"""
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01", root(leaves[:half]), root(leaves[half:]))


def message(plan):
    """What an approval signs: DSSE's pre-authentication encoding of the canonical plan"""
    kind, body = b"application/vnd.keyrite.plan+json", canonical(plan)
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)


def code(plan):
    """The first 100 bits of the plan's SHA-256, as they are read aloud"""
    bits = int.from_bytes(sha256(message(plan)), "big") >> 156
    letters = "".join(CROCKFORD[bits >> shift & 31] for shift in range(95, -1, -5))
    return " ".join(letters[i : i + 4] for i in range(0, 20, 4))


def is_signed(key, data, signature):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("key", ED25519 + key), ("data", data), ("sig", signature)):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(content)
        given = ["-inkey", f"{folder}/key", "-keyform", "DER", "-in", f"{folder}/data", "-sigfile", f"{folder}/sig"]
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", *given]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def require(holds, what):
    if not holds:
        sys.exit(f"{what} does not hold")


def seat(one):
    return f"{one['custodian']} of {one['group']}, epoch {one['epoch']}"


def check_ledger(report, lines):
    """The records that the report is made of: chained, whole up to its time, under its root. Gives them."""
    leaves = [sha256(b"\x00", line) for line in lines[: report["records"]]]
    records = [json.loads(line)["record"] for line in lines]
    told = records[: report["records"]]
    for i, record in enumerate(told):
        require(record["prev"] == (b64(leaves[i - 1]) if i else None), f"the chain at record {i}")
    require(told[-1]["time"] <= report["asOf"], "the time of the last record")
    later = [one["time"] for one in records[len(told) :]]
    if "through" in report:
        require(told[-1]["seq"] == report["through"], "the number of the last record")
        require(all(time >= report["asOf"] for time in later), "that nothing is left out")
    else:
        require(all(time > report["asOf"] for time in later), "that nothing is left out")
    require(b64(leaves[0]) == report["anchor"]["leaf"], "the anchor")
    require(b64(leaves[-1]) == report["last"]["leaf"], "the last record")
    require(b64(root(leaves)) == report["root"]["hash"], "the root")
    return told


def check_approvals(records):
    """Each by the key that its custodian has in the ledger. Gives what they are, by record, and how many."""
    keys, found, count = set(), {}, 0
    for record in records:
        plan = record.get("plan", {})
        groups = record.get("groups", []) + [one for one in (record.get("group"), plan.get("group")) if isinstance(one, dict)]
        for group in groups:
            keys |= {(one["name"], group["name"], group["epoch"], one["key"]) for one in group["custodians"]}
        for one in record.get("approvals", []):
            known = (one["custodian"], one["group"], one["epoch"], one["key"]) in keys
            require(known, f"that the ledger knows the key of {seat(one)}, record {record['seq']}")
            signed = is_signed(unb64(one["key"]), message(plan), unb64(one["value"]))
            require(signed, f"the approval of {seat(one)}, record {record['seq']}")
            count += 1
        if "approvals" in record:
            found[record["seq"]] = ([seat(one) for one in record["approvals"]], code(plan))
    return found, count


def main(report_file, ledger_file):
    with open(report_file, "rb") as file:
        text = file.read()
    report = json.loads(text)
    require(canonical(report) + b"\n" == text, "the canonical form")
    data = {name: value for name, value in report.items() if name != "digest"}
    require(sha256(canonical(data)).hex() == report["digest"], "the data digest")
    with open(ledger_file, "rb") as file:
        records = check_ledger(report, file.read().splitlines())
    approvals, count = check_approvals(records)
    for row in (row for section in report["sections"] if section["id"].endswith("changes") for row in section["rows"]):
        if row["record"] in approvals:
            require((row["approved by"], row["plan"]) == approvals[row["record"]], f"what is said of record {row['record']}")
    if "manifest" in report:
        manifest = records[report["manifest"]["seq"]]["plan"]["manifest"]
        require(sha256(canonical(manifest)).hex() == report["manifest"]["sha256"], "the digest of the manifest")
    print(f"digest, anchor and root hold; {count} approvals by openssl")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

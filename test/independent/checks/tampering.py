"""A ledger of our own is read, and no line of it can be bent, dropped, moved or stripped."""

import copy
import itertools
import json
import os
import random

from formats.applications import RECORDS
from formats import canonical, ledger, members
from formats.encoding import record_code
from formats.records import SHAPES
from formats.refusal import Refused

from . import FULL, check, folder, put, read, reader, run_reader, refused
from .sample import NEW_TOKEN, sample

whole = put("whole.jsonl", sample.ledger())
note = put("checkpoint", sample.checkpoint())
LINES = sample.writer.lines
PLACES = range(len(LINES))


@check("ledger: our own, with every type of record, is read; by our arithmetic and by openssl")
def _():
    anchor = record_code(sample.writer.leaves[0])
    told = reader("ledger", whole, "--anchor", anchor.lower(), "--checkpoint", note)
    assert told["ok"] and told["authenticated"] and told["records"] == len(sample.writer.lines)
    states = {f"{key['name']}#{key['version']}": key["state"] for key in told["keys"]}
    wanted = {"payments/card-dek#1": "deactivated", "payments/card-dek#2": "active", "mac/one#1": "active"}
    assert states == {**wanted, "sign/root#1": "active"}
    assert told["token"] == NEW_TOKEN["serial"] and told["groups"][1]["epoch"] == 2 and "open" not in told
    kinds = {json.loads(line)["record"]["type"] for line in sample.writer.lines}
    # Those of applications and members are in ledgers of our own verifier's tests.
    assert kinds == set(SHAPES) - {"partition.retired", *RECORDS, *members.RECORDS}
    assert reader("--openssl", "ledger", whole)["leaf"] == told["leaf"]
    assert not reader("ledger", whole)["authenticated"]


@check("ledger: the command line says which rule, which record, and exits 1")
def _():
    bent = put("bent.jsonl", sample.ledger().replace(b"the power went", b"the power held"))
    told = run_reader("ledger", bent, code=1)
    assert told["ok"] is False and told["rule"] == "SIGNATURE" and told["record"] == 18, told
    assert reader("ledger", whole, "--anchor", "0" * 25, code=1)["rule"] == "ANCHOR"
    assert run_reader("ledger", os.path.join(folder, "absent"), code=2)["rule"] == "USAGE"


def all_refused(variants, checkpoint=None):
    """variants: [(name, lines)]; the names of those that are read all the same must be none"""
    taken = []
    for name, lines in variants if FULL else itertools.islice(variants, 0, None, 6):
        try:
            read(b"".join(lines), checkpoint=checkpoint)
            taken.append(name)
        except Refused:
            pass
    assert not taken, f"accepted: {taken}"




@check("tampering: each line with one letter changed")
def _():
    def bend(line):
        return line.replace(b'"version":"1.0.0"},"type"', b'"version":"1.0.1"},"type"', 1)

    all_refused((n, LINES[:n] + [bend(LINES[n])] + LINES[n + 1 :]) for n in PLACES)


@check("tampering: each line dropped; the last one needs a checkpoint to be missed")
def _():
    all_refused(((n, LINES[:n] + LINES[n + 1 :]) for n in PLACES), sample.checkpoint())
    all_refused((n, LINES[:n] + LINES[n + 1 :]) for n in PLACES[:-1])


@check("tampering: each line swapped with the next, and pairs far apart")
def _():
    def swap(one, other):
        lines = list(LINES)
        lines[one], lines[other] = lines[other], lines[one]
        return lines

    far = [(n, m) for n in PLACES for m in PLACES[n + 2 :]]
    pairs = [(n, n + 1) for n in PLACES[:-1]] + random.Random(3).sample(far, 40)
    all_refused((pair, swap(*pair)) for pair in pairs)


@check("tampering: each line doubled")
def _():
    all_refused((n, LINES[: n + 1] + LINES[n:]) for n in PLACES)


@check("tampering: each signature stripped")
def _():
    def strip(line):
        value = json.loads(line)
        return canonical.dumps({**value, "signature": None}) + b"\n"

    signed = [n for n in PLACES if json.loads(LINES[n])["signature"]]
    all_refused((n, LINES[:n] + [strip(LINES[n])] + LINES[n + 1 :]) for n in signed)


@check("tampering: each line cut in its middle, without its LF, with CR LF, with a blank line after it")
def _():
    for change in (lambda line: line[: len(line) // 2], lambda line: line[:-1], lambda line: line[:-1] + b"\r\n"):
        all_refused((n, LINES[:n] + [change(LINES[n])] + LINES[n + 1 :]) for n in PLACES[:-1])
    read(b"".join(LINES)[:-1])  # the last line may lack it
    all_refused((n, LINES[: n + 1] + [b"\n"] + LINES[n + 1 :]) for n in PLACES)


@check("tampering: each signature moved to another record of the same key")
def _():
    def signed_by(n):
        return (json.loads(LINES[n])["signature"] or {}).get("key")

    def move(n, m):
        value = {**json.loads(LINES[n]), "signature": json.loads(LINES[m])["signature"]}
        return LINES[:n] + [canonical.dumps(value) + b"\n"] + LINES[n + 1 :]

    pairs = [(n, m) for n in PLACES for m in PLACES if n != m and signed_by(n) and signed_by(n) == signed_by(m)]
    all_refused(((n, m), move(n, m)) for n, m in random.Random(1).sample(pairs, 60))


def paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from paths(inner, path + (name,))


def with_value(value, path, new):
    changed = copy.deepcopy(value)
    if not path:
        return new
    inner = changed
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = new
    return changed


@check("tampering: any value replaced by one of another kind is refused, and nothing crashes")
def _():
    def go_on(number, changed):
        going = copy.deepcopy(before)
        for later in [changed] + LINES[number + 1 :]:
            going.take(later)
        going.finish()

    chance = random.Random(2)
    before = ledger.Ledger()
    for number, line in enumerate(LINES):
        value = json.loads(line)
        places = list(paths(value))
        for path in chance.sample(places, min(40 if FULL else 5, len(places))):
            for new in chance.sample([None, True, 0, 7, "", "x", [], {}, [[]], {"a": []}], 3):
                changed = canonical.dumps(with_value(value, path, new)) + b"\n"
                if changed != line:
                    refused(lambda number=number, changed=changed: go_on(number, changed))
        before.take(line)

#!/usr/bin/env python3
"""Records of ceremonies, re-checked from docs/formats.md (17) alone: ceremony.py LEDGER FOLDER...

Prints for each folder the rules that it breaks, none where it is whole. Needs Python 3.11 (tomllib) and ssh-keygen.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib

sys.dont_write_bytecode = sys.pycache_prefix is None  # nothing is left beside the sources

from formats import ledger, plan as plans, recordtext, requires, templates  # noqa: E402
from formats.ceremonies import PLANNED, keys_in, opening_in  # noqa: E402
from formats.canonical import dumps  # noqa: E402
from formats.encoding import b64, plan_code, sha256, unb64  # noqa: E402
from formats.journal import Broken, check_files, counts, journal, read  # noqa: E402
from formats.merkle import leaf_hash  # noqa: E402


RECORDED_BY = {
    "drill": "quorum.drill",
    "quorum.confirmed": "quorum.confirm",
    "custodian.acknowledged": "custodian.acknowledge",
    "custodian.departed": "custodian.depart",
    "share.recorded": "share.record",
}

OF_KIND = {"enter": "values", "compare": "values", "media": "values", "run": "command exit plans records output", "attach": "file"}


class Record:
    def __init__(self, folder, records, state):
        self.records, self.state, self.faults = records, state, set()
        self.files = check_files(folder)
        self.lines, broken = journal(read(folder, "journal.jsonl"))
        if broken:
            raise Broken(broken)
        self.opened = self.lines[0][0]
        script, site = read(folder, "script.toml"), read(folder, "site.toml")
        if [sha256(script).hex(), sha256(site).hex()] != [self.opened["script"], self.opened["site"]]:
            raise Broken("CEREMONY-FILES")
        self.script, self.site = tomllib.loads(script.decode()), tomllib.loads(site.decode())
        self.code = plan_code(sha256(script))
        self.steps = {step["id"]: step for step in self.script["steps"] if step["kind"] != "sign"}
        self.end = self.lines[-1][0] if self.lines[-1][0]["type"] in ("closed", "aborted") else None
        self.taken = [entry for entry, _ in self.lines if entry["type"] == "step"]
        self.check_key()
        self.check_steps()
        self.check_events()
        self.check_ledger()
        self.check_witnesses(folder)
        self.check_texts()

    def fault(self, wrong, rule):
        if wrong:
            self.faults.add(rule)

    def check_texts(self):
        """whatever else lies there follows from the journal"""
        text = recordtext.text_of(self.lines, self.script, self.site)
        made = {"record.txt": text, "record.html": recordtext.page_of(self.opened, text), "head": self.head().decode()}
        wanted = {name: sha256(content.encode()).hex() for name, content in made.items()}
        digests = [digest for entry, _ in self.lines for digest in (entry.get("output"), entry.get("file", {}).get("sha256")) if digest]
        wanted |= {f"{digest}.att": digest for digest in digests}
        others = {name: digest for name, digest in self.files.items() if not name.endswith(".sig") and name not in ("script.toml", "site.toml", "journal.jsonl")}
        self.fault(others != wanted, "RECORD-FILES")

    def head(self):
        own = {name: self.opened[name] for name in ("name", "partition", "script")}
        return dumps({"head": {"format": "keyrite.ceremony-head/1", **own, "journal": self.lines[-1][1]}}) + b"\n"

    def check_key(self):
        known = self.opened["mode"] == "rehearsal" or self.opened["key"]["id"] in self.state.station_ids
        self.fault(not known, "JOURNAL-SIGNED")
        self.faults.update(requires.broken(self.script, self.site, self.opened, self.state.station_ids))

    def check_steps(self):
        order, seen, latest = list(self.steps), [], -1
        for entry in self.taken:
            step = entry["step"].removesuffix("/recover")
            if step not in self.steps:
                self.fault(True, "STEP-KNOWN")
                continue
            self.fault(entry["step"] in seen, "STEP-ONCE")
            self.fault(entry["step"] not in seen and order.index(step) <= latest and step == entry["step"], "STEP-ORDER")
            seen.append(entry["step"])
            latest = max(latest, order.index(step)) if step == entry["step"] else latest
            if step == entry["step"]:
                self.fault(not self.as_written(entry, self.steps[step]), "STEP-AS-WRITTEN")
        self.fault(self.end is None, "JOURNAL-END")
        closed = self.end is not None and self.end["type"] == "closed"
        self.fault(closed and set(order) - set(seen), "STEP-MISSING")

    def as_written(self, entry, step):
        roles = {role for person in entry["by"] for role in person["roles"]}
        values = entry.get("values", {})
        asked = {"enter": step.get("blanks"), "media": [step.get("blank")], "compare": [step.get("value")]}.get(step["kind"], [])
        if entry["kind"] != step["kind"] or set(step["by"]) - roles or set(values) - set(asked):
            return False
        if "exception" in entry:
            return True
        if step["kind"] == "media" and not self.is_same_bag(entry, step):
            return False
        if step["kind"] in ("enter", "media"):
            return all(self.is_like(blank, values) for blank in step.get("blanks", [step.get("blank")]))
        if step["kind"] == "compare":
            wanted = self.compared(step, entry["seq"])
            return wanted is not None and wanted == values.get(step["value"])
        if step["kind"] == "pause":
            return any(one["type"] == "paused" and one["step"] == step["id"] and len(one["stay"]) >= step["stay"] for one, _ in self.lines)
        if step["kind"] == "run":
            wanted = step.get("expect", {}).get("exit", 0)
            return entry.get("command") == [self.filled(word) for word in step["run"]] and entry.get("exit", wanted) == wanted
        return step["kind"] != "attach" or "file" in entry

    def is_like(self, blank, values):
        like = self.script.get("blanks", {}).get(blank, {}).get("like", "")
        return blank in values and (like == "" or re.fullmatch(like, values[blank]) is not None)

    def people(self, roles):
        """of the site, in those of these roles that are theirs; in the order of the roles"""
        found = []
        for role in roles:
            found += [one for one in self.site["people"] if role in one["roles"] and one not in found]
        return [{"name": one["name"], "roles": sorted(set(one["roles"]) & set(roles))} for one in found]

    def is_same_bag(self, entry, step):
        so = [one for one, _ in self.lines[: entry["seq"]]]
        numbers = [one["values"][step["blank"]] for one in so if one["type"] == "step" and step["blank"] in one.get("values", {})]
        told = any(one["type"] == "exception" and one["step"] == step["id"] for one in so)
        return step["bag"] == "sealed" or not numbers or numbers[-1] == entry["values"][step["blank"]] or told

    def check_events(self):
        # Of all, in the order of the site file.
        everybody = [{"name": one["name"], "roles": sorted(set(one["roles"]) & set(self.script["roles"]))} for one in self.site["people"]]
        names = {one["name"] for one in self.site["people"]}
        for entry, _ in self.lines:
            so = self.lines[: entry["seq"]]
            self.fault(entry.get("people", everybody) != everybody or set(entry.get("stay", [])) - names, "CEREMONY-PEOPLE")
            if entry["type"] == "resumed":
                since = max(i for i, (one, _) in enumerate(so) if one["type"] != "exception")
                self.fault(entry["read"] not in [leaf for _, leaf in so[since:]], "JOURNAL-READ")
            if entry["type"] == "closed":
                self.fault((entry["steps"], entry["exceptions"]) != counts([one for one, _ in so]), "JOURNAL-COUNT")

    def fingerprint(self, of, seq):
        later = [one["seq"] for entry, _ in self.lines[seq + 1 :] for one in entry.get("records", [])]
        for record, _ in self.records[: min(later, default=len(self.records))]:
            keys = record.get("keys", []) if record["type"] in ("outcome", "recovered") else record.get("plan", {}).get("keys", [])
            for key in keys if record["type"] in ("outcome", "recovered", "partition.created") else []:
                if f"{key['name']}#{key['version']}" == of:
                    return key["fingerprint"]
        return None

    def compared(self, step, seq):
        if step["value"] == "key.fingerprint":
            return self.fingerprint(step["of"], seq)
        if step["value"] == "script.code":
            return self.code
        if step["value"] == "tool.sha256":
            return self.opened["tool"].get("sha256")
        plan = [one for entry in self.taken if entry["step"] == step.get("of") for one in entry.get("plans", [])]
        return plan_code(unb64(plan[-1])) if step["value"] == "plan.code" and plan else None

    def filled(self, word):
        found = re.fullmatch(r"\{(site|blank)\.([a-z0-9-]+)\}", word)
        if not found:
            return word
        name = found[2]
        if found[1] == "blank":
            return next((entry["values"][name] for entry in reversed(self.taken) if name in entry.get("values", {})), word)
        people = [person for person in self.site["people"] if name in person["roles"]]
        custodian = people[0].get("custodian") if len(people) == 1 else None
        return self.site.get(name) or self.site.get("values", {}).get(name) or custodian or word

    def check_ledger(self):
        notes = [opening_in(record) for record, _ in self.records]
        opening = next((seq for seq, note in enumerate(notes) if note and note["journal"] == self.lines[0][1]), None)
        if opening is None:
            self.fault(True, "CEREMONY-REHEARSAL" if self.opened["mode"] == "rehearsal" else "CEREMONY-OPENING")
            return
        note, first = notes[opening], self.records[0][0]
        differs = any(note.get(name) != self.opened.get(name) for name in ("name", "script", "site", "mode", "clock", "rehearsal"))
        own = any(self.records[opening][0][name] != self.opened[name] for name in ("partition", "station", *([] if opening == 0 else ["tool"])))
        self.fault(differs or own or self.opened["name"] != self.script["name"], "CEREMONY-OPENING")
        # The plan by which a partition begins is of a step, too.
        begins = opening == 0
        self.fault(begins and first["stationKey"]["id"] != self.opened["key"]["id"], "CEREMONY-OPENING")
        opening -= 1 if begins else 0
        ends = [record for record, _ in self.records[opening + 1 :] if record["type"] == "note" and record.get("ceremony", {}).get("event") in ("closed", "aborted")]
        self.check_places(opening, ends[0] if ends else None)
        for place, (entry, _) in enumerate(self.lines):
            if entry["type"] in ("step", "failed"):
                self.check_marks(place, entry)
                self.check_attempt(entry)
        self.check_closing(ends[0]["ceremony"] if ends else None)
        for entry in self.taken:
            self.check_states(entry)

    def check_places(self, opening, end):
        last = end["ceremony"].get("step") if end else None
        seen = set()
        for entry, _ in self.lines:
            for place in entry.get("records", []):
                seq, own = place["seq"], entry["step"].removesuffix("/recover") == last
                there = seq < len(self.records) and self.records[seq][1] == place["leaf"]
                behind = end is not None and seq > end["seq"] and not own
                self.fault(seq <= opening or there and behind, "CEREMONY-SPAN")
                self.fault(seq > opening and not there or seq in seen, "RECORD-LISTED")
                seen.add(seq)
        until = max([end["seq"] if end else len(self.records) - 1, *(seq for seq in seen if seq < len(self.records))])
        others = [record for record, _ in self.records[opening + 1 : until + 1] if record["seq"] not in seen and record is not end]
        self.fault(others, "CEREMONY-BESIDE")

    def check_marks(self, place, entry):
        intents = [self.records[one["seq"]][0] for one in entry.get("records", []) if one["seq"] < len(self.records)]
        found = [record["plan"] for record in intents if record["type"] in PLANNED]
        # What a recovery finishes was planned before it.
        past = [(i, one) for i, (one, _) in enumerate(self.lines[:place]) if one["type"] == "step"]
        since = max((i for i, one in past if one["step"] != f"{entry['step']}/recover"), default=0)
        leaves = [leaf for _, leaf in self.lines[since:place]]
        marks = [plan.get("ceremony", {}) for plan in found]
        wrong = any(mark.get("step") != entry["step"] or mark["journal"] not in leaves for mark in marks)
        digests = [b64(sha256(plans.message(plan))) for plan in found]
        self.fault(wrong or digests != entry.get("plans", []), "STEP-MARKED")

    def check_attempt(self, entry):
        """nothing was tried under a step's name that the step does not say"""
        command, step = entry.get("command"), self.steps.get(entry["step"], {})
        others = set(entry) & {"values", "command", "exit", "plans", "records", "output", "file"}
        self.fault(others - set(OF_KIND.get(entry["kind"], "").split()), "STEP-AS-WRITTEN")
        roles = self.steps.get(entry["step"].removesuffix("/recover"), {}).get("by")
        self.fault(roles is not None and entry["by"] != self.people(roles), "STEP-AS-WRITTEN")
        if entry["step"].endswith("/recover"):
            self.fault(command != ["partition", "recover"], "STEP-AS-WRITTEN")
        elif entry["type"] == "failed":
            wanted = [self.filled(word) for word in step["run"]] if "run" in step else None
            self.fault(command != wanted, "STEP-AS-WRITTEN")
        found = [self.records[one["seq"]][0] for one in entry.get("records", []) if one["seq"] < len(self.records)]
        called = ".".join((command or [])[:2])
        for record in found:
            op = record["op"] if record["type"] == "denied" else RECORDED_BY.get(record["type"], called)
            self.fault(op != called and (op, called) != ("key.import-cancel", "key.import-request"), "STEP-AS-WRITTEN")
            if record["type"] in PLANNED:
                self.fault(not self.is_of(record["plan"], command), "STEP-AS-WRITTEN")

    @staticmethod
    def is_of(plan, command):
        op = ".".join((command or [])[:2])
        if plan["op"] != op and (plan["op"], op) != ("key.import-cancel", "key.import-request"):
            return False
        names = [*plan.get("names", []), *(key["name"] for key in plan.get("keys", []))]
        named = lambda name: any(word.split("#")[0] == name or name.startswith(f"{word}-") for word in command[2:])
        return not op.startswith("key.") or all(map(named, names))

    def check_states(self, entry):
        wanted = self.steps.get(entry["step"], {}).get("expect", {}).get("state", {})
        until = entry["records"][-1]["seq"] if entry.get("records") else len(self.records)
        told = [key for record, _ in self.records[: until + 1] for key in keys_in(record)]
        now = {f"{key['name']}#{key['version']}": key["state"] for key in told}
        self.fault("exception" not in entry and any(now.get(key) != state for key, state in wanted.items()), "STEP-STATE")

    def check_closing(self, note):
        if self.end is None:
            return
        leaves = [leaf for _, leaf in self.lines]
        if note is None or note["event"] != self.end["type"] or note["journal"] not in leaves:
            self.fault(True, "CEREMONY-CLOSING")
            return
        so = [entry for entry, _ in self.lines[: leaves.index(note["journal"]) + 1]]
        self.fault(note["event"] == "closed" and (note["steps"], note["exceptions"]) != counts(so), "CEREMONY-CLOSING")

    def check_witnesses(self, folder):
        text = self.head()
        wanted = {role for step in self.script["steps"] if step["kind"] == "sign" for role in step["by"]}
        signed = set()
        for name in sorted(name for name in os.listdir(folder) if name.endswith(".sig")):
            role, number = name.removesuffix(".sig").rsplit("-", 1)
            person = [one for one in self.site["people"] if role in one["roles"]][int(number) - 1]
            verdict = ssh_verdict(os.path.join(folder, name), text, person["key"])
            self.fault(verdict, verdict)
            signed.add((role, int(number)) if verdict is None else None)
        everybody = {(role, i + 1) for role in wanted for i, _ in enumerate(one for one in self.site["people"] if role in one["roles"])}
        closed = self.end is not None and self.end["type"] == "closed" and self.opened["mode"] == "real"
        self.fault(closed and everybody - signed, "WITNESS-MISSING")


def ssh_verdict(path, text, key):
    """None, or the rule that a signature breaks"""
    blob = ["ssh-keygen", "-Y", "check-novalidate", "-n", "keyrite-ceremony", "-s", path]
    if not read(*os.path.split(path)).startswith(b"-----BEGIN SSH SIGNATURE-----"):
        return "WITNESS-FILE"
    if subprocess.run(blob, input=text, capture_output=True).returncode != 0:
        return "WITNESS-HEAD"
    with tempfile.NamedTemporaryFile("w") as allowed:
        allowed.write(f"witness {key}\n")
        allowed.flush()
        whose = ["ssh-keygen", "-Y", "verify", "-f", allowed.name, "-I", "witness", "-n", "keyrite-ceremony", "-s", path]
        return None if subprocess.run(whose, input=text, capture_output=True).returncode == 0 else "WITNESS-KNOWN"


def verdict(folder, records, state):
    try:
        return sorted(Record(folder, records, state).faults)
    except Broken as broken:
        return [str(broken)]


def main(path, *folders):
    state = ledger.read(path, None, None).state
    with open(path, "rb") as file:
        lines = [line.removesuffix(b"\n") for line in file]
    records = [(templates.open_record(json.loads(line)["record"]), b64(leaf_hash(line))) for line in lines]
    print(json.dumps({folder: verdict(folder, records, state) for folder in folders}))


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Courses that the big sample does not take: crashes, recoveries, several outcomes, batches."""

from formats import derive, openssl
from formats import plan as plans
from formats.encoding import b64

from . import check, read, refused
from .sample import ORIGIN, PARTITION, PROFILE, TOKEN, Group, Writer, approvals, confirmation, fixed, generated, in_state, issued, key_approvals, sample

ROLES = ["so", "user", "recovery"]


class Story:
    """A partition with one group that holds all roles; every method appends what its name says."""

    serial, audit = TOKEN["serial"], "audit"

    def __init__(self, threshold=2, people=("alice", "bob", "carol")):
        self.writer = Writer({**sample.keyring, "pair": sample.pair})
        self.old = Group("all", ROLES, threshold, list(people))
        self.new = Group("all", ROLES, 2, ["alice", "bob", "dora"], epoch=2)
        told = {"name": "pay", "token": TOKEN, "groups": [self.old.describe()]}
        station = sample.keyring["station"].describe()
        plan = self.writer.plan("created", "partition.init", [self.old.need()], head=False, station={"name": "host-1", "key": station}, **told)
        audit = sample.keyring["audit"]
        more = {"auditKey": audit.describe(), "keyApprovals": key_approvals(audit, TOKEN["serial"], [self.old])}
        members = {**told, **more, "stationKey": station, "plan": plan, "approvals": approvals(plan, [self.old], everyone=True)}
        self.writer.append("created", "partition.created", members)

    def read(self, lines=None):
        return read(b"".join(self.writer.lines[:lines])).state

    def keys(self, count):
        """count new AES keys for the next plan"""
        nonce = fixed(f"nonce {self.writer.nonce + 1}", 16)
        return [self._key(f"key-{place}", derive.new_key_id(nonce, PARTITION, place)) for place in range(count)]

    def _key(self, name, id_, state="active"):
        identity = {"name": name, "version": 1, "id": id_, "class": "secret", "type": "aes-256", "usage": ["encrypt"]}
        return in_state({**identity, "origin": ORIGIN, "fingerprint": "cmac5:" + id_[:10]}, state)

    def intent(self, op="partition.check", group=None, signer="audit", **members):
        group = group or self.old
        if op == "key.generate":
            members = generated(members["keys"])
        if "new" in members:
            members["group"] = members.pop("new").describe()
        plan = self.writer.plan(op, op, [group.need()], **members)
        return self.writer.intent(op, plan, [group], signer)

    def outcome(self, leaf, keys=(), result="done", changed=True, signer=None):
        told = {"intent": leaf, "result": result, "changed": changed, "keys": list(keys)}
        if result != "done":
            told["error"] = {"code": "CKR_DEVICE_ERROR", "message": "it went away"}
        return self.writer.append("outcome", "outcome", told, self.audit if signer is None else signer or None)

    def recovered(self, leaf, found="done", keys=()):
        return self.writer.append("recovered", "recovered", {"intent": leaf, "found": found, "keys": list(keys)}, self.audit)

    def note(self, signer="station"):
        self.writer.append("note", "note", {"text": "x"}, signer)

    def done(self, op, group=None, changed=False, **members):
        """A change that is in the ledger alone -> its leaf"""
        leaf = self.intent(op, group, **members)
        self.outcome(leaf, changed=changed)
        return leaf

    def stage(self, new=None, absent=(), **members):
        """-> the leaf of the stage"""
        new = new or self.new
        return self.done("quorum.stage", group=self.old, **{"new": new, "issued": issued(new, absent), **members})

    def replace(self, stage=None, new=None, people=None, **members):
        """The intent of a replacement, in one sitting without `stage` -> its leaf"""
        new = new or self.new
        need = new.need() if stage else {**new.need(), "threshold": len(new.keys)}
        told = {"stage": stage} if stage else {"issued": issued(new)}
        told = {"group": new.describe(), **told, **members}
        plan = self.writer.plan("replace", "quorum.replace", [self.old.need(), need], **told)
        blob = openssl.kwp_wrap(derive.bridge_key(new.secret, PARTITION, new.epoch), self.old.secret)
        self.writer.beside = {"bridge": b64(blob)}
        voices = new.voices(plans.message(plan), people or list(new.keys))
        leaf = self.writer.intent("replace", plan, [self.old], extra=[{**voice, "via": "file"} for voice in voices])
        self.writer.beside = {}
        return leaf

    def backed_up(self):
        """A backup of nothing -> what a restore says of it"""
        plan = self.writer.plan("backup", "backup.create", [self.old.need()], file="/b", included=0, omitted=[])
        leaf = self.writer.intent("backup", plan, [self.old])
        file = {"name": "b", "sha256": "00" * 32, "bytes": 1}
        told = {"intent": leaf, "result": "done", "changed": False, "keys": [], "artefacts": [file]}
        self.writer.append("backup done", "outcome", told)
        return {"name": "b", "sha256": file["sha256"], "seq": len(self.writer.lines) - 2}

    def restore(self, audit, source, **members):
        """A restore onto another token, and its audit key -> the intent's leaf"""
        told = {"replaces": [self.serial], "backup": source, "keys": [], "missing": [], **members}
        early = members.pop("early", None)
        told = {name: value for name, value in told.items() if name != "early"}
        self.serial = f"token of {audit}"
        plan = self.writer.plan("restore", "backup.restore", [self.old.need()], token=self.serial, **told)
        leaf = self.writer.intent("restore", plan, [self.old], "station")
        if early:
            self.replaced(early)
        key, token = self.writer.keyring[audit], {**TOKEN, "serial": self.serial}
        approved = key_approvals(key, self.serial, [self.old])
        told = {"intent": leaf, "token": token, "profile": PROFILE, "auditKey": key.describe(), "keyApprovals": approved}
        self.writer.append("token", "token.replaced", told, audit)
        self.audit = audit
        return leaf

    def replaced(self, leaf, new=None, epochs=None):
        """epochs: of the PINs of so and user"""
        new = new or self.new
        pins = [{"token": self.serial, "role": role, "epoch": epoch} for role, epoch in zip(("so", "user"), epochs or [new.epoch] * 2)]
        self.writer.append("replaced", "quorum.replaced", {"intent": leaf, "group": new.describe(), "pins": pins}, self.audit)


@check("story: several outcomes for one plan; the next intent waits for the last of them")
def _():
    story, keys = Story(), Story().keys(3)
    leaf = story.intent("key.generate", keys=keys)
    story.outcome(leaf, keys[:1])
    assert story.read().open_intent() == leaf
    story.outcome(leaf, keys[1:])
    assert story.read().open_intent() is None
    story.intent()
    story.read()


@check("story: an intent between the outcomes of another is refused")
def _():
    story, keys = Story(), Story().keys(2)
    story.outcome(story.intent("key.generate", keys=keys), keys[:1])
    story.intent()
    refused(story.read, "INTENT-OPEN")


@check("story: keys that an outcome named are not named again")
def _():
    story, keys = Story(), Story().keys(2)
    leaf = story.intent("key.generate", keys=keys)
    story.outcome(leaf, keys[:1])
    story.outcome(leaf, keys)
    refused(story.read, "OUTCOME-KEYS")


@check("story: an outcome that tells of no key does not follow one that did")
def _():
    story, keys = Story(), Story().keys(2)
    leaf = story.intent("key.generate", keys=keys)
    story.outcome(leaf, keys[:1])
    story.outcome(leaf)
    refused(story.read, "OUTCOME-TWICE")


@check("story: failed ends it, and no more outcomes follow")
def _():
    story, keys = Story(), Story().keys(2)
    leaf = story.intent("key.generate", keys=keys)
    story.outcome(leaf, result="failed", changed=False)
    story.intent()
    story.read()
    story.outcome(leaf, keys)
    refused(story.read, "OUTCOME-INTENT")


@check("story: an operation that only reads has one outcome and names no key of others")
def _():
    story = Story()
    leaf = story.intent()
    story.outcome(leaf, changed=False)
    story.read()
    story.outcome(leaf, changed=False)
    refused(story.read, "OUTCOME-INTENT")


@check("story: a recovery finds the keys; its own outcome may follow")
def _():
    story, keys = Story(), Story().keys(2)
    leaf = story.intent("key.generate", keys=keys)
    story.note()
    recovery = story.intent("partition.recover", recovers=leaf)
    assert story.read().open_intent() == recovery
    story.recovered(leaf, keys=keys)
    assert len(story.read().keys.by_id) == 2 and story.read().open_intent() == recovery
    story.outcome(recovery)
    story.intent()
    story.read()


@check("story: a recovery that was cut off is followed by one that names the same intent")
def _():
    story = Story()
    leaf = story.intent("key.generate", keys=story.keys(1))
    recovery = story.intent("partition.recover", recovers=leaf)
    again = story.intent("partition.recover", recovers=leaf)
    story.recovered(leaf, found="not done")
    story.outcome(again, changed=False)
    assert story.read().open_intent() is None
    other = Story()
    leaf = other.intent("key.generate", keys=other.keys(1))
    recovery = other.intent("partition.recover", recovers=leaf)
    other.intent("partition.recover", recovers=recovery)
    refused(other.read, "RECOVERS")


@check("story: a recovery that failed leaves the first intent open")
def _():
    story = Story()
    leaf = story.intent("key.generate", keys=story.keys(1))
    recovery = story.intent("partition.recover", recovers=leaf)
    story.outcome(recovery, result="failed", changed=False)
    assert story.read().open_intent() == leaf
    again = story.intent("partition.recover", recovers=leaf)
    story.recovered(leaf, found="not done")
    story.outcome(again, changed=False)
    assert story.read().open_intent() is None


@check("story: a recovery that found nothing done, and names a new key")
def _():
    story = Story()
    keys = story.keys(1)
    leaf = story.intent("key.generate", keys=keys)
    story.intent("partition.recover", recovers=leaf)
    story.recovered(leaf, found="not done", keys=keys)
    refused(story.read, "RECOVERED-FOUND")


@check("story: a recovery that is done without saying what it found")
def _():
    story = Story()
    leaf = story.intent("key.generate", keys=story.keys(1))
    story.outcome(story.intent("partition.recover", recovers=leaf))
    refused(story.read, "RECOVERED")


@check("story: a replacement cut off is recovered by the new shares, and not by the old")
def _():
    for side, rule in (("new", None), ("old", "PLAN-NEEDS")):
        story = Story()
        leaf = story.replace(story.stage())
        recovery = story.intent("partition.recover", getattr(story, side), recovers=leaf)
        if rule:
            refused(story.read, rule)
            continue
        story.replaced(leaf)
        story.recovered(leaf)
        story.outcome(recovery)
        story.intent(group=story.new)
        assert story.read().roster.groups == [story.new.describe()]


@check("story: a replacement goes forward alone")
def _():
    for ending in (lambda s, leaf: s.outcome(leaf, result="failed", changed=False), lambda s, leaf: s.outcome(leaf)):
        story = Story()
        ending(story, story.replace())
        refused(story.read, "REPLACED-RESULT")
    for found in ("not done", "partial", "done"):
        story = Story()
        leaf = story.replace()
        story.intent("partition.recover", story.new, recovers=leaf)
        story.recovered(leaf, found)
        refused(story.read, "RECOVERED-FOUND")


@check("story: a restore takes a replacement up, with the new shares, behind its token")
def _():
    for early in (False, True):
        story = Story()
        source = story.backed_up()
        leaf = story.replace(backup=source)
        story.old, old = story.new, story.old
        restore = story.restore("new audit", source, recovers=leaf, early=leaf if early else None)
        if early:
            refused(story.read, "REPLACED-PINS", "REPLACED-INTENT")
            continue
        story.replaced(leaf)
        story.recovered(leaf)
        story.outcome(restore)
        assert story.read().sets.pins == {"so": 2, "user": 2}


@check("story: a token may stay behind with a PIN, and of no other epoch than it had")
def _():
    for epochs, rule in (((1, 2), None), ((1, 1), None), ((3, 2), "REPLACED-PINS")):
        story = Story()
        leaf = story.replace()
        story.replaced(leaf, epochs=epochs)
        story.outcome(leaf)
        if rule:
            refused(story.read, rule)
        else:
            assert story.read().sets.pins == dict(zip(("so", "user"), epochs))


@check("story: one stage at a time, of an epoch that never was, and unstaged it is void")
def _():
    third = Group("all", ROLES, 2, ["alice", "bob", "dora"], epoch=3)
    again = Group("all", ROLES, 2, ["alice", "carol", "dora"], epoch=3)
    story = Story()
    stage = story.stage()
    story.stage(third)
    refused(story.read, "STAGE-OPEN")
    story = Story()
    stage = story.stage()
    story.done("quorum.unstage", new=story.new, stage=stage)
    assert story.read().sets.stage is None
    third.epoch = 2
    for wrong, rule in ((third, "ROSTER-EPOCH"), (story.new, "ROSTER-EPOCH")):
        other = Story()
        other.done("quorum.unstage", new=other.new, stage=other.stage())
        other.stage(wrong)
        refused(other.read, rule)
    leaf = story.replace(story.stage(again, ["carol"]), again, ["alice", "carol", "dora"])
    story.replaced(leaf, again)
    story.outcome(leaf)
    assert story.read().bridges["all", 3][0] == 1
    story.replace(stage)
    refused(story.read, "STAGE")


@check("story: a stage is recovered as done, and as nothing else")
def _():
    for found, rule in (("done", None), ("not done", "RECOVERED-FOUND"), ("partial", "RECOVERED-FOUND")):
        story = Story()
        leaf = story.intent("quorum.stage", new=story.new, issued=issued(story.new))
        recovery = story.intent("partition.recover", recovers=leaf)
        story.recovered(leaf, found)
        if rule:
            refused(story.read, rule)
            continue
        story.outcome(recovery, changed=False)
        assert story.read().sets.stage[0] == leaf


@check("story: new shares approve nothing before, of a stage that is open or given up")
def _():
    story = Story()
    stage = story.stage()
    story.intent(group=story.new)
    refused(story.read, "PLAN-NEEDS")
    story = Story()
    story.done("quorum.unstage", new=story.new, stage=story.stage())
    story.writer.append("confirmed", "quorum.confirmed", {"proof": confirmation(story.new, "dora")}, "station")
    refused(story.read, "CONFIRM-OPEN")


@check("story: what is confirmed while a plan waits does not make it old")
def _():
    story = Story()
    story.stage(absent=["dora"])
    plan = story.writer.plan("check", "partition.check", [story.old.need()])
    story.writer.append("confirmed", "quorum.confirmed", {"proof": confirmation(story.new, "dora")}, "station")
    story.writer.intent("check", plan, [story.old])
    story.read()


@check("story: M + 1 of the new shares are known to be there")
def _():
    four = Group("all", ROLES, 2, ["alice", "bob", "dora", "emil"], epoch=2)
    for confirms, rule in (([], "REPLACE-PROVEN"), (["emil"], None)):
        story = Story()
        stage = story.stage(four, ["alice", "bob", "dora", "emil"])
        for who in confirms:
            story.writer.append("confirmed", "quorum.confirmed", {"proof": confirmation(four, who)}, "station")
        story.replace(stage, four, ["alice", "bob"])
        refused(story.read, rule) if rule else story.read()


@check("story: in one sitting everyone approves, and has read the share back")
def _():
    story = Story()
    story.replace(people=["alice", "bob"])
    refused(story.read, "APPROVAL-FEW")
    story = Story()
    story.replace(issued=issued(story.new, ["dora"]))
    refused(story.read, "ISSUED")


@check("story: where every share is needed that is accepted, twice")
def _():
    tight = Group("all", ROLES, 2, ["alice", "bob"], epoch=2)
    for staged, replaced, rule in (([], [], "ROSTER-SPARE"), (["no-spare"], [], "ROSTER-SPARE"), (["no-spare"], ["no-spare"], None)):
        story = Story()
        stage = story.stage(tight, **({"accepted": staged} if staged else {}))
        story.replace(stage, tight, **({"accepted": replaced} if replaced else {}))
        refused(story.read, rule) if rule else story.read()


def suspending(who="dora", until="2026-11-23T20:10:00.000Z", people=("alice", "bob", "carol", "dora")):
    story = Story(people=people)
    story.done("custodian.suspend", changed=True, custodian=who, until=until)
    return story


@check("story: who is suspended approves nothing until then, and is resumed by others")
def _():
    suspending().read()
    for people, rule in ((["alice", "dora"], "SUSPENDED"), (["alice", "bob"], None)):
        story = suspending()
        plan = story.writer.plan("check", "partition.check", [story.old.need()])
        given = [{**voice, "via": "file"} for voice in story.old.voices(plans.message(plan), people)]
        story.writer.append("check", "intent", {"plan": plan, "approvals": given})
        refused(story.read, rule) if rule else story.read()
    story = suspending()
    while story.writer.clock < 12:
        story.note()
    plan = story.writer.plan("check", "partition.check", [story.old.need()])
    given = [{**voice, "via": "file"} for voice in story.old.voices(plans.message(plan), ["alice", "dora"])]
    story.writer.append("check", "intent", {"plan": plan, "approvals": given})
    story.read()
    story = suspending()
    story.done("custodian.resume", changed=True, custodian="dora")
    assert story.read().sets.suspended == {}
    story.done("custodian.resume", changed=True, custodian="dora")
    refused(story.read, "RESUME")


@check("story: a suspension is of a custodian, ends later, leaves M + 1, and changes who approves")
def _():
    refused(suspending("mallory").read, "SUSPEND-UNKNOWN")
    refused(suspending(until="2026-11-23T20:00:00.000Z").read, "SUSPEND-UNTIL")
    refused(suspending("carol", people=("alice", "bob", "carol")).read, "SUSPEND-ENOUGH")
    story = suspending()
    story.done("custodian.suspend", changed=True, custodian="carol", until="2026-11-23T20:30:00.000Z")
    refused(story.read, "SUSPEND-ENOUGH")
    story = Story(people=("alice", "bob", "carol", "dora"))
    story.done("custodian.suspend", custodian="dora", until="2026-11-23T20:30:00.000Z")
    refused(story.read, "OUTCOME-CHANGED")


@check("story: after a replacement the old shares approve nothing")
def _():
    story = Story()
    leaf = story.replace()
    story.replaced(leaf)
    story.outcome(leaf)
    story.intent(group=story.old)
    refused(story.read, "PLAN-NEEDS")


@check("story: during a replacement the new shares approve nothing but its recovery")
def _():
    story = Story()
    leaf = story.intent("key.generate", keys=story.keys(1))
    story.intent("partition.recover", group=story.new, recovers=leaf)
    refused(story.read, "PLAN-NEEDS")


@check("story: a bridge is of a replacement alone")
def _():
    story = Story()
    story.replaced(story.replace())
    assert list(story.read().bridges) == [("all", 2)]
    story = Story()
    story.writer.beside = {"bridge": b64(bytes(40))}
    story.intent()
    refused(story.read, "BRIDGE")


@check("story: a batch is signed by its last line, and by a key that may sign every line of it")
def _():
    story = Story()
    story.outcome(story.intent(signer=None), changed=False)
    story.read()
    for signer, rule in (("station", "SIGNER-STATION"), ("audit", None)):
        story = Story()
        story.outcome(story.intent(), changed=False, signer="")
        refused(story.read, "SIGNATURE-LAST")
        story.note(signer)
        refused(story.read, rule) if rule else story.read()


@check("story: only an operation on keys makes or moves keys")
def _():
    story = Story()
    keys = story.keys(1)
    story.outcome(story.intent(), keys)
    refused(story.read, "OUTCOME-KEYS")


@check("story: a restore cut off after it let its token in is taken up by another")
def _():
    for found, rule in (("partial", None), ("not done", "RECOVERED-FOUND")):
        story = Story()
        source = story.backed_up()
        first = story.restore("new audit", source)
        second = story.restore("pair", source, recovers=first)
        story.recovered(first, found=found)
        story.outcome(second)
        refused(story.read, rule) if rule else story.read()


def ending(count=2, certificate=True, **members):
    """A partition with keys, and the intent of its retirement -> story, its leaf, its keys as destroyed"""
    story = Story()
    keys = story.keys(count)
    story.outcome(story.intent("key.generate", keys=keys), keys)
    if certificate:
        members["certificate"] = "/srv/gone.txt"
    gone = [{**key, "state": "destroyed", "attributes": {}} for key in keys]
    told = [] if "lost" in members else gone
    return story, story.intent("partition.retire", keys=told, **members), gone


def retired(story, leaf, token="erased", names=("gone.txt", "gone.txt.json"), signer="station"):
    files = [{"name": name, "sha256": "00" * 32, "bytes": 1} for name in names]
    told = {"intent": leaf, "token": token, **({"artefacts": files} if files else {})}
    story.writer.append("retired", "partition.retired", told, signer)


@check("story: a partition is retired; nothing follows")
def _():
    story, leaf, gone = ending(others=["data object x"])
    story.outcome(leaf, gone[:1])
    story.outcome(leaf, gone[1:])
    assert story.read().open_intent() == leaf
    retired(story, leaf, names=("retired.txt", "retired.txt.json"))
    assert story.read().open_intent() is None
    story.note()
    refused(story.read, "RETIRED")


@check("story: a retirement that was cut off is taken up, by the station where the audit key is erased")
def _():
    story, leaf, gone = ending()
    story.outcome(leaf, gone)
    again = story.intent("partition.retire", keys=[], recovers=leaf, signer="station")
    retired(story, leaf, names=())
    refused(story.read, "RETIRED-INTENT")
    story.writer.lines.pop(), story.writer.leaves.pop()
    retired(story, again, names=())
    assert story.read().open_intent() is None


@check("story: of a token that is lost the keys may live")
def _():
    story, leaf, gone = ending()
    again = story.intent("partition.retire", keys=[], recovers=leaf, lost=True, signer="station")
    retired(story, again, "lost", ())
    assert {key["state"] for key in story.read().keys.by_id.values()} == {"active"}
    alone, leaf, _ = ending(lost=True, certificate=False, signer="station")
    retired(alone, leaf, "lost", ())
    alone.read()


@check("story: a retirement that failed leaves the partition as it is")
def _():
    story, leaf, gone = ending()
    story.outcome(leaf, gone[:1], "partial")
    assert story.read().open_intent() is None
    story.intent()
    story.read()


@check("story: what is wrong with a retirement is found")
def _():
    story, leaf, gone = ending()
    retired(story, leaf)
    refused(story.read, "RETIRED-KEYS")
    story, leaf, gone = ending(certificate=False)
    story.outcome(leaf, gone)
    retired(story, leaf)
    refused(story.read, "OUTCOME-FILES")
    story, leaf, gone = ending()
    story.outcome(leaf, gone)
    retired(story, leaf, "lost")
    refused(story.read, "RETIRED-TOKEN")
    story, leaf, gone = ending(signer="station")
    refused(story.read, "SIGNER-STATION")
    story, leaf, gone = ending()
    story.intent("partition.retire", keys=gone[:1], recovers=leaf)
    refused(story.read, "PLAN-COMPLETE")
    story = Story()
    retired(story, story.intent())
    refused(story.read, "RETIRED-INTENT")


@check("story: of three who approve one may be elsewhere, where the plan says so")
def _():
    for sent, present, rule in ((1, 2, None), (2, 1, "REMOTE-QUORUM"), (2, 2, "REMOTE-QUORUM"), (3, 0, "REMOTE-QUORUM")):
        story = Story(3, ["alice", "bob", "carol", "dora"])
        remote = {"recipient": "age1" + "q" * 58}
        plan = story.writer.plan("check", "partition.check", [story.old.need()], remote=remote)
        voices = story.old.voices(plans.message(plan), ["alice", "bob", "carol", "dora"][: sent + present])
        given = [{**voice, "via": "contribution" if place < sent else "file"} for place, voice in enumerate(voices)]
        story.writer.append("check", "intent", {"plan": plan, "approvals": given})
        refused(story.read, rule) if rule else story.read()

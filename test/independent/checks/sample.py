"""A small partition that the self-test makes: people, keys, a ledger with every type of record, a backup.

Keys of tokens and stations are made by the openssl command. Everything else is fixed, so that a changed
step leaves the lines before it as they were.
"""

import base64
import copy
import hashlib
import hmac
import itertools

from formats import demands, derive, ed25519, openssl, p256, plan as plans, shamir, templates
from formats.bech32m import encode, from_bytes
from formats.canonical import dumps
from formats.checkpoint import note_key_id
from formats.der import ecdsa_from_der, ecdsa_to_der
from formats.encoding import b64, pae, sha256
from formats.ledger import RECORD_TYPE
from formats.merkle import Tree, leaf_hash
from formats.profile import TYPES
from formats.publickey import PublicKey, key_id
from formats.share import Share
from formats.state import KEY_TYPE
from formats import quorum, statements

PARTITION = "2d1f0a6e-9f0b-4c55-8f0e-6a1d5b7c9e42"
TOKEN = {"serial": "2f294eeb51757361", "label": "prod-hsm-1", "manufacturer": "SoftHSM project", "model": "SoftHSM v2", "firmware": "2.6", "hardware": "2.6"}
PROFILE = {
    **{"module": "ab" * 32, "identity": "serial", "mechanisms": {"kwp": "AES_KEY_WRAP_PAD"}, "unknown": {}, "unwrap": "whole"},
    **{"point": "der", "kek": "create", "checkValue": "cmac5", "audit": "ES256", "head": "data", "objects": "session", "so": True},
    "types": {name: {"make": True, "wrap": "kwp"} for name in TYPES},
}
NEW_TOKEN = {**TOKEN, "serial": "77aa11bb22cc33dd"}
GUARDED = {name: True for name in ("TOKEN", "PRIVATE", "SENSITIVE", "EXTRACTABLE", "WRAP_WITH_TRUSTED")}
ORIGIN = {"kind": "generated"}
USAGE = {"aes-256": ["encrypt", "decrypt"], "hmac-sha256": ["sign", "verify"], "ec-p256": ["sign", "verify"]}


def fixed(name, size):
    """Bytes that look random and are the same each time"""
    return hashlib.shake_256(name.encode("utf-8")).digest(size)


def low_s(signature):
    """r then s, with the lower of the two s that verify"""
    s = int.from_bytes(signature[32:], "big")
    return signature[:32] + min(s, p256.N - s).to_bytes(32, "big")


class Signer:
    """A key pair of the openssl command."""

    def __init__(self, alg):
        self.alg, self.made = alg, {}
        self.private = openssl.run(["genpkey", *self.GENERATE[alg]])
        self.pkcs8 = openssl.run(["pkcs8", "-topk8", "-nocrypt", "-outform", "DER"], self.private)
        self.spki = openssl.public_of(self.pkcs8)
        self.id = key_id(self.spki)

    GENERATE = {
        "ES256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
        "EdDSA": ["-algorithm", "ED25519"],
        "PS256": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    }

    def describe(self):
        return {"id": self.id, "alg": self.alg, "spki": b64(self.spki)}

    def sign(self, message):
        """-> signature; ECDSA in DER"""
        if message not in self.made:
            self.made[message] = self._sign(message)
        return self.made[message]

    def _sign(self, message):
        with openssl.files(key=self.private, message=message) as paths:
            if self.alg == "EdDSA":
                return openssl.run(["pkeyutl", "-sign", "-rawin", "-inkey", paths["key"], "-in", paths["message"]])
            pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if self.alg == "PS256" else []
            return openssl.run(["dgst", "-sha256", *pss, "-sign", paths["key"], paths["message"]])

    def signature(self, message):
        """-> {key, alg, value} as in a ledger"""
        value = self.sign(message)
        value = low_s(ecdsa_from_der(value)) if self.alg == "ES256" else value
        return {"key": self.id, "alg": self.alg, "value": b64(value)}


class QuickSigner(Signer):
    """The same without a process for each of hundreds of signatures; RSA's are few."""

    def _sign(self, message):
        if self.alg == "EdDSA":
            return ed25519.sign(self.pkcs8[-32:], message)
        if self.alg == "ES256":
            # ECPrivateKey: version 1, then the key (RFC 5915)
            start = self.pkcs8.index(b"\x02\x01\x01\x04\x20") + 5
            return ecdsa_to_der(p256.sign(int.from_bytes(self.pkcs8[start : start + 32], "big"), message))
        return super()._sign(message)


class Group:
    """N custodians with their shares of one epoch"""

    def __init__(self, name, roles, threshold, people, epoch=1):
        self.name, self.roles, self.threshold, self.epoch = name, roles, threshold, epoch
        mark = f"{name}/{epoch}"
        self.secret = fixed(f"secret {mark}", 32)
        count = itertools.count()

        def row(size):
            return fixed(f"row {mark} {next(count)}", size)

        points = shamir.split(self.secret, len(people), threshold, row)
        self.shares = {who: point + fixed(f"salt {mark} {who}", 16) for who, point in zip(people, points)}
        self.seeds = {who: derive.approval_seed(payload) for who, payload in self.shares.items()}
        self.keys = {who: b64(ed25519.public_key(seed)) for who, seed in self.seeds.items()}

    def describe(self):
        return {
            "name": self.name,
            "roles": self.roles,
            "threshold": self.threshold,
            "epoch": self.epoch,
            "check": b64(derive.check_value(self.secret, PARTITION)),
            "custodians": [{"name": who, "key": key} for who, key in self.keys.items()],
        }

    def voices(self, message, people=None):
        """-> [{custodian, group, epoch, key, value}] by these people, or by the first M"""
        people = list(self.shares)[: self.threshold] if people is None else people
        return [self._voice(who, message) for who in people]

    def _voice(self, who, message):
        value = b64(ed25519.sign(self.seeds[who], message))
        return {"custodian": who, "group": self.name, "epoch": self.epoch, "key": self.keys[who], "value": value}

    def need(self):
        return {"group": self.name, "epoch": self.epoch, "threshold": self.threshold}

    def texts(self):
        """-> {custodian: share line}"""
        return {who: encode("krs", from_bytes(payload)) for who, payload in self.shares.items()}

    def holdings(self):
        return [Share(payload) for payload in self.shares.values()]


class Written(Exception):
    """The changed step is in the file, and signed: more need not be written."""


class Writer:
    """Appends records.

    changes: {step: function(record) -> another signer or None} run before the signature, and
    {"plan:" + step: function(plan)} before the approvals
    """

    def __init__(self, keyring, changes=None):
        self.keyring, self.changes = keyring, dict(changes or {})
        self.forging, self.lines, self.leaves = bool(changes), [], []
        self.clock = self.nonce = 0

    def time(self):
        self.clock += 1
        return f"2026-11-23T{20 + self.clock // 60:02}:{self.clock % 60:02}:00.000Z"

    def last(self):
        return b64(self.leaves[-1])

    def append(self, step, kind, members, signer="audit"):
        """-> the record's leaf (text); signer: a name in the keyring, or None for a line without a signature"""
        record = {
            "format": "keyrite.record/1",
            "partition": PARTITION,
            "seq": len(self.lines),
            "prev": self.last() if self.leaves else None,
            "time": self.time(),
            "type": kind,
            "tool": {"name": "self-test", "version": "1.0.0"},
            "station": "host-1",
            "host": {"user": "ops", "name": "host"},
            **copy.deepcopy(members),
        }
        signer = self._change(step, record) or signer
        record = templates.write_record(record)
        message = pae(RECORD_TYPE, dumps(record))
        signature = self.keyring[signer].signature(message) if signer else None
        line = dumps({"record": record, "signature": signature})
        self.lines.append(line + b"\n")
        self.leaves.append(leaf_hash(line))
        if self.forging and not self.changes and signature:
            raise Written
        return self.last()

    def _change(self, step, value):
        change = self.changes.pop(step, None)
        return change(value) if change else None

    def plan(self, step, op, needs, head=True, token=TOKEN["serial"], **members):
        self.nonce += 1
        plan = {
            "format": "keyrite.plan/1",
            "op": op,
            "partition": PARTITION,
            "head": {"seq": len(self.leaves) - 1, "leaf": self.last()} if head else None,
            "nonce": b64(fixed(f"nonce {self.nonce}", 16)),
            "created": "2026-11-23T20:00:00.000Z",
            "expires": "2026-11-24T20:00:00.000Z",
            "needs": needs,
            **({"token": token, "profile": PROFILE} if op == "partition.init" else {"tokens": [{"serial": token}]}),
            **members,
        }
        plan = copy.deepcopy(plan)
        self._change("plan:" + step, plan)
        return plan

    def intent(self, step, plan, groups, signer="audit", extra=()):
        """groups: who approves with M shares; extra: more approvals"""
        given = approvals(plan, groups) + list(extra)
        return self.append(step, "intent", {"plan": plan, "approvals": given, **self.beside}, signer)

    beside = {}


def wanted(key, new=False):
    """A key as a plan names it: one that is new has no fingerprint yet"""
    left = {"spki", "fingerprint"} if new else {"spki"}
    return {name: value for name, value in key.items() if name not in left}


def generated(keys):
    """Keys that differ in their names alone -> what the plan that makes them says of them"""
    own = {"name", "version", "id", "spki", "fingerprint"}
    template = {name: value for name, value in keys[0].items() if name not in own}
    return {"template": template, "names": [key["name"] for key in keys]}


def in_state(key, state):
    """The key as it may be used in that state"""
    kept = {"active": key["usage"], "pre-active": [], "compromised": []}
    may = kept.get(state, [one for one in key["usage"] if one in demands.PROCESSING])
    halves = [{**GUARDED, **demands.usage_flags(key, may)[0]}, *demands.usage_flags(key, may)[1:]]
    attributes = {"private": halves[0], "public": halves[1]} if key["class"] == "pair" else halves[0]
    return {**key, "state": state, "attributes": attributes}


def approvals(plan, groups, everyone=False):
    message = plans.message(plan)
    voices = [voice for group in groups for voice in group.voices(message, list(group.shares) if everyone else None)]
    return [{**voice, "via": "prompt"} for voice in voices]


def key_approvals(audit, serial, groups):
    body = {"format": "keyrite.key/1", "partition": PARTITION, "token": serial, "auditKey": audit.describe()}
    message = pae(KEY_TYPE, dumps(body))
    return [voice for group in groups for voice in group.voices(message)]


def confirmation(group, who):
    """-> what a custodian signs who has read a share back"""
    share = {"partition": PARTITION, "custodian": who, "group": group.name, "epoch": group.epoch, "key": group.keys[who]}
    message = pae(quorum.CONFIRMATION_TYPE, dumps({"format": "keyrite.confirmation/1", **share}))
    return group.voices(message, [who])[0]


def issued(group, absent=()):
    """To each custodian a new share, sealed for those who are absent"""
    sealed = {who: {"custodian": who, "recipient": "age1" + "q" * 58} for who in absent}
    return [sealed.get(who) or {"custodian": who, "confirmation": confirmation(group, who)["value"]} for who in group.keys]


def copied(key):
    """The same on another token, where some flags are others"""
    halves = key["attributes"]
    brought = {"private": {**halves["private"], "LOCAL": False}, "public": halves["public"]} if "private" in halves else {**halves, "LOCAL": False}
    return {**key, "attributes": brought}


class Sample:
    """The whole story; `changes` (see Writer) forge steps of it, and end the file after the last of them."""

    keyring = pair = None

    def __init__(self, changes=None):
        if Sample.keyring is None:
            Sample.keyring = {"audit": QuickSigner("ES256"), "station": QuickSigner("EdDSA"), "new audit": QuickSigner("PS256")}
            Sample.keyring["guest"] = QuickSigner("EdDSA")
            Sample.keyring["stranger"], Sample.pair = QuickSigner("EdDSA"), QuickSigner("ES256")
        self.writer = Writer(self.keyring, changes)
        self.ops = Group("ops", ["so", "user"], 2, ["alice", "bob", "carol"])
        self.vault = Group("vault", ["recovery"], 2, ["alice", "dora", "erin"])
        self.secrets = {"payments/card-dek": fixed("dek", 32), "mac/one": fixed("mac", 32)}
        self.keys, self.backup = {}, b""
        try:
            self._tell()
        except Written:
            pass

    def ledger(self):
        return b"".join(self.writer.lines)

    def _tell(self):
        self._begin()
        self._generate()
        self._rotate()
        self._crash()
        self._replace()
        self._retire()
        self._guest()
        self._back_up()
        self._test()
        self._restore()

    def groups(self):
        return [self.ops.describe(), self.vault.describe()]

    def _begin(self):
        keyring, writer = self.keyring, self.writer
        told = {"name": "pay", "token": TOKEN, "groups": self.groups(), "station": {"name": "host-1", "key": keyring["station"].describe()}}
        needs = [self.ops.need(), self.vault.need()]
        plan = writer.plan("created", "partition.init", needs, head=False, **told)
        members = {
            **{name: value for name, value in told.items() if name != "station"},
            "stationKey": keyring["station"].describe(),
            "auditKey": keyring["audit"].describe(),
            "plan": plan,
            "approvals": approvals(plan, [self.ops, self.vault], everyone=True),
            "keyApprovals": key_approvals(keyring["audit"], TOKEN["serial"], [self.ops, self.vault]),
        }
        writer.append("created", "partition.created", members)
        writer.append("note", "note", {"text": "a caf\u00e9 \"quoted\" \\ \U0001f511"}, "station")
        self._state("drill", "drill", self.vault, ["dora"])
        form = {"name": "form.pdf", "sha256": "ab" * 32, "bytes": 4711}
        self._state("acknowledge", "custodian.acknowledged", self.ops, ["alice"], form=form)
        share = {"custodian": "alice", "group": "ops", "epoch": 1}
        self._state("seal", "share.recorded", self.ops, ["bob", "carol"], share=share, state="sealed", bag="4711", place="safe 2")
        self._state("destroy", "share.recorded", self.ops, ["bob", "carol"], share=share, state="destroyed")
        self._state("depart", "custodian.departed", self.ops, ["alice", "bob"], custodian="erin", on="2026-12-31")
        writer.append("denied", "denied", {"op": "key.rotate", "planDigest": b64(bytes(32)), "keys": [{"name": "x", "version": 1}], "more": 1, "reason": "QUORUM-MET", "approvers": [{"custodian": "alice", "group": "ops"}]}, None)
        writer.append("denied 2", "denied", {"op": "key.rotate", "planDigest": b64(bytes(32)), "reason": "SHARE-WRONG"}, "station")

    def _state(self, step, kind, group, people, **told):
        """What shares sign over the record before"""
        writer = self.writer
        said = {"challenge": {"seq": len(writer.leaves) - 1, "leaf": writer.last()}, **told}
        change = writer.changes.pop(f"said:{step}", None)
        if change:
            change(said)
        voices = group.voices(statements.message({"partition": PARTITION, "type": kind, **said}), people)
        writer.append(step, kind, {**said, **({"signed": voices} if len(people) > 1 else {"proof": voices[0]})}, "station")

    def _key(self, name, version, id_, class_, type_, fingerprint, state="active"):
        key = {"name": name, "version": version, "id": id_, "class": class_, "type": type_, "usage": USAGE[type_]}
        public = {"spki": b64(self.pair.spki)} if class_ == "pair" else {}
        self.keys[name, version] = in_state({**key, "origin": ORIGIN, "fingerprint": fingerprint, **public}, state)
        return self.keys[name, version]

    def _next_id(self):
        """Of the first new key of the next plan"""
        return derive.new_key_id(fixed(f"nonce {self.writer.nonce + 1}", 16), PARTITION, 0)

    def _generate(self):
        dek, mac = self.secrets["payments/card-dek"], self.secrets["mac/one"]
        cmac = "cmac5:" + openssl.cmac(dek, bytes(16))[:5].hex()
        hmac5 = "hmac5:" + hmac.digest(mac, bytes(16), "sha256")[:5].hex()
        spki = "sha256:" + sha256(self.pair.spki).hex()
        for step, name, *told in (
            ("generate", "payments/card-dek", "secret", "aes-256", cmac),
            ("generate pair", "sign/root", "pair", "ec-p256", spki),
            ("generate mac", "mac/one", "secret", "hmac-sha256", hmac5, "pre-active"),
        ):
            key = self._key(name, 1, self._next_id(), *told)
            self._run(step, "key.generate", [key], [[key]])

    def _run(self, step, op, keys, parts):
        """An operation on keys: intent, then one outcome per part"""
        writer = self.writer
        made = keys[1:] if op == "key.rotate" else []
        targets = {"keys": [wanted(key, key in made) for key in keys]}
        told = generated(keys) if op == "key.generate" else targets
        plan = writer.plan(step, op, [self.ops.need()], **told)
        leaf = writer.intent(step, plan, [self.ops])
        for place, part in enumerate(parts):
            members = {"intent": leaf, "result": "done", "changed": True, "keys": part}
            writer.append(f"{step} done {place}", "outcome", members)

    def _rotate(self):
        old = self.keys["payments/card-dek", 1] = in_state(self.keys["payments/card-dek", 1], "deactivated")
        cmac = "cmac5:" + openssl.cmac(fixed("dek 2", 32), bytes(16))[:5].hex()
        new = self._key("payments/card-dek", 2, self._next_id(), "secret", "aes-256", cmac)
        self._run("rotate", "key.rotate", [old, new], [[old, new]])

    def _crash(self):
        """An intent, then nothing, then a recovery that finds nothing was done"""
        writer = self.writer
        target = {"name": "lost", "class": "secret", "type": "aes-256", "usage": USAGE["aes-256"]}
        target = in_state({**target, "origin": ORIGIN}, "active")
        plan = writer.plan("crash", "key.generate", [self.ops.need()], **generated([target]))
        leaf = writer.intent("crash", plan, [self.ops])
        writer.append("crash note", "note", {"text": "the power went"}, "station")
        plan = writer.plan("recover", "partition.recover", [self.ops.need()], recovers=leaf)
        recovery = writer.intent("recover", plan, [self.ops])
        writer.append("recovered", "recovered", {"intent": leaf, "found": "not done", "keys": []})
        done = {"intent": recovery, "result": "done", "changed": False, "keys": []}
        writer.append("recover done", "outcome", done)

    def _replace(self):
        """erin of the vault leaves, frank comes: epoch 2 is staged, and dora, who was not there, confirms her share"""
        writer, old = self.writer, self.vault
        new = Group("vault", ["recovery"], 2, ["alice", "dora", "frank"], epoch=2)
        group, needs = new.describe(), [self.ops.need(), old.need()]
        writer.beside = {}
        plan = writer.plan("stage", "quorum.stage", needs, group=group, issued=issued(new, ["dora", "frank"]))
        stage = writer.intent("stage", plan, [self.ops, old])
        writer.append("stage done", "outcome", {"intent": stage, "result": "done", "changed": False, "keys": []})
        risks = sorted(f"{name}#{version}" for (name, version), key in self.keys.items() if key["state"] != "destroyed")
        writer.append("confirm", "quorum.confirmed", {"proof": confirmation(new, "dora")}, "station")
        told = {"group": group, "stage": stage, "atRisk": risks, "accepted": ["unbacked"]}
        plan = writer.plan("replace", "quorum.replace", [*needs, new.need()], **told)
        bridge = openssl.kwp_wrap(derive.bridge_key(new.secret, PARTITION, 2), old.secret)
        writer.beside = {"bridge": b64(bridge)}
        extra = new.voices(plans.message(plan), ["alice", "frank"])
        leaf = writer.intent("replace", plan, [self.ops, old], extra=[{**voice, "via": "file"} for voice in extra])
        writer.beside = {}
        writer.append("replaced", "quorum.replaced", {"intent": leaf, "group": group, "pins": []})
        writer.append("replace done", "outcome", {"intent": leaf, "result": "done", "changed": True, "keys": []})
        self.old_vault, self.vault = old, new

    def _retire(self):
        for state, op in (("active", "key.activate"), ("suspended", "key.suspend"), ("active", "key.resume")):
            key = self.keys["mac/one", 1] = in_state(self.keys["mac/one", 1], state)
            self._run(f"{state} {self.writer.nonce}", op, [key], [[key]])

    def _guest(self):
        """A station comes, speaks for itself, and goes"""
        writer, station = self.writer, {"name": "laptop", "key": self.keyring["guest"].describe()}
        done = {"result": "done", "changed": True, "keys": []}
        for verb, effect in (("add", "added"), ("remove", "removed")):
            plan = writer.plan(verb, f"station.{verb}", [self.ops.need()], station=station)
            leaf = writer.intent(verb, plan, [self.ops])
            writer.append(effect, f"station.{effect}", {"intent": leaf, effect: station})
            writer.append(f"{verb} done", "outcome", {"intent": leaf, **done})
            signer, name = ("guest", "laptop") if verb == "add" else ("station", "host-1")
            writer.append(f"{verb} note", "note", {"text": verb, "station": name}, signer)

    def _back_up(self):
        writer = self.writer
        needs = [self.ops.need(), self.vault.need()]
        lacks = [{"name": "payments/card-dek", "version": 2, "reason": "not extractable"}]
        told = {"file": "/media/pay.backup", "included": len(self.keys) - 1, "omitted": lacks}
        told["wraps"] = {"hmac-sha256": "kw", "ec-p256": "cbc-pad"}
        plan = writer.plan("backup", "backup.create", needs, **told)
        leaf = writer.intent("backup", plan, [self.ops, self.vault])
        self.backup_seq = len(writer.lines) - 1
        self.backup = self.make_backup(self.backup_seq, leaf)
        file = {"name": "pay.backup", "sha256": sha256(self.backup).hex(), "bytes": len(self.backup)}
        members = {"intent": leaf, "result": "done", "changed": False, "keys": [], "artefacts": [file]}
        writer.append("backup done", "outcome", members)

    def make_backup(self, seq, leaf, change=None):
        """change: function([header, key...] objects) run before the footer is made"""
        kek = derive.kek(self.vault.secret, PARTITION)
        kept = [key for place, key in sorted(self.keys.items()) if place != ("payments/card-dek", 2)]
        header = {
            "format": "keyrite.backup/1",
            "partition": PARTITION,
            "name": "pay",
            "token": TOKEN["serial"],
            "groups": self.groups(),
            "kek": {"epoch": self.vault.epoch, "check": derive.kek_check(kek)},
            "ledger": {"seq": seq, "leaf": leaf},
            "created": "2026-11-23T20:00:00.000Z",
            "keys": len(kept),
            "omitted": [{"name": "payments/card-dek", "version": 2, "reason": "not extractable"}],
        }
        lines = [{"header": header}] + [{"key": self._with_blob(key, kek)} for key in kept]
        if change:
            change(lines)
        body = b"".join(dumps(line) + b"\n" for line in lines)
        digest = sha256(body)
        signature = self.keyring["audit"].signature(pae("application/vnd.keyrite.backup", digest))
        footer = {"keys": len(lines) - 1, "digest": b64(digest), "signature": signature}
        return body + dumps({"footer": footer}) + b"\n"

    def _with_blob(self, key, kek):
        if key["type"] == "hmac-sha256":
            return {**key, "wrap": "kw", "blob": b64(openssl.kw_wrap(kek, self.secrets[key["name"]]))}
        if key["class"] == "secret":
            return {**key, "wrap": "kwp", "blob": b64(openssl.kwp_wrap(kek, self.secrets[key["name"]]))}
        padded = self.pair.pkcs8 + bytes(-len(self.pair.pkcs8) % 8)
        return {**key, "wrap": "cbc-pad", "blob": b64(openssl.cbc_pad_wrap(kek, padded, bytes(range(16))))}

    def _brought(self):
        """What the backup gives back -> its keys, and what a plan says of them"""
        source = {"name": "pay.backup", "sha256": sha256(self.backup).hex(), "seq": self.backup_seq}
        back = [key for place, key in sorted(self.keys.items()) if place != ("payments/card-dek", 2)]
        lacks = [{"name": "payments/card-dek", "version": 2, "reason": "not extractable"}]
        return back, {"backup": source, "keys": [wanted(key) for key in back], "missing": lacks}

    def _test(self):
        """A test that is done, and one that was cut off, whose spare token is gone"""
        writer, needs = self.writer, [self.ops.need(), self.vault.need()]
        back, told = self._brought()
        spare = {"slot": 3, "label": "restore-test-00", "module": {"path": "/lib/spare.so", "sha256": "ab" * 32}}
        leaf = writer.intent("test", writer.plan("test", "backup.test", needs, **told, spare=spare), [self.ops, self.vault])
        writer.append("test done", "outcome", {"intent": leaf, "result": "done", "changed": False, "keys": [copied(key) for key in back]})
        leaf = writer.intent("test cut", writer.plan("test cut", "backup.test", needs, **told, spare=spare), [self.ops, self.vault])
        plan = writer.plan("recover test", "partition.recover", needs, recovers=leaf, abandons=True)
        recovery = writer.intent("recover test", plan, [self.ops, self.vault])
        writer.append("recovered test", "recovered", {"intent": leaf, "found": "partial", "keys": []}, None)
        writer.append("recover test done", "outcome", {"intent": recovery, "result": "done", "changed": True, "keys": []})

    def _restore(self):
        writer, audit = self.writer, self.keyring["new audit"]
        needs = [self.ops.need(), self.vault.need()]
        back, told = self._brought()
        told = {"replaces": [TOKEN["serial"]], **told}
        plan = writer.plan("restore", "backup.restore", needs, token=NEW_TOKEN["serial"], **told)
        leaf = writer.intent("restore", plan, [self.ops, self.vault], "station")
        approved = key_approvals(audit, NEW_TOKEN["serial"], [self.ops, self.vault])
        members = {"intent": leaf, "token": NEW_TOKEN, "profile": PROFILE, "auditKey": audit.describe(), "keyApprovals": approved}
        writer.append("token", "token.replaced", members, None)
        error = {"code": "RESTORE-COMPLETE", "message": "one is missing"}
        done = {"intent": leaf, "result": "partial", "changed": True, "keys": back, "error": error}
        writer.append("restore done", "outcome", done, "new audit")
        self._state("last drill", "drill", self.vault, ["frank"])

    def checkpoint(self, size=None, signer="audit", root=None):
        """-> a note's bytes over the first `size` lines"""
        tree = Tree()
        for leaf in self.writer.leaves[:size]:
            tree.add(leaf)
        origin = f"keyrite/{PARTITION}"
        root_text = base64.b64encode(root or tree.root()).decode("ascii")
        text = f"{origin}\n{tree.size}\n{root_text}\n"
        key = self.keyring[signer]
        mark = note_key_id(origin, PublicKey(key.describe()))
        made = key.sign(text.encode("utf-8"))
        made = ecdsa_to_der(low_s(ecdsa_from_der(made))) if key.alg == "ES256" else made
        value = base64.b64encode(mark + made).decode("ascii")
        return f"{text}\n\u2014 {origin} {value}\n".encode("utf-8")


sample = Sample()

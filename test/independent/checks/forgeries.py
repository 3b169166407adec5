"""Forgeries: one step is changed and everything is signed again, so that only the rule that is meant can find it."""

from formats import plan as plans
from formats.encoding import b64

from . import check, read, refused
from .sample import NEW_TOKEN, PARTITION, TOKEN, Sample, confirmation, fixed, issued, sample


def setting(**members):
    return lambda record: record.update(members)


def inside(member, **members):
    return lambda record: record[member].update(members)


def dropping(name):
    def drop(record):
        del record[name]

    return drop


def signing(name):
    return lambda _record: name


def first_key(**members):
    return lambda record: record["keys"][0].update(members)


def first_approval(**members):
    return lambda record: record["approvals"][0].update(members)


def first_groups():
    return [sample.ops.describe(), sample.old_vault.describe()]


def erin():
    """The custodian who left, with the share of the first epoch"""
    return sample.old_vault.describe()["custodians"][2]


def head_at(seq):
    return {"seq": seq, "leaf": b64(sample.writer.leaves[seq])}


# (step: a record, or "plan:" and its plan; the change; the rules of which one must find it)
FORGERIES = [
    ("note", setting(format="keyrite.record/2"), "FORMAT"),
    ("note", setting(partition=PARTITION[:-1] + "0"), "PARTITION"),
    ("note", setting(seq=2), "SEQ"),
    ("note", setting(prev=b64(bytes(32))), "CHAIN-PREV"),
    ("note", setting(prev=None), "CHAIN-PREV"),
    ("created", setting(prev=b64(bytes(32))), "CHAIN-PREV"),
    ("note", setting(time="2026-11-23T20:15:00Z"), "SHAPE"),
    ("note", setting(type="memo"), "TYPE"),
    ("note", setting(type="partition.created"), "SHAPE", "TYPE-FIRST"),
    ("created", setting(type="note", text="first"), "SHAPE"),
    ("note", dropping("tool"), "SHAPE"),
    ("note", setting(text="a\u0301"), "JSON-TEXT"),
    ("note", setting(text="a\nb"), "JSON-TEXT"),
    ("note", setting(more=None), "JSON-NULL"),
    # who may sign
    ("note", signing("stranger"), "SIGNER"),
    ("note", signing("new audit"), "SIGNER"),
    ("generate", signing("station"), "SIGNER-STATION"),
    ("generate done 0", signing("station"), "SIGNER-STATION"),
    ("backup", signing("station"), "SIGNER-STATION"),
    ("recovered", signing("station"), "SIGNER-STATION"),
    ("replaced", signing("station"), "SIGNER-STATION"),
    ("token", signing("station"), "SIGNER-STATION"),
    ("restore done", signing("station"), "SIGNER-STATION"),
    ("restore done", signing("audit"), "SIGNER"),
    ("created", signing("station"), "SIGNER-STATION"),
    # stations
    ("generate", setting(station="elsewhere"), "STATION"),
    ("remove note", setting(station="laptop"), "STATION"),
    ("add note", signing("station"), "SIGNER"),
    ("add note", setting(station="host-1"), "SIGNER"),
    ("plan:add", inside("station", name="host-1"), "STATION-NEW"),
    ("plan:remove", inside("station", name="nobody"), "STATION"),
    ("remove", setting(station="laptop"), "STATION-OTHER"),
    ("added", inside("added", name="other"), "STATION-INTENT"),
    ("add done", setting(changed=False), "OUTCOME-CHANGED"),
    # partition.created
    ("created", setting(name="pax"), "CREATED-PLAN"),
    ("created", inside("token", label="other"), "CREATED-PLAN"),
    ("created", setting(token={**NEW_TOKEN}), "CREATED-PLAN"),
    ("created", lambda r: r.update(groups=r["groups"][::-1]), "CREATED-PLAN"),
    ("created", lambda r: r.update(stationKey=r["auditKey"]), "CREATED-PLAN"),
    ("created", lambda r: r["approvals"].pop(), "APPROVAL-FEW"),
    ("created", lambda r: r["approvals"].append(r["approvals"][0]), "APPROVAL-TWICE"),
    ("created", lambda r: r["keyApprovals"].pop(), "KEY-APPROVAL-FEW"),
    ("created", lambda r: r.update(keyApprovals=r["keyApprovals"][:1] * 2), "KEY-APPROVAL-TWICE"),
    ("created", lambda r: r.update(auditKey=Sample.keyring["stranger"].describe()), "KEY-APPROVAL-VALUE"),
    ("created", lambda r: r.update(auditKey={**r["auditKey"], "id": "0" * 16}), "KEY-ID"),
    ("created", lambda r: r.update(auditKey={**r["auditKey"], "alg": "EdDSA"}), "KEY-ALG"),
    ("created", lambda r: r["plan"].update(head={"seq": 0, "leaf": b64(bytes(32))}), "PLAN-HEAD"),
    ("created", inside("plan", op="key.generate"), "SHAPE"),
    ("plan:created", lambda p: p.update(needs=p["needs"][:1]), "PLAN-NEEDS"),
    ("plan:created", lambda p: p.update(partition=PARTITION[:-1] + "0"), "PARTITION"),
    # plans and approvals
    ("generate", inside("plan", reason="another"), "APPROVAL-VALUE"),
    ("generate", lambda r: r["approvals"].pop(), "APPROVAL-FEW"),
    ("generate", lambda r: r.update(approvals=[r["approvals"][0]] * 2), "APPROVAL-TWICE"),
    ("generate", first_approval(custodian="mallory"), "APPROVAL-STRANGER"),
    ("generate", first_approval(custodian="carol"), "APPROVAL-KEY"),
    ("generate", first_approval(key=b64(bytes(32))), "APPROVAL-KEY"),
    ("generate", first_approval(epoch=2), "APPROVAL-EPOCH"),
    ("generate", first_approval(group="vault"), "APPROVAL-KEY"),
    ("generate", first_approval(value=b64(bytes(64))), "APPROVAL-VALUE"),
    ("generate", first_approval(via="phone"), "SHAPE"),
    ("generate", setting(time="2026-11-24T20:00:00.001Z"), "PLAN-EXPIRED"),
    ("plan:generate", setting(needs=[{"group": "ops", "epoch": 1, "threshold": 1}]), "PLAN-NEEDS"),
    ("plan:generate", setting(needs=[{"group": "vault", "epoch": 1, "threshold": 2}]), "PLAN-NEEDS"),
    ("plan:generate", setting(needs=[{"group": "ops", "epoch": 2, "threshold": 2}]), "PLAN-NEEDS"),
    ("plan:generate", lambda p: p.update(needs=p["needs"] * 2), "PLAN-NEEDS"),
    ("generate", first_approval(via="contribution"), "REMOTE-PLAN"),
    ("created", first_approval(via="contribution"), "REMOTE-PLAN"),
    ("plan:generate", setting(remote={"recipient": "age1x"}), "SHAPE"),
    ("plan:restore", setting(remote={"recipient": "age1" + "q" * 58}), "SHAPE"),
    ("plan:replace", setting(remote={"recipient": "age1" + "q" * 58}), "SHAPE"),
    ("plan:stage", setting(remote={"recipient": "age1" + "q" * 58}), "SHAPE"),
    ("plan:generate", setting(remote={"recipient": "age1" + "q" * 58}, expires="2026-12-24T20:00:00.000Z"), "PLAN-TIMES"),
    ("plan:backup", lambda p: p.update(needs=p["needs"][:1]), "PLAN-NEEDS"),
    ("plan:replace", lambda p: p.update(needs=p["needs"][:1]), "PLAN-NEEDS"),
    ("plan:generate", setting(op="door.open"), "PLAN-OP"),
    ("plan:generate", setting(op="partition.init"), "PLAN-OP"),
    ("plan:generate", setting(format="keyrite.plan/2"), "SHAPE"),
    ("plan:generate", setting(partition=PARTITION[:-1] + "0"), "PARTITION"),
    ("plan:generate", setting(tokens=[{"serial": "other"}]), "PLAN-TOKEN"),
    ("plan:generate", lambda p: p["tokens"].append(p["tokens"][0]), "PLAN-TOKEN"),
    ("plan:generate", setting(head={"seq": 99, "leaf": b64(bytes(32))}), "PLAN-HEAD"),
    ("plan:generate", lambda p: p["head"].update(seq=p["head"]["seq"] - 1), "PLAN-HEAD"),
    ("plan:rotate", lambda p: p.update(head=head_at(5)), "PLAN-STALE"),
    ("plan:generate", setting(head=None), "SHAPE"),
    ("plan:generate", setting(nonce=b64(fixed("nonce 1", 16))), "PLAN-NONCE"),
    ("plan:generate", setting(nonce=b64(bytes(15))), "SHAPE"),
    ("plan:generate", setting(expires="2026-11-23T19:59:59.999Z"), "PLAN-TIMES"),
    ("plan:rotate", lambda p: p["keys"][1].update(id="00" * 16), "KEY-ID-DERIVED"),
    ("plan:rotate", lambda p: p["keys"][1].update(id=p["keys"][0]["id"]), "PLAN-KEYS"),
    ("plan:generate", lambda p: p.update(keys=plans.targets(p)), "SHAPE"),
    ("plan:generate", setting(names=[]), "SHAPE"),
    ("plan:generate", setting(names=["a", "a"]), "SHAPE"),
    ("plan:generate", setting(names=["b", "a"]), "SHAPE"),
    ("plan:generate", setting(names=["a" * 64]), "SHAPE"),
    ("plan:generate", setting(names=["a#1"]), "SHAPE"),
    ("plan:generate", inside("template", version=1), "SHAPE"),
    ("plan:generate", inside("template", fingerprint="cmac5:0011223344"), "SHAPE"),
    ("plan:generate", lambda p: p["template"].pop("origin"), "SHAPE"),
    ("plan:generate", inside("template", usage=["decrypt", "encrypt"]), "SHAPE"),
    ("plan:generate", inside("template", usage=["encrypt", "encrypt"]), "SHAPE"),
    ("plan:generate", inside("template", accepted=["b", "a"]), "SHAPE"),
    # outcomes and keys
    ("generate done 0", setting(intent=b64(bytes(32))), "OUTCOME-INTENT"),
    ("generate done 0", setting(result="almost"), "SHAPE"),
    ("generate done 0", setting(result="failed"), "OUTCOME-ERROR"),
    ("generate done 0", setting(error={"code": "CKR_X", "message": "x"}), "OUTCOME-ERROR"),
    ("generate done 0", setting(changed=False), "OUTCOME-CHANGED"),
    ("generate done 0", setting(changed=1), "SHAPE"),
    ("generate done 0", dropping("keys"), "SHAPE"),
    ("generate done 0", setting(artefacts=[{"name": "x", "sha256": "AB" * 32, "bytes": 1}]), "SHAPE"),
    ("generate done 0", first_key(id="00" * 16), "OUTCOME-KEYS"),
    ("generate done 0", first_key(version=2), "OUTCOME-KEYS"),
    ("generate done 0", first_key(name="payments/other"), "OUTCOME-KEYS"),
    ("generate done 0", lambda r: r.update(keys=r["keys"][:1] * 2), "OUTCOME-KEYS"),
    ("generate done 0", first_key(fingerprint="cmac5:9F1C22AB07"), "KEY-FINGERPRINT"),
    ("generate done 0", first_key(fingerprint="ecb3:9f1c22ab07"), "KEY-FINGERPRINT"),
    ("generate done 0", first_key(fingerprint="sha256:" + "0" * 64), "KEY-FINGERPRINT"),
    ("generate done 0", first_key(state="deactivated"), "OUTCOME-KEYS"),
    ("generate done 0", first_key(state="lost"), "SHAPE"),
    ("generate done 0", first_key(attributes={"CKA_SIGN": True}), "KEY-ATTRIBUTES"),
    ("generate done 0", first_key(attributes={"SIGN": 1}), "KEY-ATTRIBUTES"),
    ("generate done 0", first_key(attributes={"private": {}, "public": {}}), "KEY-ATTRIBUTES"),
    ("rotate done 0", first_key(state="active", fingerprint="cmac5:0000000000"), "KEY-IDENTITY", "OUTCOME-KEYS"),
    ("rotate done 0", first_key(type="aes-128"), "KEY-IDENTITY", "OUTCOME-KEYS"),
    ("rotate done 0", first_key(state="destroyed"), "OUTCOME-KEYS"),
    ("rotate done 0", first_key(state="pre-active"), "OUTCOME-KEYS"),
    ("backup done", lambda r: r.update(keys=[{}]), "SHAPE"),
    ("backup done", setting(intent=b64(bytes(32))), "OUTCOME-INTENT"),
    # a test of a backup
    ("plan:test", lambda p: p.update(needs=p["needs"][:1]), "PLAN-NEEDS"),
    ("plan:test", inside("backup", sha256="00" * 32), "RESTORE-BACKUP"),
    ("plan:test", lambda p: p["keys"].pop(), "PLAN-COMPLETE"),
    ("plan:test", setting(keys=[]), "SHAPE"),
    ("plan:test", dropping("spare"), "SHAPE"),
    ("plan:test", inside("spare", label="x" * 33), "SHAPE"),
    ("test", signing("station"), "SIGNER-STATION"),
    ("test done", setting(changed=True), "OUTCOME-CHANGED"),
    ("test done", setting(keys=[]), "OUTCOME-SILENT"),
    ("test done", setting(result="failed", error={"code": "CKR_X", "message": "x"}), "OUTCOME-CHANGED"),
    ("test done", first_key(fingerprint="cmac5:0000000000"), "KEY-IDENTITY"),
    ("recovered test", setting(found="done"), "RECOVERED-FOUND"),
    ("recovered test", lambda r: r.update(keys=[dict(key) for key in sample.keys.values()][:1]), "RECOVERED-FOUND"),
    # recovery
    ("plan:recover", setting(op="key.suspend"), "SHAPE"),
    ("plan:recover", setting(recovers=b64(bytes(32))), "RECOVERS", "SHAPE"),
    ("plan:recover", dropping("recovers"), "RECOVERS", "SHAPE"),
    ("plan:rotate", setting(op="partition.recover"), "SHAPE"),
    ("recovered", setting(intent=b64(bytes(32))), "RECOVERED"),
    ("recovered", setting(found="nothing"), "SHAPE"),
    ("rotate done 0", setting(type="recovered", found="done"), "SHAPE"),
    # custodians replaced
    ("plan:stage", inside("group", epoch=3), "ROSTER-EPOCH"),
    ("plan:stage", inside("group", epoch=1), "ROSTER-EPOCH"),
    ("plan:stage", lambda p: p["group"].update(check=sample.old_vault.describe()["check"]), "ROSTER-OLD"),
    ("plan:stage", lambda p: p["group"]["custodians"].append(erin()), "ROSTER-OLD"),
    ("plan:stage", inside("group", threshold=1), "ROSTER-THRESHOLD"),
    ("plan:stage", inside("group", threshold=4), "ROSTER-THRESHOLD"),
    ("plan:stage", inside("group", threshold=3), "ROSTER-SO"),
    ("plan:stage", inside("group", roles=["recovery", "user"]), "ROSTER-SAME"),
    ("plan:stage", inside("group", name="ops"), "ROSTER-SAME"),
    ("plan:stage", inside("group", name="new"), "ROSTER-SAME"),
    ("plan:stage", lambda p: p["group"]["custodians"][1].update(name="alice"), "ROSTER-NAMES"),
    ("plan:stage", lambda p: p["group"]["custodians"][1].update(key=p["group"]["custodians"][0]["key"]), "ROSTER-KEYS"),
    ("plan:stage", lambda p: (p["group"]["custodians"].pop(), p["issued"].pop(), None)[2], "ROSTER-SPARE"),
    ("plan:stage", lambda p: p["issued"].pop(), "ISSUED"),
    ("plan:stage", lambda p: p["issued"].reverse(), "ISSUED"),
    ("plan:stage", lambda p: p["issued"][0].update(custodian="dora"), "ISSUED"),
    ("plan:stage", lambda p: p["issued"][0].update(confirmation=b64(bytes(64))), "CONFIRMATION-VALUE"),
    ("plan:stage", lambda p: p["issued"][0].update(recipient="age1"), "SHAPE"),
    ("plan:stage", dropping("group"), "SHAPE", "PLAN-NEEDS"),
    ("plan:stage", lambda p: p.update(needs=p["needs"][:1]), "PLAN-NEEDS"),
    ("stage", setting(bridge=b64(bytes(40))), "BRIDGE"),
    ("stage done", setting(changed=True), "OUTCOME-CHANGED"),
    ("confirm", inside("proof", value=b64(bytes(64))), "CONFIRMATION-VALUE"),
    ("confirm", inside("proof", custodian="frank"), "CONFIRM-OPEN"),
    ("confirm", inside("proof", epoch=1), "CONFIRM-OPEN"),
    ("confirm", inside("proof", group="ops"), "CONFIRM-OPEN"),
    ("confirm", lambda r: r.update(proof=confirmation(sample.vault, "alice")), "CONFIRM-ONCE"),
    ("confirm", dropping("proof"), "SHAPE"),
    ("replace done", lambda r: r.update(type="quorum.confirmed", proof=confirmation(sample.vault, "frank")), "SHAPE"),
    ("plan:replace", inside("group", epoch=3), "STAGE"),
    ("plan:replace", lambda p: p["group"]["custodians"].pop(), "STAGE"),
    ("plan:replace", setting(stage=b64(bytes(32))), "STAGE"),
    ("plan:replace", dropping("stage"), "STAGE"),
    ("plan:replace", lambda p: p.update(issued=issued(sample.vault)), "STAGE", "STAGE-OPEN"),
    ("plan:replace", lambda p: (p.pop("stage"), p.update(issued=issued(sample.vault)))[1], "STAGE-OPEN"),
    ("plan:replace", lambda p: p["needs"].pop(), "PLAN-NEEDS"),
    ("plan:replace", lambda p: p["needs"][2].update(threshold=3), "PLAN-NEEDS"),
    ("plan:replace", dropping("accepted"), "REPLACE-BACKUP"),
    ("plan:replace", dropping("atRisk"), "PLAN-COMPLETE"),
    ("plan:replace", lambda p: p["atRisk"].pop(), "PLAN-COMPLETE"),
    ("plan:replace", setting(behind=["till"]), "PLAN-COMPLETE"),
    ("plan:replace", setting(backup={"name": "b", "sha256": "00" * 32, "seq": 3}), "REPLACE-BACKUP"),
    ("replace", lambda r: r["approvals"].pop(), "APPROVAL-FEW"),
    ("replace", lambda r: r.update(approvals=r["approvals"][:3] + r["approvals"][4:]), "APPROVAL-FEW"),
    ("replace", lambda r: r["approvals"].append(r["approvals"][-1]), "APPROVAL-TWICE"),
    ("replace", dropping("bridge"), "BRIDGE"),
    ("replace", setting(bridge={"vault": b64(bytes(40))}), "SHAPE"),
    ("replace", setting(bridge=b64(bytes(39))), "SHAPE"),
    ("replaced", inside("group", threshold=3), "REPLACED-GROUPS"),
    ("replaced", setting(pins=[{"token": TOKEN["serial"], "role": "user", "epoch": 2}]), "REPLACED-PINS"),
    ("replaced", setting(intent=b64(bytes(32))), "REPLACED-INTENT"),
    ("replace done", setting(type="quorum.replaced"), "SHAPE", "REPLACED-INTENT"),
    ("replace done", setting(changed=False), "OUTCOME-CHANGED"),
    ("rotate done 0", lambda r: r.update(type="quorum.replaced", group=first_groups()[1], pins=[]), "SHAPE"),
    # restore
    ("token", lambda r: r["keyApprovals"].pop(), "KEY-APPROVAL-FEW"),
    ("token", lambda r: r["keyApprovals"].pop(0), "KEY-APPROVAL-FEW"),
    ("token", lambda r: r.update(auditKey=Sample.keyring["stranger"].describe()), "KEY-APPROVAL-VALUE"),
    ("token", lambda r: r.update(auditKey=Sample.keyring["audit"].describe()), "REPLACED-TOKEN"),
    ("token", lambda r: r["token"].update(serial="other"), "REPLACED-TOKEN"),
    ("token", setting(intent=b64(bytes(32))), "REPLACED-INTENT"),
    # drills
    ("drill", inside("proof", epoch=2), "STATEMENT-EPOCH"),
    ("drill", inside("proof", group="ops"), "STATEMENT-STRANGER"),
    ("drill", inside("proof", custodian="erin"), "STATEMENT-KEY"),
    ("drill", inside("proof", value=b64(bytes(64))), "STATEMENT-VALUE"),
    ("drill", dropping("proof"), "SHAPE"),
    ("last drill", inside("proof", epoch=1), "STATEMENT-EPOCH"),
    ("said:drill", inside("challenge", seq=2), "STATEMENT-CHALLENGE"),
    ("said:drill", inside("challenge", leaf=b64(bytes(32))), "STATEMENT-CHALLENGE"),
    # what else shares sign without a plan
    ("acknowledge", inside("form", sha256="cd" * 32), "STATEMENT-VALUE"),
    ("said:acknowledge", lambda said: said.update(challenge=head_at(1)), "STATEMENT-CHALLENGE"),
    ("seal", setting(bag="4712"), "STATEMENT-VALUE"),
    ("seal", lambda r: r["signed"].pop(), "STATEMENT-OTHERS"),
    ("seal", lambda r: r["signed"].__setitem__(1, r["signed"][0]), "STATEMENT-TWICE"),
    ("said:seal", dropping("bag"), "STATEMENT-BAG"),
    ("said:seal", inside("share", epoch=2), "STATEMENT-UNKNOWN"),
    ("said:seal", inside("share", custodian="bob"), "STATEMENT-OTHERS"),
    ("said:destroy", setting(bag="4711"), "STATEMENT-BAG"),
    ("said:depart", setting(custodian="mallory"), "STATEMENT-UNKNOWN"),
    ("said:depart", setting(custodian="bob"), "STATEMENT-OTHERS"),
    ("depart", setting(on="2026-02-30"), "SHAPE"),
]


def no_answer(change):
    """lambdas above may return what they popped; only a signer's name means something"""

    def run(record):
        answer = change(record)
        return answer if isinstance(answer, str) else None

    return run


for number, (step, change, *rules) in enumerate(FORGERIES):

    @check(f"forgery {number + 1}: {step}: {', '.join(rules)}")
    def _(step=step, change=change, rules=rules):
        story = Sample({step: no_answer(change)})
        assert not story.writer.changes, f"no step is called {step}"
        refused(lambda: read(story.ledger()), *rules)


@check("forgery: a version is left out in plan and outcome alike")
def _():
    def skip(value):
        value["keys"][1].update(version=3)

    story = Sample({"plan:rotate": skip, "rotate done 0": skip})
    refused(lambda: read(story.ledger()), "PLAN-COMPLETE")

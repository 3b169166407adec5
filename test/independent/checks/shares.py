"""Shares plain and in age files, what is derived from them, states of keys, and a token that the PIN opens."""

import os
import shutil
import subprocess

from formats import custody, derive, pkcs11
from formats.canonical import dumps
from formats.encoding import b64
from formats.keys import NEXT, STATES, Keys
from formats.share import Share, age_at_terminal

from . import Skipped, check, folder, put, read, reader, run_reader, refused, tampering
from .sample import PARTITION, sample

TEXTS = sample.ops.texts()
HINTS = f"# partition: {PARTITION}\n# group: ops\n# epoch: 1\n# custodian: alice\n# threshold: 2/3\n"
PLAIN = put("alice.share.txt", f"{HINTS}{TEXTS['alice']}\n".encode())
MODULE = "/usr/lib/softhsm/libsofthsm2.so"


def run(*command, data=None, **variables):
    environment = {**os.environ, **variables}
    done = subprocess.run(command, input=data, capture_output=True, check=True, env=environment)
    return done.stdout


@check("share: a plain file, its hints, and whose it is by the roster")
def _():
    told = reader("share", PLAIN, "--ledger", tampering.whole)
    assert (told["custodian"], told["group"], told["epoch"]) == ("alice", "ops", 1)
    assert told["hints"]["threshold"] == "2/3" and "text" not in told
    with open(PLAIN, "rb") as file:
        assert run_reader("share", "-", "--reveal", data=file.read())["text"] == TEXTS["alice"]
    stranger = Share(bytes(32) + b"\1" + bytes(16)).text()
    assert reader("share", stranger, "--ledger", tampering.whole, code=1)["rule"] == "SHARE-FOREIGN"


@check("share: age files for a recipient and with a passphrase; a wrong passphrase")
def _():
    identity = os.path.join(folder, "identity")
    run("age-keygen", "-o", identity)
    recipient = run("age-keygen", "-y", identity).decode().strip()
    sealed = os.path.join(folder, "alice.share.age")
    run("age", "-a", "-r", recipient, "-o", sealed, PLAIN)
    assert reader("share", sealed, "--identity", identity)["x"] == 1
    assert reader("share", sealed, code=1)["rule"] == "SHARE-LOCKED"
    locked = os.path.join(folder, "alice.locked.age")
    age_at_terminal(["-p", "-a", "-o", locked, PLAIN], [b"correct horse", b"correct horse"])
    right, wrong = put("right", b"correct horse\n"), put("wrong", b"correct cow\n")
    assert reader("share", locked, "--passphrase-file", right, "--reveal")["text"] == TEXTS["alice"]
    assert reader("share", locked, "--passphrase-file", wrong, code=1)["rule"] == "AGE"


@check("pin and kek: from any two shares the same, from one, a foreign or a doubled share none")
def _():
    names = list(TEXTS)
    pins = set()
    for pair in ((0, 1), (1, 2), (2, 0)):
        texts = [TEXTS[names[place]] for place in pair]
        pins.add(reader("pin", *texts, "--ledger", tampering.whole, "--role", "user")["pin"])
    assert pins == {derive.pin(sample.ops.secret, PARTITION, "user")}
    so = reader("pin", PLAIN, TEXTS["carol"], "--ledger", tampering.whole, "--role", "so")["pin"]
    assert so == derive.pin(sample.ops.secret, PARTITION, "so") not in pins and len(so) == 32
    short = ("--length", "16", "--prefix", "0001")
    told = reader("pin", PLAIN, TEXTS["bob"], "--ledger", tampering.whole, *short)["pin"]
    assert pins == {told[4:] + pins.copy().pop()[16:]} and told.startswith("0001")
    assert reader("pin", PLAIN, "--ledger", tampering.whole, code=1)["rule"] == "SHARE-FEW"
    assert reader("pin", PLAIN, PLAIN, "--ledger", tampering.whole, code=1)["rule"] == "SHARE-FEW"
    vault = list(sample.vault.texts().values())
    assert reader("pin", *vault, "--ledger", tampering.whole, code=1)["rule"] == "SHARE-GROUP"


@check("kek: the present one, and the one before over the bridge")
def _():
    texts = list(sample.vault.texts().values())[1:]
    for epoch, group in ((1, sample.old_vault), (2, sample.vault)):
        told = reader("kek", *texts, "--ledger", tampering.whole, "--epoch", str(epoch))
        assert told["kek"] == derive.kek(group.secret, PARTITION).hex()
        assert told["check"] == derive.kek_check(bytes.fromhex(told["kek"]))


@check("custody: a share whose y was changed is nobody's; a wrong check value is found")
def _():
    state = read(sample.ledger()).state
    good = sample.ops.holdings()
    payload = bytearray(good[0].payload)
    payload[0] ^= 1
    refused(lambda: custody.secret_of(state, [Share(bytes(payload)), good[1]]), "SHARE-FOREIGN")
    state.history["ops", 1] = {**state.history["ops", 1], "check": b64(bytes(16))}
    refused(lambda: custody.secret_of(state, good[:2]), "SHARE-CHECK")


@check("keys: SP 800-57's transitions and no others; versions in order; identity for ever")
def _():
    key = {"name": "k", "version": 1, "id": "00", "class": "secret", "type": "aes-256"}
    key.update(fingerprint="cmac5:0000000000", attributes={})
    for before in STATES:
        for after in STATES:
            keys = Keys()
            keys.by_id["00"] = {**key, "state": before}
            moved = {**key, "state": after}
            if before == after or after in NEXT[before]:
                assert keys.apply(moved, True) == (before != after)
            else:
                refused(lambda keys=keys, moved=moved: keys.apply(moved, True), "KEY-STATE")
    keys = Keys()
    refused(lambda: keys.apply({**key, "state": "active", "version": 2}, True), "KEY-VERSION")
    keys.apply({**key, "state": "active"}, True)
    refused(lambda: keys.apply({**key, "state": "active", "name": "l"}, True), "KEY-IDENTITY")
    refused(lambda: keys.apply({**key, "state": "active", "id": "01"}, True), "KEY-VERSION")


def small_token():
    """A SoftHSM token whose PINs are the sample's -> (its serial, the variable that names its configuration)"""
    needed = [name for name in ("softhsm2-util", "pkcs11-tool") if not shutil.which(name)]
    if needed or not os.path.exists(MODULE):
        raise Skipped("SoftHSM and pkcs11-tool are not here")
    os.makedirs(os.path.join(folder, "tokens"), exist_ok=True)
    text = f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    os.environ["SOFTHSM2_CONF"] = put("softhsm2.conf", text.encode())
    so, user = (derive.pin(sample.ops.secret, PARTITION, role) for role in ("so", "user"))
    run("softhsm2-util", "--init-token", "--free", "--label", "t", "--so-pin", so, "--pin", user)
    listing = run("pkcs11-tool", "--module", MODULE, "--list-slots").decode()
    return next(line.split(":")[1].strip() for line in listing.splitlines() if "serial num" in line)


@check("token: the derived PINs log in, and the head on it is compared with the ledger")
def _():
    state = read(sample.ledger()).state
    tool = pkcs11.Tool(MODULE, small_token())
    so, user = (derive.pin(sample.ops.secret, PARTITION, role) for role in ("so", "user"))
    assert tool.head(user) is None
    head = {"format": "keyrite.head/1", "partition": PARTITION, "seq": 27, "leaf": b64(state.leaves[27])}
    path = put("head", dumps(head))
    write = ("--slot", tool.slot, "--write-object", path, "--type", "data", "--label", "keyrite/head", "--private")
    tool.run("--login", "--pin", "env:KEYRITE_READER_PIN", *write, pin=user)
    assert tool.log_in("user", user) == 1 and tool.log_in("so", so) == 0
    assert pkcs11.check_head(tool.head(user), state) == "ledger ahead"
    refused(lambda: tool.log_in("user", so), "TOKEN")
    refused(lambda: pkcs11.Tool(MODULE, "0000000000000000"), "TOKEN")
    newer = {**head, "format": "keyrite.head/2", "state": b64(bytes(32))}
    assert pkcs11.check_head(dumps(newer), state) == "ledger ahead"
    refused(lambda: pkcs11.check_head(dumps({**head, "format": "keyrite.head/2"}), state), "SHAPE")
    refused(lambda: pkcs11.check_head(dumps({**newer, "format": "keyrite.head/1"}), state), "SHAPE")
    for members in ({"seq": 28}, {"seq": 29}, {"partition": PARTITION[:-1] + "0"}):
        refused(lambda members=members: pkcs11.check_head(dumps({**head, **members}), state), "HEAD")

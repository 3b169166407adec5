#!/usr/bin/env python3
"""An independent reader of Keyrite's files: ledgers, checkpoints, shares, PINs, backups.

Written from the published formats alone, with Python's standard library and the commands openssl, age and
pkcs11-tool. Prints one JSON object; exit 0 when everything holds, 1 with {"ok":false,"rule",...} when not, 2 on usage.
"""

import argparse
import json
import os
import sys

sys.dont_write_bytecode = sys.pycache_prefix is None  # nothing is left beside the sources

from formats import backup, custody, derive, index, ledger, pkcs11, plan, proof, publickey, share  # noqa: E402
from formats.encoding import b64, plan_code, sha256  # noqa: E402
from formats.refusal import Refused  # noqa: E402


def read_file(path):
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def optional_file(path):
    return None if path is None else read_file(path)


def one_share(given, options):
    """A share file, "-", or the 89 characters themselves"""
    if given.lower().startswith("krs1"):
        return share.Share(share.decode(given))
    return share.read(read_file(given), options.identity, options.passphrase_file)


def shares_of(options):
    return [one_share(given, options) for given in options.shares]


def read_ledger(options):
    return ledger.read(options.ledger, options.anchor, optional_file(options.checkpoint))


def run_ledger(options):
    found = read_ledger(options)
    return ledger.describe(found, options.anchor is not None, options.checkpoint is not None)


def run_share(options):
    given = one_share(options.share, options)
    told = {"ok": True, **given.describe()}
    if options.reveal:
        told["text"] = given.text()
    if options.ledger:
        group, epoch, custodian = custody.owner(read_ledger(options).state, given)
        told.update(group=group, epoch=epoch, custodian=custodian)
    return told


def derived_pin(options, state):
    if options.app:
        return custody.application_pin(state, shares_of(options), options.role, options.app)
    secret = custody.secret_for(state, shares_of(options), options.role)
    if options.member:
        member = state.members.named(options.member)
        length = options.length or member.profile.get("pin", 32)
        return derive.member_pin(secret, state.partition, options.role, member.id, length, options.prefix)
    length = options.length or state.profile.get("pin", 32)
    return derive.pin(secret, state.partition, options.role, length, options.prefix)


def run_pin(options):
    state = read_ledger(options).state
    of = {"application": options.app} if options.app else {}
    return {"ok": True, "role": options.role, **of, "pin": derived_pin(options, state)}


def run_kek(options):
    state = read_ledger(options).state
    group = custody.group_with(state.roster, "recovery")
    epoch = options.epoch or group["epoch"]
    kek = derive.kek(custody.secret_at(state, shares_of(options), group["name"], epoch), state.partition)
    return {"ok": True, "epoch": epoch, "kek": kek.hex(), "check": derive.kek_check(kek)}


def run_backup(options):
    found, read = backup.read(options.file, options.ledger, options.anchor, optional_file(options.checkpoint))
    opened = backup.open_keys(found, read, shares_of(options)) if options.shares else 0
    told = {"ok": True, "keys": len(found.keys), "opened": opened, "omitted": found.header["omitted"]}
    return {**told, "sha256": found.whole.hexdigest(), "bytes": found.size, "ledger": found.header["ledger"]}


def run_plan(options):
    digest = sha256(plan.message(json.loads(read_file(options.file))))
    return {"ok": True, "digest": b64(digest), "code": plan_code(digest)}


def run_proof(options):
    return proof.Proof(read_file(options.file), options.anchor).describe()


def run_login(options):
    state = read_ledger(options).state
    token = state.members.named(options.member).serial if options.member else custody.application_of(state, options.app).entry["token"]["serial"] if options.app else state.token
    tool = pkcs11.Tool(options.module, token)
    pin = derived_pin(options, state)
    told = {"ok": True, "role": options.role, "token": token, "objects": tool.log_in(options.role, pin)}
    if options.role == "user" and not options.app:
        head = tool.head(pin)
        told["head"] = "none" if head is None else pkcs11.check_head(head, state)
    return told


def run_index(options):
    read = index.Index(options.folder, options.ledger or os.path.join(options.folder, "ledger.jsonl"))
    return {"ok": True, "keys": read.check_against_ledger(), "seq": read.state["seq"], "state": b64(read.digest)}


def arguments():
    parser = argparse.ArgumentParser(prog="reader.py", description=__doc__)
    parser.add_argument("--openssl", action="store_true", help="check every signature by the openssl command")
    commands = parser.add_subparsers(dest="command", required=True)

    proof = argparse.ArgumentParser(add_help=False)
    proof.add_argument("--anchor", metavar="CODE", help="the code of the first record that people kept")
    proof.add_argument("--checkpoint", metavar="FILE")
    proof.add_argument("--openssl", action="store_true", default=argparse.SUPPRESS)
    keys = argparse.ArgumentParser(add_help=False)
    keys.add_argument("--identity", metavar="FILE", help="age identity that opens the share files")
    keys.add_argument("--passphrase-file", metavar="FILE", help="passphrase that opens the share files")
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--role", choices=("so", "user"), default="user")
    made.add_argument("--length", type=int, help="of the PIN without its prefix, where it is not that of the ledger")
    made.add_argument("--prefix", default="")
    made.add_argument("--member", metavar="NAME", help="of the token of a member")
    made.add_argument("--app", metavar="NAME", help="of the token of an application")

    def command(name, run, parents, help_text):
        added = commands.add_parser(name, parents=parents, help=help_text)
        added.set_defaults(run=run)
        return added

    added = command("ledger", run_ledger, [proof], "verify a ledger")
    added.add_argument("ledger", metavar="PATH")
    added = command("share", run_share, [proof, keys], "decode a share")
    added.add_argument("share", metavar="FILE|-|TEXT")
    added.add_argument("--ledger", metavar="PATH", help="tell whose it is")
    added.add_argument("--reveal", action="store_true", help="print the share line, which is secret")
    for name, run, extra in (("pin", run_pin, [made]), ("kek", run_kek, []), ("login", run_login, [made])):
        added = command(name, run, [proof, keys, *extra], f"{name} from the shares of one group")
        added.add_argument("shares", nargs="+", metavar="SHARE")
        added.add_argument("--ledger", metavar="PATH", required=True)
        if name == "kek":
            added.add_argument("--epoch", type=int, help="an earlier epoch, over the bridges")
        if name == "login":
            added.add_argument("--module", required=True, metavar="SO")
    added = command("backup", run_backup, [proof, keys], "verify a backup")
    added.add_argument("file", metavar="FILE")
    added.add_argument("--ledger", metavar="PATH", required=True)
    added.add_argument("--shares", nargs="+", default=[], metavar="SHARE", help="open every blob with them")
    added = command("proof", run_proof, [proof], "check the records of a key without the ledger")
    added.add_argument("file", metavar="FILE")
    added = command("index", run_index, [], "hold the index of a partition's folder against its ledger")
    added.add_argument("folder", metavar="FOLDER")
    added.add_argument("--ledger", metavar="PATH", help="another one than that of the folder")
    added = command("plan", run_plan, [], "digest and code of a plan (a JSON object)")
    added.add_argument("file", metavar="FILE|-")
    return parser


def main(words=None):
    """words: of a command line, by default our own"""
    options = arguments().parse_args(words)
    publickey.engine["name"] = "openssl" if options.openssl else "python"
    try:
        told, code = options.run(options), 0
    except Refused as refusal:
        told, code = refusal.as_object(), 1
    except OSError as error:
        told, code = {"ok": False, "rule": "USAGE", "message": str(error)}, 2
    print(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Backups (docs/formats.md, 5): a header, a line per key, a footer that is signed over all before it."""

import hashlib
import hmac

from . import custody, derive, keys, ledger as ledgers, openssl, shape
from .canonical import parse, same
from .encoding import b64, pae, unb64
from .refusal import Refused, require
from .roster import GROUPS

FOOTER_TYPE = "application/vnd.keyrite.backup"
OMITTED = shape.members({"name": shape.KEY_NAME, "version": shape.integer(1), "reason": shape.text})
HEADER = shape.members(
    {
        "format": shape.one_of("keyrite.backup/1"),
        "partition": shape.UUID,
        "name": shape.NAME,
        "token": shape.text,
        "groups": GROUPS,
        "kek": shape.members({"epoch": shape.integer(1), "check": shape.binary(40)}),
        "ledger": shape.members({"seq": shape.integer(), "leaf": shape.binary(32)}),
        "created": shape.moment,
        "keys": shape.integer(),
        "omitted": shape.listed(OMITTED),
    }
)
FOOTER = shape.members({"keys": shape.integer(), "digest": shape.binary(32), "signature": ledgers.SIGNATURE})
KEY = shape.members(
    {**keys.MEMBERS, "fingerprint": shape.text, "wrap": shape.one_of(*openssl.UNWRAP), "blob": shape.binary()},
    {**keys.LASTING, "spki": shape.binary()},
)


class Backup:
    """A file that was read to its end: header, footer, keys, and the SHA-256 of the file and of what is signed."""

    def __init__(self, path):
        self.header = self.footer = None
        self.keys, self.size = [], 0
        self.whole, self.signed = hashlib.sha256(), None
        with open(path, "rb") as file:
            for number, line in enumerate(file):
                self._numbered(number, line)
        require(self.footer is not None, "BACKUP-FOOTER", "the file has no footer: it is cut off")

    def _numbered(self, number, line):
        try:
            self._take(line)
        except Refused as refusal:
            refusal.record = number
            raise

    def _take(self, line):
        require(line.endswith(b"\n"), "LINE-END", "the line has no LF")
        value = parse(line[:-1])
        require(isinstance(value, dict) and len(value) == 1, "BACKUP-LINE", "a line is an object with one member")
        (kind, body), *_ = value.items()
        require(self.footer is None, "BACKUP-LINE", "a line after the footer")
        expected = ("header",) if self.header is None else ("key", "footer")
        require(kind in expected, "BACKUP-LINE", f"a {kind} does not belong here")
        if kind == "footer":
            self.signed = self.whole.digest()
        {"header": self._header, "key": self._key, "footer": self._footer}[kind](body)
        self.whole.update(line)
        self.size += len(line)

    def _header(self, body):
        HEADER(body, "header")
        self.header = body

    def _key(self, body):
        KEY(body, "key")
        keys.check_key(body)
        keys.check_public(body)
        if self.keys:
            before = self.keys[-1]["name"], self.keys[-1]["version"]
            sorted_ = before < (body["name"], body["version"])
            require(sorted_, "BACKUP-ORDER", "keys are not sorted, or one stands twice")
        self.keys.append(body)

    def _footer(self, body):
        FOOTER(body, "footer")
        count = len(self.keys)
        require(body["keys"] == self.header["keys"] == count, "BACKUP-COUNT", f"{count} keys are here, others are told")
        require(unb64(body["digest"]) == self.signed, "BACKUP-DIGEST", "the digest is not of the bytes before")
        self.footer = body


def read(path, ledger_path, anchor=None, checkpoint=None):
    """-> (Backup, Ledger): file, signature and agreement with the verified ledger; no blob was opened yet"""
    backup = Backup(path)
    seq = backup.header["ledger"]["seq"]
    ledger = ledgers.read(ledger_path, anchor, checkpoint, {seq})
    _check_signature(backup, ledger.state)
    snapshot = _snapshot(backup, ledger)
    _check_header(backup.header, ledger.state, snapshot)
    _check_keys(backup, snapshot)
    _check_artefact(backup, ledger.state)
    return backup, ledger


def _check_signature(backup, state):
    signature = backup.footer["signature"]
    key = state.audit_keys.get(signature["key"])
    known = key is not None and key.alg == signature["alg"]
    require(known, "BACKUP-SIGNER", f"{signature['key']} is no audit key of the ledger")
    message = pae(FOOTER_TYPE, backup.signed)
    require(key.verify(message, unb64(signature["value"])), "BACKUP-SIGNATURE", "the footer's signature is wrong")


def _snapshot(backup, ledger):
    wanted = backup.header["ledger"]
    snapshot = ledger.snapshots.get(wanted["seq"])
    here = snapshot is not None and b64(snapshot.leaf) == wanted["leaf"]
    require(here, "BACKUP-LEDGER", f"record {wanted['seq']} of the ledger is not the one that the backup names")
    plan = snapshot.record.get("plan", {})
    fits = snapshot.record["type"] == "intent" and plan["op"] == "backup.create"
    require(fits, "BACKUP-LEDGER", "the backup's record is no intent of backup.create")
    require(snapshot.audit.id == backup.footer["signature"]["key"], "BACKUP-SIGNER", "the audit key is of another time")
    return snapshot


def _check_header(header, state, snapshot):
    wanted = {
        "partition": state.partition,
        "name": state.name,
        "token": snapshot.token,
        "groups": snapshot.roster.groups,
    }
    for name, value in wanted.items():
        require(same(header[name], value), "BACKUP-HEADER", f"{name} is not the ledger's at that record")
    plan = snapshot.record["plan"]
    planned = header["keys"] == plan["included"] and same(header["omitted"], plan["omitted"])
    require(planned, "BACKUP-HEADER", "what it holds and lacks is not what was planned")
    end = state.outcomes.get(header["ledger"]["leaf"])
    in_time = plan["created"] <= header["created"] and (end is None or header["created"] <= end["time"])
    require(in_time, "BACKUP-HEADER", "it was not made when the ledger says")
    epoch = custody.group_with(snapshot.roster, "recovery")["epoch"]
    require(header["kek"]["epoch"] == epoch, "BACKUP-HEADER", f"the KEK's epoch was {epoch}")


def _check_keys(backup, snapshot):
    """The keys are the ledger's, and every live one is here or told to be missing."""
    for key in backup.keys:
        known = snapshot.keys.by_id.get(key["id"])
        require(known is not None, "BACKUP-KEY", f"{keys.label(key)} is unknown to the ledger")
        for member in (*keys.IDENTITY, "state", "attributes", "spki"):
            told = f"{member} of {keys.label(key)} is not the ledger's"
            require(same([known.get(member)], [key.get(member)]), "BACKUP-KEY", told)
        planned = snapshot.record["plan"].get("wraps", {}).get(key["type"], "kwp")
        require(key["wrap"] == planned, "BACKUP-KEY", f"{keys.label(key)} is not wrapped as was planned")
        require(key["state"] != "destroyed", "BACKUP-KEY", f"{keys.label(key)} was destroyed")
    omitted = {(entry["name"], entry["version"]) for entry in backup.header["omitted"]}
    held = {(key["name"], key["version"]) for key in backup.keys}
    live = {(key["name"], key["version"]) for key in snapshot.keys.by_id.values() if key["state"] != "destroyed"}
    honest = not omitted & held and omitted | held == live and len(omitted) == len(backup.header["omitted"])
    require(honest, "BACKUP-OMITTED", "keys and omitted are not the live keys of the ledger, each once")


def _check_artefact(backup, state):
    """The ledger says that it was made, and names this very file."""
    end = state.outcomes.get(backup.header["ledger"]["leaf"])
    require(end is not None, "BACKUP-OPEN", "the ledger has no outcome for it")
    require(end["result"] == "done", "BACKUP-UNFINISHED", f"the ledger says of it: {end['result']}")
    files = [(file["sha256"], file["bytes"]) for file in end["files"]]
    mine = (backup.whole.hexdigest(), backup.size)
    require(mine in files, "BACKUP-ARTEFACT", "the outcome in the ledger names another file")


def open_keys(backup, ledger, shares):
    """Unwrap every blob with the KEK and prove that each is the key it says -> how many"""
    header = backup.header
    group = next(group["name"] for group in header["groups"] if "recovery" in group["roles"])
    secret = custody.secret_at(ledger.state, shares, group, header["kek"]["epoch"])
    kek = derive.kek(secret, header["partition"])
    right = hmac.compare_digest(derive.kek_check(kek), header["kek"]["check"])
    require(right, "BACKUP-KEK", "the KEK's check value differs")
    for key in backup.keys:
        _open(key, kek)
    return len(backup.keys)


def _open(key, kek):
    name = keys.label(key)
    try:
        plain = openssl.UNWRAP[key["wrap"]](kek, unb64(key["blob"]))
    except Refused as error:
        raise Refused("BACKUP-BLOB", f"the blob of {name} does not open: {error}") from error
    found = _pair_fingerprint(key, plain) if key["class"] == "pair" else _secret_fingerprint(key, plain)
    require(found == key["fingerprint"], "BACKUP-FINGERPRINT", f"the blob of {name} holds another key: {found}")


def _pair_fingerprint(key, plain):
    """The private half must belong to the public half that stands beside it."""
    derived = openssl.normal_spki(openssl.public_of(_without_padding(plain)))
    spki = unb64(key["spki"])
    require(derived == openssl.normal_spki(spki), "BACKUP-SPKI", f"{keys.label(key)}: the two halves are not one pair")
    return "sha256:" + hashlib.sha256(spki).hexdigest()


def _without_padding(plain):
    """Some tokens fill PKCS#8 with zeros to a multiple of 8 before they wrap it."""
    require(len(plain) > 4 and plain[0] == 0x30, "BACKUP-BLOB", "the blob holds no PKCS#8")
    extra = plain[1] & 0x7F if plain[1] & 0x80 else 0
    length = int.from_bytes(plain[2 : 2 + extra], "big") if extra else plain[1]
    end = 2 + extra + length
    sound = end <= len(plain) < end + 8 and not plain[end:].strip(b"\0")
    require(sound, "BACKUP-BLOB", "the blob holds more or less than one PKCS#8")
    return plain[:end]


def _secret_fingerprint(key, plain):
    method = key["fingerprint"].partition(":")[0]
    if method == "hmac5":
        return "hmac5:" + hmac.digest(plain, bytes(16), "sha256")[:5].hex()
    if method == "ecb3":
        return "ecb3:" + openssl.ecb(plain, bytes(16))[:3].hex()
    return "cmac5:" + openssl.cmac(plain, bytes(16))[:5].hex()

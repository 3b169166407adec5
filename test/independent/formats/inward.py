"""What comes to a token from elsewhere (docs/formats.md, 6)."""

from . import publickey, shape
from .encoding import unb64
from .keys import TYPES, USAGES, brought
from .refusal import Refused, require

CHECK = shape.match("sha256:[0-9a-f]{64}|(cmac5|hmac5|ecb3):[0-9a-f]{6,10}", "a check value")
SOURCE = shape.members({"path": shape.text, "bytes": shape.integer(1), "sha256": shape.hexadecimal(32)}, exact=True)


BLOCK_TYPES = {"A": "aes-", "T": "tdes-", "H": "hmac-", "I": "hmac-"}
BLOCK_USES = {
    **{use: ("AT", "BEDN", ("encrypt", "decrypt")) for use in ("D0", "D3")},
    **{use: ("AT", "BEDN", ("wrap", "unwrap")) for use in ("K0", "K1", "K4")},
    "M6": ("A", "CGVN", ("sign", "verify")),
    "M7": ("HI", "CGVN", ("sign", "verify")),
}


HASHES = {"21": "hmac-sha256", "22": "hmac-sha384", "23": "hmac-sha512"}
METHODS = {"00": "ecb3", "01": "cmac5"}


def _as_block_says(header, key, check):
    """ANSI X9.143, 6.3: usage, algorithm, mode of use, exportability"""
    usage, algorithm, mode, exportability = header[5:7], header[7:8], header[8:9], header[11:12]
    algorithms, modes, pair = BLOCK_USES.get(usage, ("", "", ()))
    if header[:1] != "D" or not algorithm or algorithm not in algorithms or not mode or mode not in modes:
        return False
    allowed = pair[:1] if mode in "EG" else pair[1:] if mode in "DV" else pair
    stays = exportability != "N" or key["attributes"].get("EXTRACTABLE") is False
    optional = _optional(header)
    if optional is None or set(optional) & {"AL", "BI", "CT", "DA", "IK", "KS"}:
        return False
    code = optional.get("HM")
    hashed = algorithm != "H" if code is None else algorithm in "HI" and HASHES.get(code) == key["type"]
    fits = hashed and _checks(optional.get("KC"), check)
    return fits and key["type"].startswith(BLOCK_TYPES[algorithm]) and tuple(key["usage"]) == allowed and stays


def _checks(said, check):
    """A check value in a block and one that was announced can be of one key"""
    if said is None or check is None:
        return True
    (method, _, digits), own = check.partition(":"), said[2:].lower()
    return METHODS.get(said[:2]) != method or digits.startswith(own) or own.startswith(digits)


def _optional(header):
    """The optional blocks of a header, by their names; None where it is none"""
    found, at = {}, 16
    for _ in range(int(header[12:14])):
        name, length, start = header[at : at + 2], int(header[at + 2 : at + 4] or "0", 16), at + 4
        if length == 0:
            digits = int(header[at + 4 : at + 6] or "0", 16)
            length, start = int(header[at + 6 : at + 6 + digits] or "0", 16), at + 6 + digits
        if name in found or at + length > len(header) or at + length < start:
            return None
        found[name] = header[start : at + length]
        at += length
    return found


def check_import(plan):
    key, check, accepted = plan["keys"][0], plan.get("check"), plan.get("accepted", [])
    origin, pair = key["origin"], key["class"] == "pair"
    clear = "clearOnHost" in origin
    sound = brought(key) and clear == ("clear-on-host" in accepted)
    sound = sound and ("block" not in origin or _as_block_says(origin["block"]["header"], key, check))
    sound = sound and not key["type"].startswith("ml-dsa")
    sound = sound and ("even-parity" not in accepted or key["type"] in ("tdes-112", "tdes-168"))
    sound = sound and ("source" in plan) == (origin["kind"] != "components")
    sound = sound and (not (pair or clear) if check is None else check.startswith("sha256:") == pair)
    require(sound, "PLAN-COMPLETE", "it is no plan to import a key")


def differs(plan, key):
    """A key that came, against what was announced -> what differs, or None"""
    if plan["op"] != "key.import" or "check" not in plan:
        return None
    (method, told), (own, found) = plan["check"].split(":"), key["fingerprint"].split(":")
    same = method != own or told.startswith(found) or found.startswith(told)
    return None if same else f"{key['name']} is another key than was announced"


WANTED = shape.members(
    {
        "name": shape.KEY_NAME,
        "type": shape.one_of(*TYPES),
        "usage": shape.ordered(shape.one_of(*USAGES), order=USAGES),
        "backup": shape.boolean,
    },
    {"accepted": shape.ordered(shape.CODE, 1)},
    exact=True,
)
BITS = (2048, 3072, 4096)


def _bits(value, where):
    require(value in BITS and not isinstance(value, bool), "SHAPE", f"{where} is no length of a transport key")


PLANS = {
    "key.import-request": (
        {"wanted": WANTED, "bits": _bits, "hash": shape.one_of("sha1", "sha256"), "until": shape.moment, "file": shape.text},
        {},
    ),
    "key.import-cancel": ({"name": shape.KEY_NAME, "request": shape.hexadecimal(32)}, {}),
}
ASKS = tuple(PLANS)


def check_transport(plan, record):
    """An outcome of a request that is done tells the SPKI of its transport key, and no other does; it changed something then"""
    done = record["result"] == "done"
    owed = done and plan["op"] == "key.import-request"
    require(("transport" in record) == owed, "OUTCOME-SILENT", "it tells of a transport key, or of none")
    require(plan["op"] not in ASKS or record["changed"] == done, "OUTCOME-CHANGED", "a request comes or goes when it is done")
    if owed:
        try:
            bits = publickey.rsa_numbers(unb64(record["transport"]))[0].bit_length()
        except Refused:
            raise Refused("OUTCOME-SILENT", "its transport key is none") from None
        require(bits == plan["bits"], "OUTCOME-SILENT", "its transport key has another length")


def request_of(plan):
    """SHA-256 of the file of the request that a plan ends, or None"""
    if plan["op"] == "key.import-cancel":
        return plan["request"]
    origin = plan["keys"][0]["origin"] if plan["op"] == "key.import" else {}
    return origin.get("request")


class Requests:
    """{SHA-256 of the file of a request: what was wanted, until when, the member that opens it, and whether it is open}"""

    def __init__(self):
        self.by_file = {}

    def _open(self, name):
        return [digest for digest, one in self.by_file.items() if one["open"] and one["wanted"]["name"] == name]

    def check(self, plan, time, keys):
        """An intent: one request at a time for a name that no key has; what comes by one is what it was for, in time"""
        wrong = "IMPORT-REQUEST"
        if plan["op"] == "key.import-request":
            name = plan["wanted"]["name"]
            require(not keys.latest.get(name) and not self._open(name), wrong, f"{name} is a key, or is asked for already")
            require(plan["until"] > plan["created"], wrong, "it ends before it begins")
        if plan["op"] == "key.import-cancel":
            require(self._open(plan["name"]) == [plan["request"]], wrong, "no such request is open")
        if plan["op"] == "key.import" and plan["keys"][0]["origin"]["kind"] == "transport":
            self._check_import(plan["keys"][0], time, [one["member"] for one in plan.get("absent", [])])

    def holder(self, plan):
        """The member that has what a plan needs, or destroys, or None: where it is there, it acts"""
        one = self.by_file.get(request_of(plan))
        return one and one["member"]

    def _check_import(self, key, time, away):
        one = self.by_file.get(key["origin"]["request"])
        require(one is not None and one["open"] and time <= one["until"], "IMPORT-REQUEST", "its request is not open, or has ended")
        require(one["member"] not in away, "IMPORT-REQUEST", f"what opens it is on {one['member']}, which is absent")
        wanted = one["wanted"]
        flags = key["attributes"].get("private", key["attributes"])
        meant = all(key[member] == wanted[member] for member in ("name", "type", "usage"))
        meant = meant and flags.get("EXTRACTABLE") is wanted["backup"] and key.get("accepted") == wanted.get("accepted")
        require(meant, "IMPORT-REQUEST", "its request is for another key, or for another use of it")

    def settle(self, plan, record, done, member):
        if plan["op"] == "key.import-request" and done:
            (file,) = record["artefacts"]
            require(file["sha256"] not in self.by_file, "OUTCOME-FILES", "two requests have one SHA-256")
            self.by_file[file["sha256"]] = {"wanted": plan["wanted"], "until": plan["until"], "member": member, "open": True}
        if request_of(plan) and (done if plan["op"] == "key.import-cancel" else record["keys"]):
            self.by_file[request_of(plan)]["open"] = False

    def lose(self, member=None):
        """The transport keys were on a token that is gone: of every member, or of one"""
        for one in self.by_file.values():
            if member in (None, one["member"]):
                one["open"] = False

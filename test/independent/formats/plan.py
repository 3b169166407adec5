"""Plans (docs/formats.md, 3) and who approves them ("Whose approval an operation needs")."""

from . import applications, ceremonies, certificates, derive, inward, manifest, members, quorum, shape, templates
from .canonical import dumps, same
from .common import HEAD, LEAF, MODULE, SOURCE, STATION, TOKEN, token_label
from .encoding import pae, unb64
from .keys import KEY, TARGET, TEMPLATE
from .profile import ACCEPTED, PROFILE, TYPES, WEAKNESSES
from .refusal import require
from .roster import GROUPS, ROLES, VOICE, need

PLAN_TYPE = "application/vnd.keyrite.plan+json"
NEED = shape.members({"group": shape.NAME, "epoch": shape.integer(1), "threshold": shape.integer(1)}, exact=True)
PLACE = shape.match(r"file|postgresql://[A-Za-z0-9%._-]{1,255}(:\d{1,5})?/[A-Za-z0-9._-]{1,63}", "where a ledger lies")
STATE_OPS = ("key.activate", "key.suspend", "key.resume", "key.deactivate", "key.compromise")
COMMON = {
    "format": shape.one_of("keyrite.plan/1"),
    "op": shape.text,
    "partition": shape.UUID,
    "head": HEAD,
    "nonce": shape.binary(16),
    "created": shape.moment,
    "expires": shape.moment,
    "needs": shape.listed(NEED, 1),
}
# Of the token that it is carried out on, or of that to which it restores.
TOKENS = {"tokens": members.TOKENS}
CLOCK = shape.ordered(shape.one_of("clock"), 1)
OPTIONAL = {
    "module": MODULE,
    "reason": shape.text,
    "ticket": shape.text,
    "requestedBy": shape.text,
}
FIRST = {
    **COMMON,
    "op": shape.one_of("partition.init", "partition.adopt"),
    "head": shape.anything,
    "token": TOKEN,
    "profile": PROFILE,
    "name": shape.NAME,
    "groups": GROUPS,
    "station": STATION,
}
FIRST_OPTIONAL = {**OPTIONAL, "accepted": ACCEPTED, "ceremony": ceremonies.FIRST_MARK}
INIT_PLAN = shape.members(FIRST, FIRST_OPTIONAL)
ADOPT_PLAN = shape.members(
    {**FIRST, "keys": shape.listed(KEY)}, {**FIRST_OPTIONAL, "leaves": shape.ordered(shape.text, 1)}
)


def first_plan(value, where):
    """The plan of a first record"""
    adopts = isinstance(value, dict) and value.get("op") == "partition.adopt"
    (ADOPT_PLAN if adopts else INIT_PLAN)(value, where)


KEYS = {"keys": shape.listed(TARGET, 1)}
ONE_KEY = {"keys": shape.listed(TARGET, 1, 1)}
LACKING = shape.listed(shape.members({"name": shape.text, "version": shape.integer(), "reason": shape.text}))
RESTORE_TAKES = shape.ordered(shape.one_of("clear-on-host", "unbacked", "clock", *WEAKNESSES), 1)


def other_wraps(value, where):
    shape.members({}, {name: shape.one_of("kw", "cbc-pad") for name in TYPES}, exact=True)(value, where)
    require(value, "SHAPE", f"{where} is empty")


def cert_name(value, where):
    shape.text(value, where)
    require(value.startswith(("DNS:", "EMAIL:", "IP:", "URI:")), "SHAPE", f"{where} is no name of a certificate")


def digest(value, where):
    shape.members({"hash": shape.one_of("sha256", "sha384", "sha512"), "value": shape.text}, exact=True)(value, where)
    shape.hexadecimal(int(value["hash"][3:]) // 8)(value["value"], where)


SOURCE_FILE = shape.members({"path": shape.text, "bytes": shape.integer(1)}, exact=True)
WRAPPING_KEY = shape.members({"spki": shape.binary()}, {"kid": shape.text, "until": shape.moment}, exact=True)
def last_try(value, where):
    shape.members({}, {role: shape.one_of("old", "new") for role in ("so", "user")}, exact=True)(value, where)
    require(value, "SHAPE", f"{where} is empty")


SPARE = shape.members({"slot": shape.integer(), "label": token_label, "module": MODULE}, exact=True)
# Own members of an operation's plan: those that it owes, and those that it may have.
OWN = {
    "key.generate": ({"template": TEMPLATE, "names": shape.ordered(shape.KEY_NAME, 1)}, {}),
    "key.rotate": (KEYS, {}),
    **{op: (ONE_KEY, {"apps": applications.APPS}) for op in STATE_OPS},
    "key.destroy": (ONE_KEY, {"certificate": shape.text, "leaves": shape.listed(applications.LEFT, 1)}),
    "key.publish": (KEYS, {"apps": applications.APPS}),
    "key.promote": (KEYS, {"apps": applications.APPS, "accepted": shape.ordered(shape.one_of("clock", "unbacked"), 1)}),
    "key.restore": ({**ONE_KEY, "backup": SOURCE}, {"accepted": shape.ordered(shape.one_of("clear-on-host", "clock"), 1)}),
    "key.import": (
        ONE_KEY,
        {"accepted": shape.ordered(shape.one_of("clear-on-host", "clock", "even-parity"), 1), "check": inward.CHECK, "source": inward.SOURCE},
    ),
    **inward.PLANS,
    "key.sign": ({**ONE_KEY, "file": shape.text, "scheme": shape.one_of("ecdsa", "rsa-pkcs1", "rsa-pss", "ed25519", "ml-dsa"), "digest": digest}, {"source": SOURCE_FILE}),
    "key.export": (
        {**KEYS, "files": shape.listed(shape.text), "for": shape.text, "method": shape.text},
        {
            "wrappingKey": WRAPPING_KEY,
            "blocks": shape.members({"under": shape.text, "headers": shape.listed(shape.text, 1)}, exact=True),
            "ephemeral": shape.one_of("host"),
            "pads": shape.yes,
            "accepted": shape.ordered(shape.one_of("clear-on-host", "software-key", "clock"), 1),
        },
    ),
    "cert.request": ({**ONE_KEY, **certificates.SIGNED, "subject": shape.text, "spki": shape.binary()}, {"names": shape.ordered(cert_name, 1)}),
    **{op: ({**ONE_KEY, **own}, {}) for op, own in certificates.OWN.items()},
    **applications.PLANS,
    "manifest.apply": manifest.OWN,
    "backup.create": ({"file": shape.text, "included": shape.integer(), "omitted": LACKING}, {"wraps": other_wraps}),
    "backup.restore": (
        {"replaces": shape.listed(shape.text, 1), "backup": SOURCE, "keys": shape.listed(TARGET), "missing": LACKING},
        {"recovers": LEAF, "station": STATION, "accepted": RESTORE_TAKES},
    ),
    "backup.test": (
        {"backup": SOURCE, **KEYS, "missing": LACKING, "spare": SPARE},
        {"accepted": shape.ordered(shape.one_of("clear-on-host", "clock"), 1)},
    ),
    "partition.check": ({}, {"renews": shape.yes, "accepted": shape.ordered(shape.one_of("clock", *WEAKNESSES), 1)}),
    "audit.checkpoint": ({}, {}),
    "partition.move": ({"to": PLACE}, {}),
    "station.add": ({"station": STATION}, {}),
    "station.remove": ({"station": STATION}, {}),
    "partition.recover": ({"recovers": LEAF}, {"abandons": shape.yes, "lastTry": last_try}),
    "partition.retire": (
        {"keys": shape.listed(TARGET)},
        {"others": shape.ordered(shape.text, 1), "certificate": shape.text, "recovers": LEAF, "lost": shape.yes},
    ),
    **quorum.PLANS,
    **members.PLANS,
}
# Of a change that custodians elsewhere may approve too: whom their shares are sealed for.
RECIPIENT = shape.match("age1[02-9ac-hj-np-z]{58}", "a recipient of age")
REMOTE = {"remote": shape.members({"recipient": RECIPIENT}, exact=True)}


def at_terminal(op):
    """What makes shares, or lets a token in, is approved where it is done"""
    return op.startswith(("quorum.", "member.")) or op in ("partition.init", "partition.adopt", "backup.restore")


def optional(op, more):
    marked = {"ceremony": ceremonies.MARK, **({} if at_terminal(op) else REMOTE)}
    return {**OPTIONAL, **members.MAY, **marked, "accepted": CLOCK, "clock": shape.moment, **more}


PLANS = {op: shape.members({**COMMON, **TOKENS, **own}, optional(op, more)) for op, (own, more) in OWN.items()}


def plan(value, where):
    """A plan that may stand in an intent"""
    op = value.get("op") if isinstance(value, dict) else None
    require(isinstance(op, str) and op in PLANS, "PLAN-OP", f"{where} is of no operation that needs a login")
    PLANS[op](value, where)


WAYS = shape.one_of("prompt", "file", "fd", "contribution")
APPROVALS = shape.listed(shape.members({**VOICE, "custodian": shape.NAME, "via": WAYS}), 1)

# Exact names and prefixes; for those of quorum.* and custodian.* see quorum.roles_of.
ROLES_OF = {
    "key.": ("user",),
    "key.deliver": ("so", "user"),
    "key.withdraw": ("so", "user"),
    "key.restore": ("so", "user", "recovery"),
    "key.export": ("so", "user"),
    "member.": ("so", "user"),
    "member.add": ("so", "user", "recovery"),
    "app.": ("so", "user"),
    "app.check": ("user",),
    "cert.": ("user",),
    "manifest.apply": ("so", "user"),
    "partition.check": ("user",),
    # With the roles of what it finishes: see roles_of.
    "partition.recover": (),
    "partition.move": ("so", "user"),
    "partition.retire": ("so", "user"),
    "audit.checkpoint": ("user",),
    "station.": ("user",),
    "backup.create": ("so", "user", "recovery"),
    "backup.restore": ("so", "user", "recovery"),
    "backup.test": ("so", "user", "recovery"),
}


def message(plan):
    """The bytes that an approval signs; the plan's code is the short code of their SHA-256"""
    return pae(PLAN_TYPE, dumps(templates.write_plan(plan)))


def roles_of(plan, roster, finished=None):
    """A plan that can stand in an intent -> its roles. finished: those of the change that it takes up"""
    op = plan["op"]
    if op.startswith("key.") and "apps" in plan:
        return {"so", "user"}
    if op == "partition.check" and "renews" in plan:
        return {"so", "user"}
    about = quorum.roles_of(plan, roster)
    if about is not None:
        return about
    family = op[: op.index(".") + 1]
    roles = ROLES_OF.get(op, ROLES_OF.get(family))
    require(roles is not None, "PLAN-OP", f"no operation that needs a login is called {op}")
    return set(roles) if roles else set(finished or ())


def first_needs(roster):
    """partition.init: every group, with its threshold; that every custodian approves is a rule of its own."""
    return [need(group) for group in roster.holders(ROLES)]


def same_needs(one, other):
    """Equal as sets: no order is prescribed, and no group may stand twice."""
    order = sorted(one, key=dumps), sorted(other, key=dumps)
    return same(*order)


def targets(value):
    """The keys of a plan, each whole -> [target]"""
    if value["op"] == "manifest.apply":
        return manifest.targets(value)
    if value["op"] != "key.generate":
        return value.get("keys", [])
    nonce, partition = unb64(value["nonce"]), value["partition"]
    return [
        {**value["template"], "name": name, "version": 1, "id": derive.new_key_id(nonce, partition, place)}
        for place, name in enumerate(value["names"])
    ]

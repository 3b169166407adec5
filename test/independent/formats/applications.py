"""Applications and the copies of keys on their tokens: the shapes of what plans and records say of them (docs/formats.md, 10)."""

from . import shape
from .common import MODULE, SPARE, TOKEN, token_label
from .keys import USAGES, _attributes
from .refusal import require

ID = shape.hexadecimal(8)
USE = shape.ordered(shape.one_of(*USAGES), order=USAGES)
RECIPIENTS = shape.ordered(shape.text, 1)
VERSION = {"name": shape.KEY_NAME, "version": shape.integer(1), "label": shape.text}
WISH = shape.members({**VERSION, "wished": shape.boolean, "usage": USE}, {"certificate": shape.binary()})
LEFT = shape.members({"app": shape.STATION_NAME, **VERSION})
PROOF = shape.members(
    {
        "by": shape.one_of("aes-ecb", "tdes-ecb", "aes-cmac", "hmac-sha256", "hmac-sha384", "hmac-sha512", "kwp", "kw", "cbc-pad"),
        "input": shape.binary(),
        "output": shape.binary(),
    }
)
FOUND = shape.members(
    {
        **VERSION,
        "id": shape.match("([0-9a-f]{2}){1,64}", "1 to 64 bytes in lower-case hex"),
        "usage": USE,
        "state": shape.one_of("present", "absent", "unproven"),
        "attributes": _attributes,
    },
    {"proof": PROOF},
)


def rising(item, key, least=0, most=None):
    """An array whose items come in the order of `key`, none twice"""

    def check(value, where):
        shape.listed(item, least, most)(value, where)
        places = [key(one) for one in value]
        require(places == sorted(set(places)), "SHAPE", f"{where} is not in order, or has something twice")

    return check


def version_of(item):
    return item["name"], item["version"]


def name_of(item):
    return item["name"]


WISHES = rising(WISH, version_of)
NAMED = {"name": shape.STATION_NAME, "id": ID, "token": shape.text, "module": MODULE}
APP = shape.members({**NAMED, "copies": WISHES}, {"without": shape.yes})
APPS = rising(APP, name_of, 1)
HELD = shape.members({"group": shape.NAME, "epoch": shape.integer(1)})
DERIVED = shape.members(
    {"kind": shape.one_of("derived"), "generation": shape.integer(1), "user": HELD, "so": HELD},
    {"characters": shape.integer(1)},
)
GIVEN = shape.members({"kind": shape.one_of("given")})


def pin(value, where):
    """Derived from shares, or given by whoever keeps the token"""
    given = isinstance(value, dict) and value.get("kind") == "given"
    (GIVEN if given else DERIVED)(value, where)


ENTRY = shape.members(
    {
        "name": shape.STATION_NAME,
        "id": ID,
        "token": TOKEN,
        "pin": pin,
        "wraps": shape.ordered(shape.one_of("kwp", "kw", "cbc-pad"), 1),
    },
    {"recipients": RECIPIENTS},
)

_NEW = shape.members({"name": shape.STATION_NAME, "id": ID, "label": token_label})
_COMING = {"app": _NEW, "spare": SPARE, "pinFile": shape.text}
_MAY = {"erases": shape.text, "recipients": RECIPIENTS, "accepted": shape.ordered(shape.one_of("clock", "short-pin"), 1)}
_PIN_OF = shape.members({**NAMED, "generation": shape.integer(1)})
_ADOPTED = shape.members({"name": shape.STATION_NAME, "id": ID, "token": TOKEN, "module": MODULE})
# Own members of the plans of applications: those that each owes, and those that it may have.
PLANS = {
    "app.init": (_COMING, _MAY),
    "app.replace": ({**_COMING, "replaces": ID, "copies": WISHES}, _MAY),
    "app.adopt": ({"app": _ADOPTED}, {"leaves": shape.ordered(shape.text, 1)}),
    "app.pin": ({"apps": rising(_PIN_OF, name_of, 1), "pinFile": shape.text}, {"recipients": RECIPIENTS}),
    "app.retire": ({"apps": rising(APP, name_of, 1, 1)}, {"lost": shape.yes}),
    "app.sync": ({"apps": APPS}, {}),
    "app.check": ({"apps": APPS}, {}),
    "key.deliver": ({"apps": APPS}, {"accepted": shape.ordered(shape.one_of("clock", "unbacked"), 1)}),
    "key.withdraw": ({"apps": APPS}, {}),
}
# Own members of the records about them.
RECORDS = {
    "app.added": ({"app": ENTRY}, {}),
    "app.copies": ({"app": shape.STATION_NAME, "copies": rising(FOUND, version_of)}, {"found": shape.ordered(shape.text, 1, most=100)}),
    "app.pin": ({"app": shape.STATION_NAME, "pin": pin}, {"recipients": RECIPIENTS, "file": shape.text}),
    "app.retired": ({"app": shape.STATION_NAME, "token": shape.one_of("erased", "left", "lost")}, {}),
}

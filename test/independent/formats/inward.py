"""What comes to a token from elsewhere (docs/formats.md, 6)."""

from . import shape
from .keys import brought
from .refusal import require

CHECK = shape.match("sha256:[0-9a-f]{64}|(cmac5|hmac5|ecb3):[0-9a-f]{6,10}", "a check value")
SOURCE = shape.members({"path": shape.text, "bytes": shape.integer(1), "sha256": shape.hexadecimal(32)}, exact=True)


def check_import(plan):
    key, check, accepted = plan["keys"][0], plan.get("check"), plan.get("accepted", [])
    origin, pair = key["origin"], key["class"] == "pair"
    clear = "clearOnHost" in origin
    sound = brought(key) and clear == ("clear-on-host" in accepted)
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

"""Manifests, and the plans that carry them out (docs/formats.md, 12): shapes, what they stand for, and what they may want."""

import functools
import json
import re
from datetime import datetime

from . import applications, derive, shape
from .canonical import dumps
from .common import MODULE
from .encoding import unb64
from .keys import TEMPLATE, TYPES, USAGES, label, standing
from .period import after, period
from .refusal import require

NAME = shape.STATION_NAME
USUAL = {"aes": ("encrypt", "decrypt"), "tdes": ("encrypt", "decrypt")}
MOST = 100_000


def use(value, where):
    shape.listed(shape.one_of(*USAGES), 1)(value, where)
    require(len(set(value)) == len(value), "SHAPE", f"{where} has something twice")


def by_name(name, item):
    """An object whose members may be called anything that `name` takes"""

    def check(value, where):
        require(isinstance(value, dict), "SHAPE", f"{where} is not an object")
        for key, inner in value.items():
            name(key, where)
            item(inner, f"{where}.{key}")

    return check


def delivery(value, where):
    if isinstance(value, str):
        NAME(value, where)
    else:
        shape.members({"app": NAME, "usage": use}, exact=True)(value, where)


def count(value, where):
    shape.integer(1)(value, where)
    require(value <= MOST, "SHAPE", f"{where} is more than {MOST}")


POLICY = shape.members(
    {"type": shape.one_of(*TYPES)},
    {"usage": use, "backup": shape.boolean, **{name: period for name in ("rotate-every", "publish-before", "process-for", "destroy-after")}},
    exact=True,
)
WANTED = shape.members({"policy": NAME}, {"count": count, "deliver": shape.listed(delivery)}, exact=True)
DUTIES = ("app.check", "app.pin", "backup.create", "backup.test", "partition.check", "quorum.drill")
MANIFEST = shape.members(
    {"format": shape.one_of("keyrite.manifest/1"), "policies": by_name(NAME, POLICY), "keys": by_name(shape.KEY_NAME, WANTED)},
    {"duties": shape.members({}, {name: period for name in DUTIES}, exact=True)},
    exact=True,
)


NAMES = shape.ordered(shape.KEY_NAME, 1)
FINGERPRINT = shape.text


def batch(value, where):
    """Keys that have all but their names in common"""
    members = {"version": shape.integer(1), "names": NAMES}
    more = {"published": shape.yes, "ids": shape.listed(shape.match("([0-9a-f]{2}){1,64}", "an id")), "fingerprints": shape.listed(FINGERPRINT)}
    own = {name: value.get(name) for name in (*members, *more) if isinstance(value, dict) and name in value}
    shape.members(members, more, exact=True)(own, where)
    TEMPLATE({name: inner for name, inner in value.items() if name not in own}, where)
    fits = ("ids" in value) == ("fingerprints" in value)
    fits = fits and all(len(value.get(name, value["names"])) == len(value["names"]) for name in ("ids", "fingerprints"))
    require(fits, "SHAPE", f"{where} has not an id and a fingerprint for each name, or for none")


COPIES = shape.members(
    {"version": shape.integer(1), "called": shape.one_of("name", "version"), "wished": shape.boolean, "usage": applications.USE, "names": NAMES},
    {"certificate": shape.binary()},
    exact=True,
)
APP = shape.members(
    {"name": NAME, "id": applications.ID, "token": shape.text, "module": MODULE, "copies": shape.listed(COPIES, 1)},
    {"without": shape.yes},
    exact=True,
)
APPS = applications.rising(APP, lambda app: app["name"], 1)
OWN = ({"manifest": MANIFEST, "by": shape.moment}, {"batches": shape.listed(batch, 1), "apps": APPS, "accepted": shape.ordered(shape.one_of("clock", "unbacked"), 1)})


def targets(plan):
    """Each key of the batches, whole; a new one has the id that follows from its place among the new ones"""
    nonce, partition, made, found = unb64(plan["nonce"]), plan["partition"], 0, []
    for one in plan.get("batches", []):
        common = {name: value for name, value in one.items() if name not in ("names", "ids", "fingerprints")}
        for place, name in enumerate(one["names"]):
            if "ids" in one:
                found.append({**common, "name": name, "id": one["ids"][place], "fingerprint": one["fingerprints"][place]})
            else:
                found.append({**common, "name": name, "id": derive.new_key_id(nonce, partition, made)})
                made += 1
    return found


def copies(app):
    """Each copy that an application is to have, or to have no more, by name and version"""
    found = []
    for one in app["copies"]:
        common = {name: value for name, value in one.items() if name not in ("names", "called")}
        for name in one["names"]:
            called = name if one["called"] == "name" else f"{name}#{one['version']}"
            found.append({**common, "name": name, "label": called})
    return sorted(found, key=lambda copy: (copy["name"], copy["version"]))


def _names(entry, wanted):
    if "count" not in wanted:
        return [entry]
    width = len(str(wanted["count"]))
    return [f"{entry}-{number:0{width}d}" for number in range(1, wanted["count"] + 1)]


def usage_of(policy):
    usual = USUAL.get(policy["type"].split("-")[0], ("sign", "verify"))
    return [one for one in USAGES if one in policy.get("usage", usual)]


def _is_shorter(one, other):
    start = datetime(2001, 1, 1)
    return after(start, one) < after(start, other)


@functools.lru_cache(maxsize=16)
def _managed(text):
    """The canonical text of a manifest -> {key name: (its policy, the applications that are to have it, or None)}"""
    manifest, found = json.loads(text), {}
    for name, policy in manifest["policies"].items():
        _check_policy(name, policy)
    for entry, wanted in manifest["keys"].items():
        policy = manifest["policies"].get(wanted["policy"])
        require(policy is not None, "PLAN-COMPLETE", f"{entry} has no policy")
        apps = _check_delivery(entry, policy, wanted)
        for name in _names(entry, wanted):
            require(re.fullmatch("[a-z0-9][a-z0-9._/-]{0,62}", name), "PLAN-COMPLETE", f"{name} is no name of a key")
            require(name not in found, "PLAN-COMPLETE", f"{name} is named twice")
            found[name] = policy, apps
        require(len(found) <= MOST, "PLAN-COMPLETE", "too many keys")
    return found


def _check_policy(name, policy):
    from .demands import ABLE

    use_of, every, lead = usage_of(policy), policy.get("rotate-every"), policy.get("publish-before")
    sound = set(use_of) <= set(ABLE[policy["type"].split("-")[0]]) and set(policy.get("usage", [])) <= set(use_of)
    sound = sound and not {"wrap", "decrypt"} <= set(use_of) and not {"unwrap", "encrypt"} <= set(use_of)
    sound = sound and (lead is None or every is not None and _is_shorter(lead, every))
    sound = sound and ("destroy-after" not in policy or "process-for" in policy)
    require(sound, "PLAN-COMPLETE", f"the policy {name} does not hold together")


def _check_delivery(entry, policy, wanted):
    if "deliver" not in wanted:
        return None
    apps = [one if isinstance(one, str) else one["app"] for one in wanted["deliver"]]
    sound = len(set(apps)) == len(apps) and not (apps and policy.get("backup", True) is False)
    for one in wanted["deliver"]:
        sound = sound and (isinstance(one, str) or set(one["usage"]) <= set(usage_of(policy)))
    require(sound, "PLAN-COMPLETE", f"{entry} can't be delivered so")
    return apps


def check(state, plan):
    """What a manifest does not name is let be; new keys are as their policy has them; the version in force gives way to another"""
    managed = _managed(dumps(plan["manifest"]).decode())
    require(plan["by"] >= plan["created"], "PLAN-COMPLETE", "it is for a time before it was made")
    for target in targets(plan):
        require(target["name"] in managed, "PLAN-COMPLETE", f"the manifest does not name {target['name']}")
        policy, _ = managed[target["name"]]
        if target["version"] == 1 and "fingerprint" not in target:
            flags = target["attributes"].get("private", target["attributes"])
            like = target["type"] == policy["type"] and target["usage"] == usage_of(policy) and "activateAt" not in target
            like = like and flags.get("EXTRACTABLE") is policy.get("backup", True)
            require(like, "PLAN-COMPLETE", f"{label(target)} is not as its policy has it")
    for app in plan.get("apps", []):
        found = copies(app)
        once = len({label(copy) for copy in found}) == len(found)
        wanted = [copy for copy in found if copy["wished"]]
        named = all(copy["name"] in managed for copy in found)
        named = named and all(managed[copy["name"]][1] is None or app["name"] in managed[copy["name"]][1] for copy in wanted)
        require(once and named, "PLAN-COMPLETE", f"{app['name']} is wished to have what the manifest does not say")
    _check_successions(state, plan)


def _check_successions(state, plan):
    by = {}
    for target in targets(plan):
        by.setdefault(target["name"], []).append(target)
    for name, own in by.items():
        before = state.keys.by_label.get(f"{name}#{state.keys.in_force.get(name, 0)}")
        taking = [target for target in own if standing(target) == "active"]
        gives = before and any(target["version"] == before["version"] and target["state"] == "deactivated" for target in own)
        wanted = len(taking) == 1 and before is not None and standing(before) == "active"
        require(len(taking) <= 1 and bool(gives) == wanted, "PLAN-COMPLETE", f"of {name} one takes over, and one gives way")


def check_step(state, target, known, latest):
    """What becomes of one key"""
    told, name = label(target), target["name"]
    present = state.keys.by_label.get(f"{name}#{state.keys.in_force.get(name, 0)}")
    newest = state.keys.by_label.get(f"{name}#{latest}")
    if known is None and not latest:
        fits = target["version"] == 1 and standing(target) == "active"
    elif known is None:
        fits = present is not None and standing(present) == "active" and "published" not in newest
        fits = fits and target["version"] == latest + 1 and target["type"] == present["type"] and target["state"] == "active"
        fits = fits and target["usage"] == present["usage"] and "activateAt" not in target
        fits = fits and set(present.get("accepted", [])) <= set(target.get("accepted", []))
    elif target["state"] == "active":
        fits = standing(known) == "active, published" and standing(target) == "active"
    else:
        fits = (known["state"], target["state"]) in (("active", "deactivated"), ("deactivated", "destroyed"))
        fits = fits and "published" not in target
    require(fits, "KEY-STATE", f"{told} can't become {standing(target)} by a manifest")

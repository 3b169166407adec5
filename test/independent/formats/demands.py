"""What the plan of an intent may want of keys: which of them, from which state, with which usage and attributes."""

from . import certificates, inward, manifest, outward
from . import plan as plans
from .keys import FIRST, NEXT, brought, check_key, label, may_be_untold, standing
from .refusal import require

TO = {
    "key.activate": ("active", ("pre-active",)),
    "key.suspend": ("suspended", ("active",)),
    "key.resume": ("active", ("suspended",)),
    "key.deactivate": ("deactivated", ("active", "suspended")),
    "key.compromise": ("compromised", ("pre-active", "active", "suspended", "deactivated")),
    "key.destroy": ("destroyed", ("pre-active", "suspended", "deactivated", "compromised")),
    "partition.retire": ("destroyed", ("pre-active", "active", "suspended", "deactivated", "compromised")),
}
ABLE = {
    "aes": ("encrypt", "decrypt", "sign", "verify", "wrap", "unwrap"),
    "hmac": ("sign", "verify"),
    "rsa": ("encrypt", "decrypt", "sign", "verify", "wrap", "unwrap"),
    "ec": ("sign", "verify", "derive"),
    "ed25519": ("sign", "verify"),
    "ml": ("sign", "verify"),
    "tdes": ("encrypt", "decrypt", "wrap", "unwrap"),
}
PROCESSING = ("decrypt", "verify", "unwrap")
PUBLIC = ("encrypt", "verify", "wrap")
PRIVATE = ("decrypt", "sign", "unwrap", "derive")
EVERY = ("encrypt", "decrypt", "sign", "verify", "wrap", "unwrap", "derive")
# What brings the keys of a backup back, with the usage that they had.
BRINGING = ("backup.restore", "backup.test")
# What leaves the usage of a key as it is.
KEEPING = (*BRINGING, "key.restore", "cert.request", "key.sign", "key.export", *certificates.OWN)
MADE_LATER = ("LOCAL", "ALWAYS_SENSITIVE", "NEVER_EXTRACTABLE", "TRUSTED")


def check_adopted(keys):
    """Keys that others made, as they are: their state and their use follow from their flags"""
    for place in ("id", "name"):
        named = [key[place] for key in keys]
        require(len(set(named)) == len(named), "PLAN-KEYS", "the plan names a key twice")
    for key in keys:
        plain = key["version"] == 1 and "activateAt" not in key and "accepted" not in key
        require(plain and key["origin"]["kind"] == "adopted", "KEY-STATE", f"{label(key)} is not as adopted keys are")
        state = "active" if key["usage"] else "deactivated"
        fits = key["state"] == state and usage_flags(key, key["usage"]) == _stated_usage(key["attributes"])
        require(fits, "KEY-STATE", f"the state or the use of {label(key)} is not that of its flags")


def check(state, plan, time):
    op, targets = plan["op"], plans.targets(plan)
    _check_whole(state, plan)
    for place in ("id", "name"):
        named = [target["id"] if place == "id" else label(target) for target in targets]
        require(len(set(named)) == len(named), "PLAN-KEYS", "the plan names a key twice")
    for target in targets:
        check_key(target)
        known = state.keys.by_label.get(label(target))
        _check_step(state, op, target, known)
        _check_use(target, known, plan.get("accepted", []) if op == "backup.restore" else [])
        _check_attributes(op, target, known)
        if "activateAt" in target and (op == "key.activate" or known is None and target["state"] == "active"):
            moment = time if known else plan["created"]
            require(moment >= target["activateAt"], "ACTIVATE-AT", f"{label(target)} may not be active so early")


def _check_whole(state, plan):
    """A rotation is of two versions, a backup and a restore of every live key"""
    op = plan["op"]
    if op == "key.rotate":
        keys = plan["keys"]
        fits = len(keys) == 2 and keys[0]["name"] == keys[1]["name"] and keys[0]["version"] + 1 == keys[1]["version"]
        fits = fits and keys[0]["usage"] == keys[1]["usage"] and "activateAt" not in keys[1]
        fits = fits and set(keys[0].get("accepted", [])) <= set(keys[1].get("accepted", []))
        require(fits, "PLAN-COMPLETE", "a rotation is of one version and the next, for the same use")
    if op == "key.import":
        inward.check_import(plan)
    if op == "cert.request":
        certificates.check_request(plan)
    if op == "key.sign":
        outward.check_signature(plan)
    if op == "manifest.apply":
        manifest.check(state, plan)
    if op == "key.export":
        outward.check_export(plan)
    if op in ("key.import", "key.export"):
        outward.check_protector(plan, state.keys)
    if op == "key.promote":
        for name in {key["name"] for key in plan["keys"]}:
            present = state.keys.by_label.get(f"{name}#{state.keys.in_force.get(name, 0)}")
            after = [key["state"] for key in plan["keys"] if key["name"] == name]
            wanted = ["deactivated", "active"] if present and standing(present) == "active" else ["active"]
            require(after == wanted, "PLAN-COMPLETE", f"of {name} one version takes over, and the one in use gives way")
    live = {label(key) for key in state.keys.by_id.values() if key["state"] != "destroyed"}
    told = {"backup.create": plan.get("omitted", []), "member.add": []}
    for brings in BRINGING:
        told[brings] = plan.get("keys", []) + plan.get("missing", [])
    if op == "partition.retire":
        require("lost" not in plan or not plan["keys"], "PLAN-COMPLETE", "of a token that is lost no key is destroyed")
        if "lost" not in plan:
            told[op] = plan["keys"]
    if op in told:
        named = [label(key) for key in told[op]]
        sound = set(named) <= live and len(set(named)) == len(named)
        require(sound and len(named) + plan.get("included", 0) == len(live), "PLAN-COMPLETE", "not the live keys, once")


def _check_step(state, op, target, known):
    told, after = label(target), target["state"]
    latest = state.keys.latest.get(target["name"], 0)
    made_here = target["origin"]["kind"] == "generated"
    require(known is not None or made_here or op == "key.import" and brought(target), "KEY-STATE", f"{told} did not come so")
    if op in ("key.generate", "key.import"):
        require(not latest and after in FIRST, "KEY-STATE", f"{told} is not new, or is {after}")
    elif op == "key.rotate" and known is None:
        fits = latest and target["version"] == latest + 1 and after == "active"
        newest = state.keys.by_label.get(f"{target['name']}#{latest}")
        fits = fits and newest["state"] == "active" and newest["type"] == target["type"]
        require(fits, "KEY-STATE", f"{told} does not follow the newest version")
    elif op == "key.publish":
        _check_publication(state, target, known, latest)
    elif op == "manifest.apply":
        manifest.check_step(state, target, known, latest)
    elif op == "key.promote":
        require(known is not None, "KEY-STATE", f"there is no {told}")
        takes = standing(known) == "active, published" and standing(target) == "active"
        gives = state.keys.in_force.get(target["name"]) == target["version"] and standing(known) == "active"
        require(takes or gives and after == "deactivated", "KEY-STATE", f"{told} neither takes over nor gives way")
    else:
        require(known is not None, "KEY-STATE", f"there is no {told}")
        to, sources = TO.get(op, (known["state"], tuple(NEXT)[:-1]))
        if op == "key.rotate":
            to, sources = "deactivated", ("active",)
            require(target["version"] == latest, "KEY-STATE", f"{told} is not the newest version")
        certified = op != "cert.request" or known["class"] == "pair" and known["state"] in FIRST
        if op == "key.sign" or op in certificates.OWN:
            able = known["class"] == "pair" and standing(known) == "active" and "sign" in known["usage"]
            require(able, "KEY-STATE", f"{told} is not made to sign, or may not now")
        if op == "key.export":
            flags = known["attributes"].get("private", known["attributes"])
            out = flags.get("EXTRACTABLE") is True and known["state"] in FIRST
            require(out, "KEY-STATE", f"{told} does not leave its token, or not any more")
        require(certified, "KEY-STATE", f"{told} gets no certificate")
        require(after == to and known["state"] in sources, "KEY-STATE", f"{told} can't become {after} that way")
    waits = known is not None and "published" in known and op != "key.promote" and after in ("active", "suspended")
    waits = waits or known is None and op == "key.publish"
    require(op == "manifest.apply" or ("published" in target) == waits, "KEY-STATE", f"{told} waits for its promotion, or not, and the plan says otherwise")
    if known is not None:
        same_key = all(known[member] == target.get(member) for member in ("id", "type", "fingerprint"))
        require(same_key, "KEY-IDENTITY", f"{told} is another key")
    else:
        require("fingerprint" not in target, "KEY-FINGERPRINT", f"{told} is new, and has a fingerprint")


def _check_publication(state, target, known, latest):
    """The next version of a name that is in use, for the same use, while none waits"""
    name = target["name"]
    require(known is None, "KEY-STATE", f"there is {label(target)} already")
    present = state.keys.by_label.get(f"{name}#{state.keys.in_force.get(name, 0)}")
    fits = present is not None and standing(present) == "active" and target["version"] == latest + 1
    fits = fits and "published" not in state.keys.by_label[f"{name}#{latest}"]
    fits = fits and target["type"] == present["type"] and target["state"] == "active" and "activateAt" not in target
    fits = fits and target["usage"] == present["usage"] and set(present.get("accepted", [])) <= set(target.get("accepted", []))
    require(fits, "KEY-STATE", f"{label(target)} does not follow the version that is in use")


def _check_use(target, known, taken):
    """taken: weaknesses that a restore accepts; a key that it brings has them from then on"""
    usage = target["usage"]
    if known is not None:
        lasting = all(known.get(name) == target.get(name) for name in ("origin", "usage", "activateAt"))
        before = known.get("accepted", [])
        lasting = lasting and before == [one for one in target.get("accepted", []) if one in before or one not in taken]
        require(lasting, "KEY-USAGE", f"{label(target)} was made for another use")
        return
    able = ABLE[target["type"].split("-")[0]]
    both = {"wrap", "decrypt"} <= set(usage) or {"unwrap", "encrypt"} <= set(usage)
    sound = set(usage) <= set(able) and not both
    require(sound, "KEY-USAGE", f"{label(target)} may not be made for {', '.join(usage)}")


def halves(attributes):
    return [attributes["private"], attributes["public"]] if set(attributes) == {"private", "public"} else [attributes]


def is_bare(attributes):
    return not any(halves(attributes))


def _check_attributes(op, target, known):
    attributes, state = target["attributes"], target["state"]
    if state == "destroyed":
        require(is_bare(attributes), "KEY-ATTRIBUTES", "what is gone has no attributes")
        return
    may = {"active": _kept(target) if "published" in target else target["usage"], "suspended": _kept(target), "deactivated": _kept(target)}.get(state, [])
    wanted = [may]
    if state == "compromised" and op in ("key.compromise", "key.restore", *BRINGING):
        wanted.append(_kept(target))
    sound = any(usage_flags(target, one) == _stated_usage(attributes) for one in wanted)
    require(sound, "KEY-ATTRIBUTES", f"{label(target)} is {state} and may do other things")
    if known is None:
        _check_template(halves(attributes)[0])
        return
    for i, (before, after) in enumerate(zip(halves(known["attributes"]), halves(attributes))):
        for name, flag in before.items():
            passed = name in MADE_LATER or (name.lower() in EVERY and op not in KEEPING)
            # A public half that lay open comes to a token that keeps it to the user.
            passed = passed or (i == 1 and name == "PRIVATE" and after.get(name) is True)
            require(passed or after.get(name, flag) == flag, "KEY-ATTRIBUTES", f"{name} of {label(target)} may not change")


def _kept(target):
    return [one for one in target["usage"] if one in PROCESSING]


def usage_flags(target, may):
    if target["class"] == "secret":
        return [{name.upper(): name in may for name in EVERY}]
    return [{name.upper(): name in may for name in PRIVATE}, {name.upper(): name in may for name in PUBLIC}]


def _stated_usage(attributes):
    return [{name: flag for name, flag in half.items() if name.lower() in EVERY} for half in halves(attributes)]


def _check_template(flags):
    sound = all(flags.get(name) is True for name in ("TOKEN", "PRIVATE", "SENSITIVE"))
    trusted = "EXTRACTABLE" in flags and flags["EXTRACTABLE"] == flags.get("WRAP_WITH_TRUSTED")
    require(sound and trusted, "KEY-ATTRIBUTES", "a new key is TOKEN, PRIVATE, SENSITIVE, and wrapped by trusted keys alone")


def not_as_planned(target, key):
    """What a record tells of a key, against its plan -> what differs, or None"""
    if standing(key) != standing(target):
        return f"{label(key)} is {standing(key)}"
    if is_bare(key["attributes"]) and target["state"] in ("deactivated", "compromised"):
        return None
    for wanted, told in zip(halves(target["attributes"]), halves(key["attributes"])):
        for name, flag in wanted.items():
            unknown = name not in told and may_be_untold(name, flag)
            taken = name == "WRAP_WITH_TRUSTED" and "wrap-with-trusted" in target.get("accepted", [])
            if told.get(name) is not flag and not unknown and not taken:
                return f"{label(key)} has {name} {told.get(name)}"
    return None

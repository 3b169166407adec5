"""What each application is to have, and has: the rules of plans, of records, and of the end of a change (docs/formats.md, 10)."""

from . import derive, manifest, plan as plans
from .canonical import same
from .encoding import unb64
from .keys import label, may_be_untold, standing
from .refusal import require

PROCESSING = ("decrypt", "verify", "unwrap")
STATES = ("key.suspend", "key.resume", "key.deactivate", "key.compromise")
COMING = ("app.init", "app.adopt", "app.replace")
# What a token that is down must not hold up.
PATIENT = ("app.sync", "key.publish", "key.promote", "manifest.apply", *STATES)
COPY = {"EXTRACTABLE": False, "WRAP_WITH_TRUSTED": False, "COPYABLE": False, "MODIFIABLE": False}
PRIVATE = {**COPY, "TOKEN": True, "PRIVATE": True, "SENSITIVE": True, "DESTROYABLE": True}
PUBLIC = {"TOKEN": True, "PRIVATE": False, "COPYABLE": False, "DESTROYABLE": True, "MODIFIABLE": False}
OF_PRIVATE, OF_PUBLIC = ("decrypt", "sign", "unwrap", "derive"), ("encrypt", "verify", "wrap")


def place(token):
    """How a plan names a token: by its serial, and where that is empty or zeros by its label too"""
    return token["serial"] if token["serial"].strip("0") else f"{token['serial']}:{token['label']}"


class App:
    """One application of the ledger, until it ends.

    copies  {label of a key version: (its wish, "present" | "absent" | "unproven", what it is for while its key is in use)}
    """

    def __init__(self, entry, copies):
        self.entry, self.copies = entry, copies

    def describe(self):
        """-> what it is wished to have, and what of that was proved"""
        copies = [{**wish, "state": state, "made": made} for wish, state, made in self.copies.values()]
        return {name: self.entry[name] for name in ("name", "id", "pin")} | {"token": place(self.entry["token"]), "copies": copies}

    def wishes(self):
        return [wish for wish, _, _ in self.copies.values()]


class View:
    """The keys as they will be when a plan is done: which are there, and which version each name stands for."""

    def __init__(self, keys, plan):
        self.known, self.planned = keys.by_label, {label(key): key for key in plans.targets(plan)}
        taking = plans.targets(plan) if plan["op"] in ("key.promote", "manifest.apply") else []
        self.standing = {**keys.in_force, **{key["name"]: key["version"] for key in taking if standing(key) == "active"}}

    def key(self, told):
        return self.planned.get(told, self.known.get(told))

    def called(self, wish):
        return wish["name"] if self.standing.get(wish["name"]) == wish["version"] else label(wish)


def uses(key):
    """What a key may do: what waits for its promotion, or is suspended or deactivated, processes only"""
    if key["state"] == "active" and "published" not in key:
        return key["usage"]
    flags = [one for one in key["attributes"].values() if isinstance(one, dict)] or [key["attributes"]]
    processes = key["state"] in ("active", "suspended", "deactivated") or key["state"] == "compromised" and any(
        one.get(use.upper()) for one in flags for use in PROCESSING
    )
    return [one for one in key["usage"] if one in PROCESSING] if processes else []


def sound(wish, view):
    """Whether a wish is one that its key allows; else the rule and a reason"""
    key = view.key(label(wish))
    if wish["label"] != view.called(wish):
        return "COPY-LABEL", f"{label(wish)} is to be called {view.called(wish)}"
    if wish["wished"]:
        fits = wish["usage"] and set(wish["usage"]) <= set(uses(key))
    else:
        fits = not wish["usage"]
    if not fits:
        return "COPY-USAGE", f"the copy of {label(wish)} may do other things than its key"
    if "certificate" in wish and not (wish["wished"] and key["class"] == "pair"):
        return "COPY-CERTIFICATE", "a certificate goes with a pair"
    return None


def planned(plan):
    """-> [(application, its wishes, whether it is left out)]"""
    if plan["op"] == "app.replace":
        return [(plan["app"]["name"], plan["copies"], False)]
    if plan["op"] == "app.pin":
        return []
    if plan["op"] == "manifest.apply":
        return [(app["name"], manifest.copies(app), "without" in app) for app in plan.get("apps", [])]
    return [(app["name"], app["copies"], "without" in app) for app in plan.get("apps", [])]


def check(state, plan):
    """An intent's plan, against the applications and keys before it"""
    op = plan["op"]
    if op in COMING:
        _check_coming(state, plan)
    for app in plan.get("apps", []):
        known = state.apps.get(app["name"])
        fits = known and known.entry["id"] == app["id"] and place(known.entry["token"]) == app["token"]
        require(fits, "APP-KNOWN", f"{app['name']} is no application with that id and token")
        require("without" not in app or op in PATIENT, "APP-KNOWN", f"{op} leaves no application out")
        if op == "app.pin":
            now = known.entry["pin"]
            fits = now["kind"] == "derived" and app["generation"] in (now["generation"], now["generation"] + 1)
            require(fits, "APP-PIN", f"{app['name']} has no PIN of that generation")
    view = View(state.keys, plan)
    for name, wishes, _ in planned(plan):
        _check_wishes(state, plan, state.apps[name], wishes, view)
    _check_nothing_missed(state, plan)


def _check_coming(state, plan):
    app, known = plan["app"], state.apps.get(plan["app"]["name"])
    if plan["op"] == "app.replace":
        require(known and known.entry["id"] == plan["replaces"], "APP-NAME", "it replaces what is not there")
    else:
        require(known is None, "APP-NAME", f"{app['name']} is there already")
    wanted = derive.app_id(unb64(plan["nonce"]), state.partition)
    require(app["id"] == wanted, "APP-ID", "the id does not follow from the plan's nonce")
    if "label" in app:
        require(app["label"] == f"{app['name'][:15]}-{app['id']}", "APP-ID", "the label is not that of name and id")
    if "token" in app:
        check_token_free(state, app["name"], place(app["token"]))
    if "erases" in plan:
        check_token_free(state, app["name"], plan["erases"])


def check_token_free(state, app, wanted):
    """No token is that of two applications, or of the partition; what another has is not erased"""
    taken = {place(other.entry["token"]) for name, other in state.apps.items() if name != app}
    require(wanted != state.token and wanted not in taken, "APP-TOKEN", "the token is another's")


def _check_wishes(state, plan, app, wishes, view):
    op, held = plan["op"], app.wishes()
    whole = {
        "app.sync": held,
        "app.check": held,
        "app.retire": [_gone(wish) for wish in held],
        "app.replace": [wish for wish in held if wish["wished"] and state.keys.by_label[label(wish)]["state"] != "destroyed"],
    }
    if op in whole:
        require(same(wishes, whole[op]), "PLAN-COMPLETE", "the application is wished to have other copies")
        return
    about = {key["name"] for key in plans.targets(plan)}
    for wish in wishes:
        told = label(wish)
        require(view.key(told) is not None, "COPY-PLANNED", f"there is no {told}")
        if op == "key.deliver":
            require(wish["wished"], "COPY-PLANNED", f"{told} is delivered, and not wished")
        else:
            require(wish["wished"] or told in app.copies, "COPY-PLANNED", f"{told} was not there")
            about_it = op == "manifest.apply" or wish["name"] in about
            fits = not wish["wished"] if op == "key.withdraw" else about_it
            require(fits, "COPY-PLANNED", f"the plan is not about {told}, or wishes what it withdraws")
        wrong = sound(wish, view)
        require(wrong is None, *(wrong or ("", "")))


def _gone(wish):
    return {**{name: wish[name] for name in ("name", "version", "label")}, "wished": False, "usage": []}


def holders(state, told):
    return [name for name, app in sorted(state.apps.items()) if told in app.copies]


def _check_nothing_missed(state, plan):
    """Every copy that a change makes wrong is in its plan"""
    op, keys = plan["op"], plan.get("keys", [])
    if op == "key.rotate":
        require(not holders(state, label(keys[0])), "PLAN-COMPLETE", "a key that is delivered is rotated in one step")
    if op == "partition.retire" and "lost" not in plan:
        require(not state.apps, "PLAN-COMPLETE", "there are applications")
    if op == "key.destroy":
        told = label(keys[0])
        left = [
            {"app": name, "name": keys[0]["name"], "version": keys[0]["version"], "label": state.apps[name].copies[told][0]["label"]}
            for name in holders(state, told)
            if may_be_there(*state.apps[name].copies[told][:2])
        ]
        require(same(plan.get("leaves", []), left), "PLAN-COMPLETE", "copies stay, and the plan names others")
    if op == "manifest.apply":
        for told in [label(key) for key in plans.targets(plan) if key["state"] == "destroyed"]:
            left = [name for name in holders(state, told) if may_be_there(*state.apps[name].copies[told][:2])]
            require(not left, "PLAN-COMPLETE", f"copies of {told} stay")
    named = {(name, label(wish)) for name, wishes, _ in planned(plan) for wish in wishes}
    missed = [one for one in _concerned(state, plan) if one not in named]
    require(not missed, "PLAN-COMPLETE", f"the plan passes over {missed}")


def _concerned(state, plan):
    """(application, key version) of each copy that has to be in the plan"""
    op, keys = plan["op"], plan.get("keys", [])
    if op == "manifest.apply":
        return _concerned_by_manifest(state, plan)
    before = {key["name"]: f"{key['name']}#{state.keys.in_force.get(key['name'], 0)}" for key in keys}
    if op in (*STATES, "key.promote"):
        moved = [label(key) for key in keys] + (list(before.values()) if op == "key.promote" else [])
        return [(name, told) for told in moved for name in holders(state, told)]
    if op != "key.publish":
        return []
    return [
        (name, label(key))
        for key in keys
        for name in holders(state, before[key["name"]])
        if uses({**key, "usage": state.apps[name].copies[before[key["name"]]][0]["usage"]})
    ]


def _concerned_by_manifest(state, plan):
    """As of a promotion; of a publication whoever reads, but those that are to have none of it any more"""
    in_force, found = state.keys.in_force, []
    leaving = {
        (name, wish["name"])
        for name, wishes, _ in planned(plan)
        for wish in wishes
        if not wish["wished"] and wish["version"] == in_force.get(wish["name"])
    }
    for key in plans.targets(plan):
        if "fingerprint" in key or "published" not in key:
            found += [(name, label(key)) for name in holders(state, label(key))]
            continue
        before = f"{key['name']}#{in_force.get(key['name'], 0)}"
        reads = [name for name in holders(state, before) if uses({**key, "usage": state.apps[name].copies[before][0]["usage"]})]
        found += [(name, label(key)) for name in reads if (name, key["name"]) not in leaving]
    return found


def flags_of(key, usage):
    """Every flag that a copy has, of one object or of both halves; a private half for nothing is not there"""
    if key["class"] == "secret":
        return {**PRIVATE, **_stated(usage, (*OF_PRIVATE, *OF_PUBLIC))}
    private = _stated(usage, OF_PRIVATE)
    return {
        "private": {**PRIVATE, **private} if any(private.values()) else {},
        "public": {**PUBLIC, **_stated(usage, OF_PUBLIC)},
    }


def _stated(usage, names):
    return {name.upper(): name in usage for name in names}


def as_flags(wanted, told):
    """Whether each flag is told, and as wanted; of some a token may not know"""
    if "private" in wanted:
        return set(told) == {"private", "public"} and all(as_flags(wanted[half], told[half]) for half in wanted)
    return all(told.get(name) is flag or name not in told and may_be_untold(name, flag) for name, flag in wanted.items())


def is_bare(attributes):
    return not any(attributes.values()) if set(attributes) == {"private", "public"} else not attributes


def fulfilled(change):
    """Why a change of applications is not done, or None"""
    op, told = change.op, change.told
    if op in (*COMING, "app.retire") and not change.installed:
        return "no application came or went"
    if op == "app.pin":
        silent = [app["name"] for app in change.plan["apps"] if app["name"] not in told]
        return f"no PIN of {silent[0]} was handed over" if silent else None
    if op == "app.retire":
        return None
    for name, wishes, without in planned(change.plan):
        for wish in () if without else wishes:
            found = told.get(name, {}).get(label(wish))
            wanted = "present" if wish["wished"] else "absent"
            if found is None or op != "app.check" and found["state"] != wanted:
                return f"{label(wish)} of {name} is not as it is wished"
    return None


def may_be_there(wish, found):
    return wish["wished"] or found != "absent"


def made_for(op, wish, known, key):
    """What a copy is for while its key is in use: one that is to do nothing for now comes back when its key is resumed"""
    if op in ("key.deliver", "key.publish", "key.promote", "manifest.apply"):
        return wish["usage"]
    lasts = wish["wished"] or key["state"] == "suspended" and op not in ("key.withdraw", "app.retire")
    return (wish["usage"] if known is None else known) if lasts else []


def settle(state, change, counts):
    """The end of a change. counts: it did something, so what it wished is wished where the keys came to allow it"""
    nothing = View(state.keys, {"op": "none"})
    for name, wishes, _ in planned(change.plan):
        app = state.apps.get(name)
        if app is None:
            continue
        told, copies = change.told.get(name, {}), dict(app.copies)
        for wish in wishes:
            at, before = label(wish), copies.get(label(wish))
            allowed = at in state.keys.by_label and (before and same(before[0], wish) or sound(wish, nothing) is None)
            now = wish if counts and allowed else before and before[0]
            if not now:
                continue
            found = told.get(at)
            fits = found and found["label"] == now["label"]
            fits = fits and (found["state"] != "present" or not now["wished"] or found["usage"] == now["usage"])
            known = before[2] if before else None
            as_before = change.op == "manifest.apply" and before and same(before[0], wish)
            made = made_for(change.op, now, known, state.keys.by_label[at]) if counts and now is wish and not as_before else known
            copies[at] = now, found["state"] if fits else "unproven", made
            if not may_be_there(*copies[at][:2]) and not made:
                del copies[at]
        in_order = sorted(copies, key=lambda at: (copies[at][0]["name"], copies[at][0]["version"]))
        state.apps[name] = App(app.entry, {at: copies[at] for at in in_order})

"""The records about applications: app.added, app.copies, app.pin, app.retired (docs/formats.md, 10)."""

from . import wishes
from .canonical import same
from .effects import change_of
from .keys import label
from .refusal import require


def _open(state, record):
    """The change that it is of: one that is cut off is told of by what recovers it"""
    change = change_of(state, record, "OUTCOME-INTENT")
    require(not change.outcomes, "OUTCOME-INTENT", "its change has an outcome already")
    return change


def _holders(state):
    """-> {role: {group, epoch}} of today"""
    held = {role: state.roster.holders([role])[0] for role in ("user", "so")}
    return {role: {"group": group["name"], "epoch": group["epoch"]} for role, group in held.items()}


def _check_pin(state, name, pin, generation):
    """Of a token that comes"""
    held = _holders(state)
    fits = pin["kind"] == "derived" and pin["generation"] == generation
    fits = fits and all(same(pin[role], held[role]) for role in held)
    require(fits, "APP-PIN", f"the PIN of {name} is not of generation {generation} and of the groups of now")


def added(state, record, _leaf):
    change, app = _open(state, record), record["app"]
    plan = change.plan
    coming = change.op in wishes.COMING and not change.installed
    require(coming, "APP-PLANNED", "no open change brings an application, or it comes twice")
    fits = all(plan["app"][name] == app[name] for name in ("name", "id"))
    if change.op == "app.adopt":
        fits = fits and same(plan["app"]["token"], app["token"])
    else:
        fits = fits and plan["app"]["label"] == app["token"]["label"]
    fits = fits and plan.get("recipients") == app.get("recipients")
    require(fits, "APP-PLANNED", f"{app['name']} is not what was planned")
    wishes.check_token_free(state, app["name"], wishes.place(app["token"]))
    if change.op == "app.adopt":
        require(app["pin"]["kind"] == "given", "APP-PIN", "its administrator gives the PIN")
    else:
        _check_pin(state, app["name"], app["pin"], 1)
        short = "characters" in app["pin"] and "short-pin" not in plan.get("accepted", [])
        require(not short, "APP-PIN", "the PIN is short, and nobody accepted that")
    before = state.apps.get(app["name"])
    kept = {
        at: (wish, "unproven" if wish["wished"] else "absent", made)
        for at, (wish, _, made) in (before.copies if before else {}).items()
        if wish["wished"] or made
    }
    state.apps[app["name"]] = wishes.App(app, kept)
    change.installed = True


def copies(state, record, _leaf):
    change, name = _open(state, record), record["app"]
    asked = [wanted for app, wanted, without in wishes.planned(change.plan) if app == name and not without]
    require(asked and name in state.apps, "APP-PLANNED", f"{name} is not in the plan, or was to be left out")
    told, view = change.told.setdefault(name, {}), wishes.View(state.keys, change.plan)
    for found in record["copies"]:
        at = label(found)
        wish = next((one for one in asked[0] if label(one) == at), None)
        require(wish and at not in told, "COPY-PLANNED", f"the plan speaks of no copy of {at}, or it comes twice")
        _check_found(found, wish, view.key(at))
        told[at] = found


def _check_found(found, wish, key):
    fits = key is not None and found["id"] == key["id"] and found["label"] == wish["label"]
    require(fits and not ("proof" in found and key["class"] == "pair"), "COPY-AS-PLANNED", f"{label(found)} is another")
    if found["state"] != "present":
        require(wishes.is_bare(found["attributes"]), "COPY-AS-PLANNED", "what is not proved has attributes")
        return
    right = found["usage"] == wish["usage"] or not wish["wished"]
    right = right and wishes.as_flags(wishes.flags_of(key, found["usage"]), found["attributes"])
    require(right, "COPY-AS-PLANNED", f"{label(found)} may do other things than planned")


def _follow(state, app, record):
    """The SO PIN of a token that was seen has followed the custodians, and nothing else has changed"""
    before, now = app.entry["pin"], record["pin"]
    fits = before["kind"] == "derived" and same(now, {**before, "so": _holders(state)["so"]}) and not same(now, before)
    require(fits, "APP-PIN", f"the SO PIN of {record['app']} has not followed, or more than that has changed")
    require("recipients" not in record and "file" not in record, "APP-PLANNED", "nothing is handed over")
    state.apps[record["app"]] = wishes.App({**app.entry, "pin": now}, app.copies)


def _check_given(state, name, now, generation):
    """What is handed over: a PIN that stays is of the shares that it was of, a new one of those of today"""
    before, held = state.apps[name].entry["pin"], _holders(state)
    fits = now["kind"] == "derived" and now["generation"] == generation
    fits = fits and any(same(now["so"], one) for one in (before["so"], held["so"]))
    user = before["user"] if fits and generation == before["generation"] else held["user"]
    require(fits and same(now["user"], user), "APP-PIN", f"the PIN of {name} is of other shares, or another generation")


def pin(state, record, _leaf):
    change, name = _open(state, record), record["app"]
    reached = [one for one, _, without in wishes.planned(change.plan) if not without]
    if name in state.apps and change.op not in ("app.pin", "app.check") and name in reached:
        _follow(state, state.apps[name], record)
        return
    asked = [app for app in change.plan["apps"] if app["name"] == name] if change.op == "app.pin" else []
    fits = asked and name not in change.told and change.plan.get("recipients") == record.get("recipients")
    require(fits, "APP-PLANNED", f"no PIN of {name} is handed over, or it was to be sealed for others")
    _check_given(state, name, record["pin"], asked[0]["generation"])
    change.told[name] = {}
    app = state.apps[name]
    entry = {member: value for member, value in app.entry.items() if member != "recipients"}
    given = {"recipients": record["recipients"]} if "recipients" in record else {}
    state.apps[name] = wishes.App({**entry, "pin": record["pin"], **given}, app.copies)


def retired(state, record, _leaf):
    change, name = _open(state, record), record["app"]
    ends = change.op == "app.retire" and change.plan["apps"][0]["name"] == name and name in state.apps
    require(ends, "APP-PLANNED", f"the plan is not of the end of {name}")
    given = state.apps[name].entry["pin"]["kind"] == "given"
    token = "lost" if "lost" in change.plan else "left" if given else "erased"
    require(record["token"] == token, "APP-PLANNED", f"the token was to be {token}")
    told = change.told.get(name, {})
    absent = [told.get(label(wish), {}).get("state") == "absent" for wish in change.plan["apps"][0]["copies"]]
    require(token != "left" or all(absent), "APP-PLANNED", "copies are on a token that is left")
    del state.apps[name]
    change.installed = True

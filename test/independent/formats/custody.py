"""From shares back to group secrets, proven by the roster of a verified ledger (docs/formats.md, 2 and 6)."""

import hmac

from . import derive, openssl, shamir
from .encoding import b64, unb64
from .refusal import Refused, require
from .roster import keys_of


def owner(state, share):
    """-> (group, epoch, custodian) of a share, searched in every roster that the ledger ever had"""
    key = b64(share.key)
    for (group, epoch), described in state.history.items():
        for name, theirs in keys_of(described).items():
            if theirs == key:
                return group, epoch, name
    raise Refused("SHARE-FOREIGN", "the share belongs to no custodian of this partition")


def secret_of(state, shares):
    """shares of one group and epoch -> (group, epoch, secret), checked against the roster"""
    require(shares, "SHARE-FEW", "no share was given")
    places = {owner(state, share)[:2] for share in shares}
    require(len(places) == 1, "SHARE-MIXED", f"the shares are of different sets: {sorted(places)}")
    place = places.pop()
    described = state.history[place]
    count = len({share.point for share in shares})
    require(count >= described["threshold"], "SHARE-FEW", f"{count} of {described['threshold']} shares")
    secret = shamir.combine([share.point for share in shares])
    check = derive.check_value(secret, state.partition)
    require(hmac.compare_digest(check, unb64(described["check"])), "SHARE-CHECK", "the check value differs")
    return (*place, secret)


def secret_at(state, shares, group, epoch):
    """The secret that `group` had at `epoch`, from shares of that epoch or a later one over its bridges"""
    owner_group, present, secret = secret_of(state, shares)
    require(owner_group == group, "SHARE-GROUP", f"the shares are of {owner_group}, wanted is {group}")
    require(present >= epoch, "SHARE-RETIRED", f"shares of epoch {present} do not open epoch {epoch}")
    while present > epoch:
        present, secret = _cross(state, group, present, secret)
    require(present == epoch, "BRIDGE", f"no bridge leads to epoch {epoch} of {group}")
    return secret


def _cross(state, group, epoch, secret):
    """One bridge back -> (the epoch that was in force before, its secret)"""
    before, blob = state.bridges.get((group, epoch), (None, None))
    require(blob is not None, "BRIDGE", f"no bridge leads from epoch {epoch} of {group} to the one before")
    older = openssl.kwp_unwrap(derive.bridge_key(secret, state.partition, epoch), blob)
    check = state.history.get((group, before), {}).get("check")
    agrees = check and hmac.compare_digest(derive.check_value(older, state.partition), unb64(check))
    require(agrees, "BRIDGE", f"the bridge of epoch {epoch} opens, and the secret is not the old one")
    return before, older


def group_with(roster, role):
    """-> the group object that holds the role"""
    return roster.holders([role])[0]


def application_of(state, name):
    """-> one whose PINs come of shares"""
    app = state.apps.get(name)
    require(app is not None and app.entry["pin"]["kind"] == "derived", "APP-KNOWN", f"{name} has no PIN of shares")
    return app


def application_pin(state, shares, role, name):
    """The PIN of the token of an application, from shares of the group that held the role when it was made"""
    app = application_of(state, name)
    pin, app_id = app.entry["pin"], app.entry["id"]
    secret = secret_at(state, shares, pin[role]["group"], pin[role]["epoch"])
    return derive.app_pin(secret, state.partition, role, app_id, pin["generation"], pin.get("characters", 24))


def secret_for(state, shares, role):
    """The secret of the group that holds `role` from which the PIN of the token was made"""
    group = group_with(state.roster, role)
    name, epoch, secret = secret_of(state, shares)
    require(name == group["name"], "SHARE-GROUP", f"{role} is held by {group['name']}, the shares are of {name}")
    require(epoch == group["epoch"], "SHARE-RETIRED", f"the shares are of epoch {epoch}, present is {group['epoch']}")
    return secret_at(state, shares, name, state.sets.pins[role])

"""Groups, their custodians, and the signatures that custodians give (docs/formats.md, 3 and 6)."""

from . import shape
from .ed25519 import is_sound
from .encoding import unb64
from .publickey import verify_raw_ed25519
from .refusal import require

ROLES = ("so", "user", "recovery")
CUSTODIAN = shape.members({"name": shape.NAME, "key": shape.binary(32)})
GROUP = shape.members(
    {
        "name": shape.NAME,
        "roles": shape.listed(shape.one_of(*ROLES), 1),
        "threshold": shape.integer(1),
        "epoch": shape.integer(1),
        "check": shape.binary(16),
        "custodians": shape.listed(CUSTODIAN, 1),
    }
)
GROUPS = shape.listed(GROUP, 1)
VOICE = {
    "group": shape.NAME,
    "epoch": shape.integer(1),
    "key": shape.binary(32),
    "value": shape.binary(64),
}


class Roster:
    """The groups [{name, roles, threshold, epoch, check, custodians: [{name, key}]}] of one moment."""

    def __init__(self, groups):
        self.groups = groups
        self.by_name = {group["name"]: group for group in groups}
        _check_names(self)
        _check_roles(self)
        _check_thresholds(groups)

    def holders(self, roles):
        """The groups that hold one of the roles. A role is held where it is written: the power that `so` has
        over the other roles (docs/formats.md, 6) bounds thresholds and adds no group to an operation's needs."""
        return [group for group in self.groups if set(group["roles"]) & set(roles)]

    def needs(self, roles):
        """-> [{group, epoch, threshold}]"""
        return [need(group) for group in self.holders(roles)]

    def index(self):
        """-> {(group, epoch): {custodian: key text}}"""
        return {(group["name"], group["epoch"]): keys_of(group) for group in self.groups}


def need(group):
    return {"group": group["name"], "epoch": group["epoch"], "threshold": group["threshold"]}


def keys_of(group):
    return {custodian["name"]: custodian["key"] for custodian in group["custodians"]}


def _check_names(roster):
    require(len(roster.by_name) == len(roster.groups), "ROSTER-NAMES", "two groups have one name")
    keys = [custodian["key"] for group in roster.groups for custodian in group["custodians"]]
    require(len(set(keys)) == len(keys), "ROSTER-KEYS", "one approval key stands twice in the roster")
    sound = all(is_sound(unb64(key)) for key in keys)
    require(sound, "ROSTER-KEYS", "an approval key is of small order, or not in its one spelling")
    for group in roster.groups:
        distinct = len(keys_of(group)) == len(group["custodians"])
        require(distinct, "ROSTER-NAMES", f"two custodians of {group['name']} have one name")


def _check_roles(roster):
    held = sorted(role for group in roster.groups for role in group["roles"])
    require(held == sorted(ROLES), "ROSTER-ROLES", "each of so, user, recovery is held by exactly one group")


def _check_thresholds(groups):
    for group in groups:
        fits = 2 <= group["threshold"] <= len(group["custodians"]) <= 255
        require(fits, "ROSTER-THRESHOLD", f"{group['name']}: 2 <= M <= N <= 255 does not hold")
    strongest = max(group["threshold"] for group in groups)
    weak = [group["name"] for group in groups if "so" in group["roles"] and group["threshold"] < strongest]
    require(not weak, "ROSTER-SO", "the group with so has a threshold below another's")


def check_first_epochs(roster):
    for group in roster.groups:
        require(group["epoch"] == 1, "ROSTER-EPOCH", f"{group['name']} does not begin with epoch 1")


def hear(voices, index, message_of, rule):
    """Check signatures of custodians -> {(group, epoch): {names}}.

    voices: [{custodian, group, epoch, key, value}]; index: see Roster.index;
    message_of: voice -> the bytes that it signs; rule: how the rules' names begin
    """
    heard = {place: set() for place in index}
    for voice in voices:
        who, place = voice["custodian"], (voice["group"], voice["epoch"])
        require(place in index, f"{rule}-EPOCH", f"{who}: {place[0]} has no epoch {place[1]} here")
        require(who in index[place], f"{rule}-STRANGER", f"{who} is no custodian of {place[0]}")
        require(who not in heard[place], f"{rule}-TWICE", f"{who} of {place[0]} stands twice")
        require(voice["key"] == index[place][who], f"{rule}-KEY", f"the key is not {who}'s")
        sound = verify_raw_ed25519(unb64(voice["key"]), message_of(voice), unb64(voice["value"]))
        require(sound, f"{rule}-VALUE", f"the signature of {who} is wrong")
        heard[place].add(who)
    return heard


def require_enough(heard, needs, rule):
    for wanted in needs:
        count = len(heard.get((wanted["group"], wanted["epoch"]), ()))
        told = f"{count} of {wanted['threshold']} approvals of {wanted['group']}"
        require(count >= wanted["threshold"], f"{rule}-FEW", told)

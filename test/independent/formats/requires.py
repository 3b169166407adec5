"""What the script of a ceremony requires before it begins: whom it keeps apart, its clock, its rehearsal (docs/formats.md, 17)."""

import re
from datetime import datetime, timedelta

from .canonical import dumps
from .encoding import pae, unb64
from .journal import is_signed
from .period import after
from .publickey import PublicKey

LENGTH = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", re.ASCII)


def moment(text):
    return datetime.fromisoformat(text.removesuffix("Z"))


def broken(script, site, opened, stations):
    """the rules that its beginning breaks"""
    requires = script.get("requires", {})
    is_real = opened["mode"] == "real"
    if any(set(pair) <= set(person["roles"]) for pair in requires.get("separate", []) for person in site["people"]):
        yield "CEREMONY-SEPARATE"
    if is_real and "clock" in requires and not is_near(opened.get("clock"), requires["clock"]):
        yield "CEREMONY-CLOCK"
    told = opened.get("rehearsal")
    lacks = is_real and "rehearsal" in requires
    if not is_rehearsed(told, opened, stations, requires.get("rehearsal")) if told else lacks:
        yield "CEREMONY-REHEARSED"


def is_near(clock, most):
    hours, minutes, seconds = (int(part or 0) for part in LENGTH.fullmatch(most).groups())
    bound = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return clock is not None and abs(moment(clock["host"]) - moment(clock["wall"])) <= bound


def is_rehearsed(told, opened, stations, period):
    """Of this script, by one of these stations, on a twin, before it, and not longer ago than it may be"""
    said = told["rehearsal"]
    began, ended = moment(opened["time"]), moment(said["ended"])
    fits = said["script"] == opened["script"] and ended <= began
    known = said["key"]["id"] in stations and said["partition"] != opened["partition"]
    recent = period is None or after(ended, period) >= began
    message = pae("application/vnd.keyrite.rehearsal+json", dumps(said))
    return fits and known and recent and is_signed(PublicKey(said["key"]), message, unb64(told["value"]))

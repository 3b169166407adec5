"""Shapes that plans and records share."""

from . import shape
from .refusal import require

SIGNING_KEY = shape.members(
    {"id": shape.hexadecimal(8), "alg": shape.one_of("ES256", "EdDSA", "PS256"), "spki": shape.binary()}
)
VERSION = shape.match(r"(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})", "a version like 2.6")
TOKEN = shape.members(
    {
        **{name: shape.text for name in ("serial", "label", "manufacturer", "model")},
        **{name: VERSION for name in ("firmware", "hardware")},
    }
)
HOST = shape.members({"user": shape.text, "name": shape.text})
STATION = shape.members({"name": shape.STATION_NAME, "key": SIGNING_KEY})
TOOL = shape.members({"name": shape.text, "version": shape.text}, {"sha256": shape.hexadecimal(32)})
LEAF = shape.binary(32)
HEAD = shape.members({"seq": shape.integer(), "leaf": LEAF})
MODULE = shape.members({"path": shape.text, "sha256": shape.hexadecimal(32)})
SPARE = shape.members({"slot": shape.integer(), "module": MODULE})
SOURCE = shape.members({"name": shape.text, "sha256": shape.hexadecimal(32), "seq": shape.integer()})
ARTEFACTS = shape.listed(
    shape.members({"name": shape.text, "sha256": shape.hexadecimal(32), "bytes": shape.integer(1)})
)


def token_label(value, where):
    shape.text(value, where)
    require(0 < len(value.encode()) <= 32, "SHAPE", f"{where} is no label of a token")

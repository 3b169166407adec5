"""Shapes that plans and records share."""

from . import shape

SIGNING_KEY = shape.members(
    {"id": shape.hexadecimal(8), "alg": shape.one_of("ES256", "EdDSA", "PS256"), "spki": shape.binary()}
)
TOKEN = shape.members({name: shape.text for name in ("serial", "label", "manufacturer", "model")})
LEAF = shape.binary(32)
ARTEFACTS = shape.listed(
    shape.members({"name": shape.text, "sha256": shape.hexadecimal(32), "bytes": shape.integer(1)})
)

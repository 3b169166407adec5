"""What goes out of a token in a file: which signatures a key makes, and where a key may go, by which method (docs/formats.md, 6)."""

import re

from . import publickey
from .encoding import unb64
from .refusal import Refused, require

SCHEMES = {"ec": ("ecdsa",), "rsa": ("rsa-pkcs1", "rsa-pss"), "ed25519": ("ed25519",), "ml": ("ml-dsa",)}
HASH_BYTES = {"sha1": 20, "sha224": 28, "sha256": 32, "sha384": 48, "sha512": 64}
KEY_BYTES = {
    "aes-128": 16,
    "aes-192": 24,
    "aes-256": 32,
    "hmac-sha256": 32,
    "hmac-sha384": 48,
    "hmac-sha512": 64,
    "tdes-168": 24,
    "tdes-112": 16,
}
GOOGLE = r"aes-(128|256)|hmac-.*|rsa-.*|ec-p(256|384)"
AES_AND_PAIRS = r"(aes|rsa|ec)-.*"
ANY = r"(?!ml-).*"
NO_DES = r"(?!tdes|ml-).*"
KEY_VAULT = r"https://[A-Za-z0-9.-]+/keys/[A-Za-z0-9-]+/[0-9a-f]{32}"
MANAGED_HSM = r"https://[A-Za-z0-9-]+\.managedhsm\..*"


def check_signature(plan):
    kind, scheme = plan["keys"][0]["type"], plan["scheme"]
    ways = SCHEMES.get(kind.split("-")[0], ())
    whole = "source" in plan or scheme in ("ecdsa", "rsa-pkcs1")
    whole = whole and (scheme not in ("ed25519", "ml-dsa") or plan["digest"]["hash"] == "sha512")
    require(scheme in ways and whole, "PLAN-COMPLETE", f"{kind} makes no such signature")


def method(destination, name):
    """-> (direct, hash, types, bits or None); None where that place has no such method"""
    spelled = re.fullmatch(r"sha(1|224|256|384|512)", name.lower())
    if destination == "vault" and name.startswith("SHA") and spelled:
        return False, name.lower(), NO_DES, 4096
    if destination in ("rsa-aes", "oaep") and name.startswith("sha") and spelled:
        return destination == "oaep", name, "(aes|hmac|tdes)-.*" if destination == "oaep" else ANY, None
    if destination == "azure" and name == "RSA_AES_KEY_WRAP":
        return False, "sha1", AES_AND_PAIRS, None
    if destination == "oci" and name == "RSA_OAEP_AES_SHA256":
        return False, "sha256", AES_AND_PAIRS, None
    found = destination == "aws" and re.fullmatch(r"(RSAES_OAEP|RSA_AES_KEY_WRAP)_SHA_(1|256)", name)
    if found:
        direct = found[1] == "RSAES_OAEP"
        return direct, "sha" + found[2], "aes-256|hmac-.*" if direct else "(rsa|ec)-.*", None
    found = destination == "google" and re.fullmatch(r"RSA_OAEP_(3072|4096)_SHA(1|256)(_AES_256)?", name)
    if found and (found[3] or found[2] == "256"):
        return not found[3], "sha" + found[2], GOOGLE if found[3] else "aes-256|hmac-sha256", int(found[1])
    return None


BLOCK_LETTERS = {
    "D0": ("encrypt", "decrypt", "BED", ("aes", "tdes")),
    "K0": ("wrap", "unwrap", "BED", ("aes", "tdes")),
    "M6": ("sign", "verify", "CGV", ("aes",)),
    "M7": ("sign", "verify", "CGV", ("hmac",)),
}
HASH_CODES = {"sha256": "21", "sha384": "22", "sha512": "23"}


def _is_header_of(header, key):
    """A key block of version D (ANSI X9.143): its header, with the hash of an HMAC key, and how long the whole is"""
    family, _, size = key["type"].partition("-")
    if key["type"] not in KEY_BYTES:
        return False
    algorithm, longest = {"aes": ("A", 32), "tdes": ("T", 24), "hmac": ("H", KEY_BYTES[key["type"]])}[family]
    optional = "HM06" + HASH_CODES[size] + "PB0A000000" if family == "hmac" else ""
    length = f"D{16 + len(optional) + 2 * ((2 + longest + 15) // 16 * 16 + 16):04}"
    end = ("02" if optional else "00") + "00" + optional
    for use, (first, second, modes, families) in BLOCK_LETTERS.items():
        for mode, usage in zip(modes, ([first, second], [first], [second])):
            if family in families and usage == key["usage"]:
                return header in {f"{length}{use}{algorithm}{mode}00{letter}{end}" for letter in "NES"}
    return False


def check_protector(plan, keys):
    """A key block is under an active AES key that was made to wrap, or to unwrap what comes, and is as strong as an AES key in it"""
    use, block = "wrap", plan.get("blocks")
    if plan["op"] == "key.import":
        use, block = "unwrap", plan["keys"][0]["origin"].get("block")
    if block is None:
        return
    key = keys.by_label.get(block["under"], {"type": "", "state": "", "usage": []})
    sound = key["type"].startswith("aes") and key["state"] == "active" and use in key["usage"]
    inner = [KEY_BYTES[one["type"]] for one in plan["keys"] if one["type"].startswith("aes")]
    sound = sound and max(inner, default=0) <= KEY_BYTES[key["type"]]
    require(sound, "BLOCK-KEY", f"{block['under']} may not protect a key block")


def check_export(plan):
    names = [path.split("/")[-1] for path in plan["files"]]
    require(len(set(names)) == len(names) == len(plan["keys"]), "PLAN-COMPLETE", "each key goes into a file of its own")
    clear, software = (word in plan.get("accepted", []) for word in ("clear-on-host", "software-key"))
    require(not software or plan["for"] in ("azure", "google"), "PLAN-COMPLETE", "what it accepts does not happen")
    if "blocks" in plan:
        sound = clear and plan["for"] == "key-block" and plan["method"] == "D"
        sound = sound and not {"wrappingKey", "ephemeral", "pads"} & set(plan)
        headers = plan["blocks"]["headers"]
        sound = sound and len(headers) == len(plan["keys"]) and all(map(_is_header_of, headers, plan["keys"]))
        require(sound, "PLAN-COMPLETE", "it is no plan to export key blocks")
        return
    require("wrappingKey" in plan and not clear, "PLAN-COMPLETE", "it does not say under which key, or accepts what does not happen")
    place, key = plan["for"], plan["wrappingKey"]
    way = method(place, plan["method"])
    require(way is not None, "PLAN-COMPLETE", f"{place} has no method {plan['method']}")
    direct, digest, types, wanted = way
    try:
        bits = publickey.rsa_numbers(unb64(key["spki"]))[0].bit_length()
    except Refused:
        raise Refused("PLAN-COMPLETE", "its wrapping key is none that is strong enough") from None
    require(wanted in (None, bits), "PLAN-COMPLETE", f"the wrapping key has {bits} bits, not {wanted}")
    room = bits // 8 - 2 * HASH_BYTES[digest] - 2
    for kind in {target["type"] for target in plan["keys"]}:
        require(re.fullmatch(types, kind), "PLAN-COMPLETE", f"{place} takes no {kind} so")
        require(not direct or room >= KEY_BYTES[kind] and "ephemeral" not in plan, "PLAN-COMPLETE", "it can't be wrapped directly so")
        if place == "azure":
            require(re.fullmatch(KEY_VAULT, key.get("kid", "")), "PLAN-COMPLETE", "Azure wants the URL of its wrapping key")
            hsm = not kind.startswith("aes") or re.fullmatch(MANAGED_HSM, key["kid"])
            require(hsm, "PLAN-COMPLETE", "a secret key goes to a managed HSM alone")

"""What a certification authority signs (docs/formats.md, 6): certificates and revocation lists, written in DER from the fields of a plan, and held against its hash."""

import hashlib
import ipaddress
import re

from . import shape
from .der import element
from .encoding import unb64
from .keys import label
from .refusal import require

ALGORITHMS = {
    "ecdsa-sha256": ("1.2.840.10045.4.3.2", "ec-p256"),
    "ecdsa-sha384": ("1.2.840.10045.4.3.3", "ec-p384"),
    "ecdsa-sha512": ("1.2.840.10045.4.3.4", "ec-p521"),
    "rsa-sha256": ("1.2.840.113549.1.1.11", "rsa-"),
    "ed25519": ("1.3.101.112", "ed25519"),
}
USAGES = ("digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement", "keyCertSign", "cRLSign")
REASONS = {
    "unspecified": 0,
    "keyCompromise": 1,
    "cACompromise": 2,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "certificateHold": 6,
    "privilegeWithdrawn": 9,
    "aACompromise": 10,
}
# Types of a name: the identifier, the tag of the string, how long it may be.
ATTRIBUTES = {
    "CN": ("2.5.4.3", 0x0C, 64),
    "SERIALNUMBER": ("2.5.4.5", 0x13, 64),
    "C": ("2.5.4.6", 0x13, 2),
    "L": ("2.5.4.7", 0x0C, 128),
    "ST": ("2.5.4.8", 0x0C, 128),
    "STREET": ("2.5.4.9", 0x0C, 128),
    "O": ("2.5.4.10", 0x0C, 64),
    "OU": ("2.5.4.11", 0x0C, 64),
    "UID": ("0.9.2342.19200300.100.1.1", 0x0C, 256),
    "DC": ("0.9.2342.19200300.100.1.25", 0x16, 63),
}
GENERAL = {"EMAIL": 0x81, "DNS": 0x82, "URI": 0x86, "IP": 0x87}

SERIAL = shape.match("(?!00)([0-9a-f]{2}){1,19}|[0-7][0-9a-f]([0-9a-f]{2}){19}", "a serial number")
KEY_ID = shape.match("([0-9a-f]{2}){1,64}", "a key identifier")
OID = shape.match(r"[0-2](\.(0|[1-9]\d{0,17})){1,20}", "an object identifier")
URI = shape.match(r"(https?|ldap)://[\x21-\x7e]{1,1000}", "a URI")


def second(value, where):
    shape.moment(value, where)
    require(value.endswith(".000Z"), "SHAPE", f"{where} is no whole second")


def kinds(*known):
    return shape.ordered(shape.match(f"(?s:({'|'.join(known)}):.*)", "a name of a certificate"), 1)


CERTIFICATE = shape.members(
    {
        "serial": SERIAL,
        "algorithm": shape.one_of(*ALGORITHMS),
        "issuer": shape.text,
        "notBefore": second,
        "notAfter": second,
        "subject": shape.text,
        "spki": shape.binary(),
        "subjectKeyId": KEY_ID,
        "authorityKeyId": KEY_ID,
        "ca": shape.boolean,
        "keyUsage": shape.ordered(shape.one_of(*USAGES), 1, USAGES),
    },
    {
        "pathLength": shape.integer(),
        "extendedKeyUsage": shape.ordered(OID, 1),
        "names": kinds("DNS", "EMAIL", "IP", "URI"),
        "permitted": kinds("DNS", "EMAIL", "IP"),
        "excluded": kinds("DNS", "EMAIL", "IP"),
        "policies": shape.ordered(OID, 1),
        "crlAt": shape.ordered(URI, 1),
        "ocspAt": shape.ordered(URI, 1),
        "issuerAt": shape.ordered(URI, 1),
    },
    exact=True,
)
REVOKED = shape.members(
    {"serial": SERIAL, "date": second, "reason": shape.one_of(*REASONS)}, {"elsewhere": shape.yes, "corrects": shape.integer(1)}, exact=True
)
CRL = shape.members(
    {
        "algorithm": shape.one_of(*ALGORITHMS),
        "issuer": shape.text,
        "authorityKeyId": KEY_ID,
        "thisUpdate": second,
        "nextUpdate": second,
        "number": shape.integer(1),
        "revoked": shape.listed(REVOKED),
    },
    exact=True,
)
SIGNED = {"file": shape.text, "tbs": shape.hexadecimal(32)}
UNDER = {"under": shape.hexadecimal(32)}
REQUEST = shape.members({"path": shape.text, "sha256": shape.hexadecimal(32)}, exact=True)
OWN = {
    "cert.root": {**SIGNED, "certificate": CERTIFICATE},
    "cert.issue": {**SIGNED, **UNDER, "certificate": CERTIFICATE, "request": REQUEST},
    "cert.crl": {**SIGNED, **UNDER, "crl": CRL},
}


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 0x80:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts):
    return der(0x30, *parts)


def number(value):
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second_, *rest = (int(one) for one in text.split("."))
    out = b""
    for value in (first * 40 + second_, *rest):
        septets = [value & 0x7F]
        while value := value >> 7:
            septets.append(value & 0x7F | 0x80)
        out += bytes(reversed(septets))
    return der(0x06, out)


def name(text):
    """RFC 4514: the last part comes first in ASN.1"""
    return seq(*reversed([der(0x31, _pair(part)) for part in _split(text, ",")]))


def exact_name(text):
    """The same of the name of whoever signs, in which what is not written here as it stands there is in hex, and a part may have several values."""
    parts = [der(0x31, *(_exact_pair(pair) for pair in _split(part, "+"))) for part in _split(text, ",")]
    return seq(*reversed(parts))


def _exact_pair(pair):
    found = re.fullmatch(r"([A-Z]+|\d+(?:\.\d+)+)=#((?:[0-9a-f]{2})+)", pair)
    if not found:
        return _pair(pair)
    kind, data = found[1], bytes.fromhex(found[2])
    require(len(data) > 1 and element(data, data[0], "PLAN-COMPLETE")[1] == b"", "PLAN-COMPLETE", f"{pair} is no DER")
    identifier, tag, most = ATTRIBUTES.get(kind, (kind, None, 0))
    letters = rb"[A-Z]{2}" if kind == "C" else rb"[A-Za-z0-9 '()+,./:=?-]+" if tag == 0x13 else rb"[\x20-\x7e]+"
    plain = data[0] == tag and len(data) - 2 <= most and re.fullmatch(letters, data[2:])
    known = kind[0].isdigit() and any(kind == one for one, _, _ in ATTRIBUTES.values())
    require(not plain and not known, "PLAN-COMPLETE", f"{pair} has another spelling")
    return seq(oid(identifier), data)


def _pair(part):
    kind, _, value = part.partition("=")
    identifier, tag, most = ATTRIBUTES[kind]
    value = re.sub(r"\\(.)", r"\1", value, flags=re.S)
    require(part == f"{kind}={_escaped(value)}", "PLAN-COMPLETE", f"{part} has another spelling")
    # Bounds of X.520 count as UTF-16 does.
    require(0 < len(value.encode("utf-16-le")) // 2 <= most, "PLAN-COMPLETE", f"{kind} is too long, or empty")
    return seq(oid(identifier), der(tag, value.encode()))


def _escaped(value):
    value = re.sub(r'[,+"\\<>;]', r"\\\g<0>", value)
    value = re.sub(r"^[# ]", r"\\\g<0>", value)
    return re.sub(r"(?<!\\) $", r"\\ ", value)


def _split(text, at):
    parts, signs = [""], re.findall(r"\\.|.", text, flags=re.S)
    for sign in signs:
        if sign == at:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def algorithm(which):
    return seq(oid(ALGORITHMS[which][0]), b"\x05\x00" if which.startswith("rsa") else b"")


def time(text):
    digits = re.sub(r"[-T:]", "", text[:19]) + "Z"
    return der(0x17, digits[2:].encode()) if "1950" <= text < "2050" else der(0x18, digits.encode())


def extension(identifier, critical, value):
    return seq(oid(identifier), b"\x01\x01\xff" if critical else b"", der(0x04, value))


def general(text, constraint=False):
    kind, _, value = text.partition(":")
    if kind != "IP":
        require(not constraint or kind == "EMAIL" or value == value.lower(), "PLAN-COMPLETE", f"{text} has another spelling")
        return der(GENERAL[kind], value.encode("ascii"))
    net = ipaddress.ip_network(value)
    packed = net.network_address.packed
    spelled = ".".join(map(str, packed))
    if len(packed) == 16:
        spelled = ":".join(f"{int.from_bytes(packed[i : i + 2], 'big'):x}" for i in range(0, 16, 2))
    spelled += f"/{net.prefixlen}" if constraint else ""
    require(value == spelled, "PLAN-COMPLETE", f"{value} has another spelling, {spelled}")
    return der(GENERAL[kind], packed + (net.netmask.packed if constraint else b""))


def key_usage(usage):
    bits = "".join("1" if one in usage else "0" for one in USAGES).rstrip("0")
    return der(0x03, bytes([8 - len(bits), int(bits.ljust(8, "0"), 2)]))


def authority(key_id):
    return extension("2.5.29.35", False, seq(der(0x80, bytes.fromhex(key_id))))


def extensions(cert):
    basic = (b"\x01\x01\xff" if cert["ca"] else b"") + (number(cert["pathLength"]) if "pathLength" in cert else b"")
    trees = [(0xA0, "permitted"), (0xA1, "excluded")]
    trees = [der(tag, *(seq(general(one, True)) for one in cert[member])) for tag, member in trees if member in cert]
    access = [seq(oid("1.3.6.1.5.5.7.48.1"), general("URI:" + at)) for at in cert.get("ocspAt", [])]
    access += [seq(oid("1.3.6.1.5.5.7.48.2"), general("URI:" + at)) for at in cert.get("issuerAt", [])]
    some = [
        ("2.5.29.32", False, [seq(oid(one)) for one in cert.get("policies", [])]),
        ("2.5.29.17", False, [general(one) for one in cert.get("names", [])]),
        ("2.5.29.30", True, trees),
        ("2.5.29.31", False, [seq(der(0xA0, der(0xA0, general("URI:" + at)))) for at in cert.get("crlAt", [])]),
        ("1.3.6.1.5.5.7.1.1", False, access),
    ]
    purposes = [oid(one) for one in cert.get("extendedKeyUsage", [])]
    return seq(
        extension("2.5.29.19", True, seq(basic)),
        extension("2.5.29.15", True, key_usage(cert["keyUsage"])),
        extension("2.5.29.37", False, seq(*purposes)) if purposes else b"",
        extension("2.5.29.14", False, der(0x04, bytes.fromhex(cert["subjectKeyId"]))),
        authority(cert["authorityKeyId"]),
        *(extension(identifier, critical, seq(*values)) for identifier, critical, values in some if values),
    )


def certificate_info(cert):
    """TBSCertificate"""
    return seq(
        der(0xA0, number(2)),
        number(int(cert["serial"], 16)),
        algorithm(cert["algorithm"]),
        exact_name(cert["issuer"]),
        seq(time(cert["notBefore"]), time(cert["notAfter"])),
        name(cert["subject"]),
        unb64(cert["spki"]),
        der(0xA3, extensions(cert)),
    )


def crl_info(crl):
    """TBSCertList"""
    entries = []
    for one in crl["revoked"]:
        why = extension("2.5.29.21", False, der(0x0A, bytes([REASONS[one["reason"]]])))
        why = b"" if one["reason"] == "unspecified" else seq(why)
        entries.append(seq(number(int(one["serial"], 16)), time(one["date"]), why))
    return seq(
        number(1),
        algorithm(crl["algorithm"]),
        exact_name(crl["issuer"]),
        time(crl["thisUpdate"]),
        time(crl["nextUpdate"]),
        seq(*entries) if entries else b"",
        der(0xA0, seq(authority(crl["authorityKeyId"]), extension("2.5.29.20", False, number(crl["number"])))),
    )


def check_fields(plan):
    """What a plan says by itself"""
    key, op = plan["keys"][0], plan["op"]
    what = plan["crl"] if op == "cert.crl" else plan["certificate"]
    require(key["type"].startswith(ALGORITHMS[what["algorithm"]][1]), "PLAN-COMPLETE", "its key does not sign so")
    if op == "cert.crl":
        numbers = [int(one["serial"], 16) for one in what["revoked"]]
        require(numbers == sorted(set(numbers)), "SHAPE", "its entries are not in order")
        fits = what["thisUpdate"] < what["nextUpdate"] and all(one["date"] <= what["thisUpdate"] for one in what["revoked"])
        require(fits, "PLAN-COMPLETE", "its times do not fit each other")
    else:
        _check_certificate(what, op, key)
    _check_hash(plan, crl_info if op == "cert.crl" else certificate_info, what)


def _check_hash(plan, write, fields):
    """Of the bytes that are signed, as `write` makes them"""
    try:
        info = write(fields)
    except (KeyError, ValueError) as wrong:
        require(False, "PLAN-COMPLETE", f"its fields can't be written: {wrong}")
    require(hashlib.sha256(info).hexdigest() == plan["tbs"], "PLAN-COMPLETE", "its hash is not of what its fields make")


def request_info(plan):
    """CertificationRequestInfo"""
    names = [general(one) for one in plan.get("names", [])]
    wanted = seq(oid("1.2.840.113549.1.9.14"), der(0x31, seq(extension("2.5.29.17", False, seq(*names)))))
    return seq(number(0), name(plan["subject"]), unb64(plan["spki"]), der(0xA0, wanted if names else b""))


def check_request(plan):
    digest = hashlib.sha256(unb64(plan["spki"])).hexdigest()
    require(plan["keys"][0].get("fingerprint") == f"sha256:{digest}", "PLAN-COMPLETE", "it is of another key than the one that signs")
    _check_hash(plan, request_info, plan)


def _check_certificate(cert, op, key):
    own = "sha256:" + hashlib.sha256(unb64(cert["spki"])).hexdigest() == key.get("fingerprint")
    ca = cert["ca"]
    fits = own == (op == "cert.root") and cert["notBefore"] < cert["notAfter"]
    fits = fits and ca == ("keyCertSign" in cert["keyUsage"])
    fits = fits and (ca or not {"pathLength", "permitted", "excluded"} & set(cert))
    if op == "cert.root":
        fits = fits and ca and cert["issuer"] == cert["subject"] and cert["subjectKeyId"] == cert["authorityKeyId"]
    require(fits, "PLAN-COMPLETE", "the fields of its certificate do not fit each other")


class Issued:
    """What the keys of a partition have issued and taken back.

    serials  {serial: (label of the key that signed, notAfter)} of every certificate that was announced
    numbers  {label: the highest number of a list that was announced}
    lists    {label: [(leaf of the intent, its list)]} of lists that were written, or may have been
    """

    def __init__(self):
        self.serials, self.numbers, self.lists = {}, {}, {}

    def check(self, plan):
        if plan["op"] not in OWN:
            return
        check_fields(plan)
        if plan["op"] != "cert.crl":
            require(plan["certificate"]["serial"] not in self.serials, "CERT-SERIAL", "its serial number was used before")
            return
        crl, signer = plan["crl"], label(plan["keys"][0])
        require(crl["number"] > self.numbers.get(signer, 0), "CRL-NUMBER", "an earlier list has its number, or a higher one")
        for one in crl["revoked"]:
            known = self.serials.get(one["serial"])
            fits = known is not None and known[0] == signer if "elsewhere" not in one else known is None
            require(fits, "CRL-KNOWN", f"{one['serial']} was issued by another, or by nobody")
        for _, before in self.lists.get(signer, [])[-1:]:
            for one in before["revoked"]:
                require(self._kept(one, before, crl), "CRL-KEEPS", f"{one['serial']} is revoked no more, or otherwise")
        corrected = [one for one in crl["revoked"] if "corrects" in one]
        last = self.lists[signer][-1][1] if self.lists.get(signer) else None
        require(all(self._corrects(one, last) for one in corrected), "CRL-KEEPS", "it corrects nothing")
        require(not corrected or "reason" in plan, "CRL-KEEPS", "it corrects a list, and does not say why")

    def _corrects(self, now, before):
        old = [one for one in (before or {"revoked": []})["revoked"] if one["serial"] == now["serial"]]
        said = [(one["date"], one["reason"]) for one in (*old, now)]
        return len(old) == 1 and now.get("corrects") == before["number"] and said[0] != said[1]

    def _kept(self, one, before, crl):
        if one["reason"] == "certificateHold":
            return True
        now = [new for new in crl["revoked"] if new["serial"] == one["serial"]]
        if now:
            same = (now[0]["date"], now[0]["reason"]) == (one["date"], one["reason"])
            return same or self._corrects(now[0], before)
        return one["serial"] in self.serials and before["thisUpdate"] > self.serials[one["serial"]][1]

    def begin(self, plan, leaf):
        if plan["op"] not in OWN:
            return
        signer = label(plan["keys"][0])
        if plan["op"] == "cert.crl":
            self.numbers[signer] = plan["crl"]["number"]
            self.lists.setdefault(signer, []).append((leaf, plan["crl"]))
        else:
            self.serials[plan["certificate"]["serial"]] = (signer, plan["certificate"]["notAfter"])

    def settle(self, plan, leaf, nothing):
        """nothing: of what was planned nothing was written"""
        if plan["op"] == "cert.crl" and nothing:
            signer = label(plan["keys"][0])
            self.lists[signer] = [one for one in self.lists[signer] if one[0] != leaf]

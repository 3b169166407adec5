"""Canonical JSON, base64url, codes, times and the text of a share."""

import json

from formats import bech32m, canonical, share
from formats.encoding import b64, is_time, parse_code, plan_code, record_code, unb64

from . import check, refused, unhex
from .sample import fixed


@check("canonical json: what RFC 8785 writes is read, every other spelling is refused")
def _():
    good = '{"a":[1,true,false,{}],"b":"\u00e9\\"\\\\/\u2027","c":9007199254740991,"\u0041a":""}'
    value = json.loads(good)
    assert canonical.parse(canonical.dumps(value)) == value
    assert canonical.parse(b'{"prev":null}', {("prev",)}) == {"prev": None}
    bad = {
        '{"a": 1}': "JSON-CANONICAL",
        '{"b":1,"a":1}': "JSON-CANONICAL",
        '{"a":"\\u0041"}': "JSON-CANONICAL",
        '{"a":"\\/"}': "JSON-CANONICAL",
        '{"a":-0}': "JSON-CANONICAL",
        ' {"a":1}': "JSON-CANONICAL",
        '{"a":1}\r': "JSON-CANONICAL",
        '{"a":1,"a":1}': "JSON-DUPLICATE",
        '{"a":1.0}': "JSON-NUMBER",
        '{"a":1e3}': "JSON-NUMBER",
        '{"a":NaN}': "JSON-NUMBER",
        '{"a":9007199254740992}': "JSON-NUMBER",
        '{"a":-1}': "JSON-NUMBER",
        '{"a":null}': "JSON-NULL",
        '{"prev":[null]}': "JSON-NULL",
        '{"\u00e9":1}': "JSON-NAME",
        '{"a":"\u0065\u0301"}': "JSON-TEXT",
        '{"a":"\\n"}': "JSON-TEXT",
        '{"a":"\u007f"}': "JSON-TEXT",
        '{"a":"\u0085"}': "JSON-TEXT",
        '{"a":"\\ud800"}': "JSON-TEXT",
        '{"a":01}': "JSON",
        '{"a":1}}': "JSON",
        "\ufeff{}": "JSON",
        "": "JSON",
        "[" * 100000: "JSON",
        "[" * 900 + "]" * 900: "JSON",
        '{"a":' + "1" * 5000 + "}": "JSON",
    }
    for text, rule in bad.items():
        wanted = (rule,) if not text.startswith("[[") else ()
        if text != "[" * 900 + "]" * 900:  # how deep is too deep is Python's affair; it must only not crash
            refused(lambda text=text: canonical.parse(text.encode(), {("prev",)}), *wanted)
    refused(lambda: canonical.parse(b'{"a":"\xff"}'), "JSON")
    assert not canonical.same({"a": 1}, {"a": True})


@check("base64url, codes, times: one spelling each")
def _():
    assert unb64("-_8") == b"\xfb\xff" and b64(b"\xfb\xff") == "-_8"
    for text in ("-_9", "-_8=", "+/8", "A", "-_8\n", 5):
        refused(lambda text=text: unb64(text), "BASE64URL")
    counted = unhex("00443214c74254b635cf84653a56d7c675be77df")
    assert plan_code(counted) == "0123 4567 89AB CDEF GHJK"
    assert record_code(counted) == "01234 56789 ABCDE FGHJK MNPQC"
    assert parse_code("oi23-456789abcdefghjk mnpqc") == "01234 56789 ABCDE FGHJK MNPQC"
    for text in ("01234 56789 ABCDE FGHJK MNQPC", "01234 56789 ABCDE FGHJK MNPQD", "0123 4567 89AB", "U" * 25):
        refused(lambda text=text: parse_code(text), "CODE")
    assert is_time("2026-11-23T20:15:00.000Z")
    for text in ("2026-11-31T20:15:00.000Z", "2026-11-23T20:15:00Z", "2026-11-23T20:15:00.000+00:00", "", 5):
        assert not is_time(text)


@check("share: text and back, as a person types it, and what is refused")
def _():
    payload = fixed("share", 32) + b"\x05" + fixed("salt", 16)
    text = share.Share(payload).text()
    assert len(text) == 89 and text.startswith("krs1")
    typed = " ".join(text[place : place + 8] for place in range(0, 89, 8)).upper()
    assert share.decode(typed) == share.decode(text.replace("q", "-q")) == payload
    refused(lambda: share.decode(text[:-1] + ("q" if text[-1] != "q" else "p")), "BECH32M")
    refused(lambda: share.decode(text[:-1]), "SHARE-LENGTH")
    refused(lambda: share.decode(share.Share(bytes(49)).text()), "SHARE-ZERO")
    other = bech32m.encode("krx", bech32m.from_bytes(payload))
    refused(lambda: share.decode(other), "SHARE-HRP")

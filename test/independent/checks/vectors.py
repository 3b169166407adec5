"""Published vectors: what the standards' own pages say."""

import base64
import json
import os

from formats import bech32m, der, derive, ed25519, index, merkle, openssl, p256, plan as plans, publickey, shamir, share
from formats.canonical import same
from formats.checkpoint import note_key_id
from formats.encoding import b64, pae, plan_code, sha256, unb64

from . import check, refused, unhex
from .sample import QuickSigner, Signer, fixed

RFC8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@check("ed25519: RFC 8032, 7.1, tests 1 to 3, keys and signatures both ways")
def _():
    for seed, public, message, signature in RFC8032:
        seed, public, message, signature = (unhex(part) for part in (seed, public, message, signature))
        assert ed25519.public_key(seed) == public
        assert ed25519.sign(seed, message) == signature
        assert ed25519.verify(public, message, signature)
        assert not ed25519.verify(public, message + b"x", signature)
        # Version 3.0 of the command takes no empty file here; no text that Keyrite signs is empty.
        spki = publickey.ED25519_PREFIX + public
        assert not message or openssl.verify("EdDSA", spki, message, signature)


@check("ed25519: s not below L, other keys and bent bits are refused")
def _():
    _, public, message, signature = (unhex(part) for part in RFC8032[2])
    big = int.from_bytes(signature[32:], "little") + ed25519.L
    assert not ed25519.verify(public, message, signature[:32] + big.to_bytes(32, "little"))
    for bit in range(0, 512, 37):
        bent = bytearray(signature)
        bent[bit // 8] ^= 1 << bit % 8
        assert not ed25519.verify(public, message, bytes(bent))
    assert not ed25519.verify(b"\xff" * 32, message, signature)


RFC6979_KEY = (
    0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6,
    0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299,
)
RFC6979 = {
    b"sample": "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    b"test": "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
    "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
}


@check("ecdsa p-256: RFC 6979, A.2.5, SHA-256")
def _():
    for message, signature in RFC6979.items():
        assert p256.verify(RFC6979_KEY, message, unhex(signature))
        assert not p256.verify(RFC6979_KEY, message + b"x", unhex(signature))
        for wrong in (bytes(64), unhex(signature)[:32] + bytes(32), p256.N.to_bytes(32, "big") * 2):
            assert not p256.verify(RFC6979_KEY, message, wrong)
    assert not p256.on_curve(RFC6979_KEY[0], RFC6979_KEY[1] + 1)


@check("signatures: ours and openssl's verdicts agree, for ES256, EdDSA and PS256, good and bent")
def _():
    for alg in ("ES256", "EdDSA", "PS256"):
        signer, quick = Signer(alg), QuickSigner(alg)
        for message, who in ((b"a", signer), (bytes(1000), quick), (bytes(100000), signer)):
            key = publickey.PublicKey(who.describe())
            value = unb64(who.signature(message)["value"])
            for signature in (value, value[:-1] + bytes([value[-1] ^ 1]), value[:-1], value + b"\0"):
                theirs = key.verify_by_openssl(message, signature)
                assert key.verify(message, signature) == theirs == (signature == value)


@check("ecdsa signatures: r and s to DER and back, padded forms refused")
def _():
    for signature in (unhex(RFC6979[b"test"]), bytes(31) + b"\1" + bytes(31) + b"\x80"):
        assert der.ecdsa_from_der(der.ecdsa_to_der(signature)) == signature
    for padded in ("3007020200010201010", "30810602010102010100", "300602010102018100"):
        refused(lambda padded=padded: der.ecdsa_from_der(unhex(padded[: len(padded) // 2 * 2])), "DER")


@check("aes-kw: RFC 3394, 4.6, through openssl; cbc with padding: SP 800-38A, F.2.5")
def _():
    key, plain = bytes(range(32)), unhex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
    blob = unhex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21")
    assert openssl.kw_wrap(key, plain) == blob and openssl.kw_unwrap(key, blob) == plain
    refused(lambda: openssl.kw_unwrap(key, blob[:-1] + b"\0"), "OPENSSL")
    key = unhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    block, first = unhex("6bc1bee22e409f96e93d7e117393172a"), unhex("f58c4c04d6e5f1ba779eabfb5f7bfbd6")
    made = openssl.cbc_pad_wrap(key, block, bytes(range(16)))
    assert made[:32] == bytes(range(16)) + first and openssl.cbc_pad_unwrap(key, made) == block
    refused(lambda: openssl.cbc_pad_unwrap(key, made[:-1] + b"\0"), "OPENSSL")


@check("aes-kwp: RFC 5649, 6, through openssl")
def _():
    key = unhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
    vectors = {
        "c37b7e6492584340bed12207808941155068f738": "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
        "466f7250617369": "afbeb0f07dfbf5419200f2ccb50bb24f",
    }
    for plain, blob in vectors.items():
        assert openssl.kwp_wrap(key, unhex(plain)).hex() == blob
        assert openssl.kwp_unwrap(key, unhex(blob)).hex() == plain
        refused(lambda blob=blob: openssl.kwp_unwrap(key, unhex(blob[:-2] + "00")), "OPENSSL")
    large = fixed("large", 5000)
    assert openssl.kwp_unwrap(key, openssl.kwp_wrap(key, large)) == large
    refused(lambda: openssl.kwp_unwrap(key, bytes(5000)), "OPENSSL")
    refused(lambda: openssl.kwp_unwrap(key, unhex("00")), "OPENSSL")


@check("aes-cmac: RFC 4493, 4, through openssl; one block: FIPS 197, C.1")
def _():
    key = unhex("2b7e151628aed2a6abf7158809cf4f3c")
    assert openssl.cmac(key, b"").hex() == "bb1d6929e95937287fa37d129b756746"
    assert openssl.cmac(key, unhex("6bc1bee22e409f96e93d7e117393172a")).hex() == "070a16b46b4d4144f79bdd9dd04a287c"
    block = openssl.ecb(bytes(range(16)), unhex("00112233445566778899aabbccddeeff"))
    assert block.hex() == "69c4e0d86a7b0430d8cdb78070b4c55a"


@check("hkdf: RFC 5869, A.1 and A.3")
def _():
    okm = derive.hkdf(b"\x0b" * 22, unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"), 42)
    assert okm.hex() == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    okm = derive.hkdf(b"\x0b" * 22, b"", b"", 42)
    assert okm.hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"


BECH32M_VALID = [
    "A1LQFN3A",
    "a1lqfn3a",
    "an83characterlonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11sg7hg6",
    "abcdef1l7aum6echk45nj3s0wdvt2fg8x9yrzpqzd3ryx",
    "11" + "l" * 82 + "ludsr8",
    "split1checkupstagehandshakeupstreamerranterredcaperredlc445v",
    "?1v759aa",
]
BECH32M_INVALID = [
    "\x201xj0phk",
    "\x7f1g6xzxy",
    "an84characterslonghumanreadablepartthatcontainsthetheexcludedcharactersbioandnumber11d6pts4",
    "qyrz8wqd2c9m",
    "1qyrz8wqd2c9m",
    "y1b0jsk6g",
    "lt1igcx5c0",
    "in1muywd",
    "mm1crxm3i",
    "au1s5cgom",
    "M1VUXWEZ",
    "16plkw9",
    "1p2gdwpf",
    "A12UEL5L",
]


@check("bech32m: BIP-350, valid and invalid; plain bech32 is refused")
def _():
    for text in BECH32M_VALID:
        hrp, values = bech32m.decode(text)
        assert bech32m.encode(hrp, values) == text.lower()
    for text in BECH32M_INVALID:
        refused(lambda text=text: bech32m.decode(text), "BECH32M")
    refused(lambda: bech32m.to_bytes([0, 1]), "BECH32M")
    refused(lambda: bech32m.to_bytes([0, 0, 0]), "BECH32M")


@check("merkle tree: the roots of RFC 6962 that Certificate Transparency tests with")
def _():
    leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    tree = merkle.Tree()
    assert tree.root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    for leaf, root in zip(leaves, roots):
        tree.add(merkle.leaf_hash(unhex(leaf)))
        assert tree.root().hex() == root


@check("shamir: FIPS 197's product, shares of shamir-secret-sharing, every pair, wrong and zero x")
def _():
    assert shamir.multiply(0x57, 0x83) == 0xC1
    assert all(shamir.multiply(a, shamir.invert(a)) == 1 for a in range(1, 256))
    secret = "00070e151c232a31383f464d545b626970777e858c939aa1a8afb6bdc4cbd2d9"
    shares = [
        "ba7740d2e3aa87739506f5b9b8c847689bd60f9a8ce7adb0ee2fae51a4242bb678",
        "3994440dc071de41cc73db3e53764ce1e2b965648c16e771ce59c2ba0f4f13abbf",
        "5869c7201edf77c36530fddcb3a1fb513f11285b8c1dde34bab0c05a07644069b5",
    ]
    shares = [unhex(text) for text in shares]
    for pair in ((0, 1), (1, 2), (2, 0), (0, 1, 2)):
        assert shamir.combine([shares[place] for place in pair]).hex() == secret
    refused(lambda: shamir.combine([shares[0], shares[0]]), "SHARE-TWICE")
    refused(lambda: shamir.combine([shares[0], bytes(33)]), "SHARE-ZERO")


@check("dsse: the encoding's own example; lengths are counted in bytes")
def _():
    encoded = pae("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert pae("\u00e9", "\u00e9".encode()) == b"DSSEv1 2 \xc3\xa9 2 \xc3\xa9"


@check("signed note: key id and signature of the example in Go's sumdb/note")
def _():
    class Key:
        alg = "EdDSA"
        material = base64.b64decode("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]

    assert note_key_id("PeterNeumann", Key).hex() == "c74f20a3"
    text = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signed = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    assert ed25519.verify(Key.material, text, base64.b64decode(signed)[4:])


@check("plan of new keys: each key whole, the bytes that are signed, the code (test/vectors/plan.json)")
def _():
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "vectors", "plan.json"), encoding="utf-8") as file:
        vector = json.load(file)
    plans.plan(vector["plan"], "plan")
    assert same(plans.targets(vector["plan"]), vector["keys"])
    digest = sha256(plans.message(vector["plan"]))
    assert digest.hex() == vector["message"] and plan_code(digest) == vector["code"]


@check("index: the bucket of a name, a page and the hashes of a shelf (test/vectors/index.json)")
def _():
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "vectors", "index.json"), encoding="utf-8") as file:
        vector = json.load(file)
    hashes = bytearray(index.BUCKETS * 32)
    for told in vector["pages"]:
        assert all(index.bucket_of(name) == told["bucket"] for name in told["rows"])
        page = index.page_of(told["rows"])
        assert page.decode() == told["page"] and sha256(page).hex() == told["sha256"]
        hashes[told["bucket"] * 32 : told["bucket"] * 32 + 32] = sha256(page)
    assert b64(sha256(bytes(hashes))) == vector["digest"]
    head = vector["head"]
    assert (head["seq"].to_bytes(8, "big") + unb64(head["leaf"]) + unb64(head["state"])).hex() == vector["packed"]


@check("application: its id and PINs of the published groups (test/vectors/shares.json)")
def _():
    with open(os.path.join(os.path.dirname(__file__), "..", "..", "vectors", "shares.json"), encoding="utf-8") as file:
        groups = json.load(file)["groups"]
    for group in groups:
        app, secret, partition = group["application"], unhex(group["secret"]), group["partition"]
        assert derive.app_id(unb64(app["nonce"]), partition) == app["id"]
        pins = {role: derive.app_pin(secret, partition, role, app["id"], app["generation"]) for role in ("user", "so")}
        assert pins == {role: app[role]["text"] for role in ("user", "so")} and len(pins["user"]) == 24


@check("share: the published rows for paper, each with its two check characters; one that is bent has others")
def _():
    path = os.path.join(os.path.dirname(__file__), "..", "..", "vectors", "shares.json")
    with open(path, encoding="utf-8") as file:
        groups = json.load(file)["groups"]
    for told in (one for group in groups for one in group["shares"]):
        assert share.rows(told["text"]) == told["rows"], told["rows"]
    text = groups[0]["shares"][0]["rows"][1][:-2]
    assert share.row_checks(2, text) != share.row_checks(3, text)
    assert share.row_checks(2, text) != share.row_checks(2, text[1] + text[0] + text[2:])

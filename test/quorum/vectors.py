# Recomputes test/vectors/shares.json from the format's description alone, with nothing but the standard library.
# It shares no code with Keyrite, so that both would have to be wrong in the same way. Exits 1 at the first difference.
import base64, hashlib, hmac, itertools, json, sys, uuid


def hkdf(ikm, salt, info, length):  # RFC 5869
    prk = hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()
    out, block, count = b"", b"", 1
    while len(out) < length:
        block = hmac.new(prk, block + info.encode() + bytes([count]), hashlib.sha256).digest()
        out, count = out + block, count + 1
    return out[:length]


def mul(a, b):  # GF(2^8), polynomial 0x11b: Shamir and AES use the same field
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


INVERSE = [0] + [next(b for b in range(1, 256) if mul(a, b) == 1) for a in range(1, 256)]


def combine(parts):  # Lagrange's interpolation at 0
    secret = bytearray(32)
    for part in parts:
        basis = 1
        for other in parts:
            if other is not part:
                basis = mul(basis, mul(other[32], INVERSE[other[32] ^ part[32]]))
        for i in range(32):
            secret[i] ^= mul(part[i], basis)
    return bytes(secret)


CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def polymod(values):  # BIP 173
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> i & 1 else 0
    return check


def bech32m(prefix, payload):  # BIP 350
    bits = "".join(f"{byte:08b}" for byte in payload)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = polymod(expanded + words + [0] * 6) ^ 0x2BC830A3
    words += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(CHARSET[word] for word in words)


def read_share(text):  # the payload, or None: spelled again, it must give the same text
    letters = "".join(c for c in text if c not in " -\t\r\n")
    folded = "".join(c.lower() if "A" <= c <= "Z" else c for c in letters)
    if len(folded) != 89 or not folded.startswith("krs1") or any(c not in CHARSET for c in folded[4:]):
        return None
    bits = "".join(f"{CHARSET.index(c):05b}" for c in folded[4:-6])
    payload = bytes(int(bits[i : i + 8], 2) for i in range(0, 392, 8))
    return payload if payload[32] != 0 and bech32m("krs", payload) == folded else None


# Ed25519, RFC 8032, in affine coordinates: slow and short.
Q = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
BASE_Y = 4 * pow(5, -1, Q) % Q
BASE = (15112221349535400772501151409588531511454012693041857206046113283949847762202, BASE_Y)


def add(a, b):
    product = D * a[0] * b[0] * a[1] * b[1] % Q
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + product, -1, Q)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, Q)
    return x % Q, y % Q


def times(scalar, point):
    result = (0, 1)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def hash_number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def ed25519(seed, message):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    public = encode(times(scalar, BASE))
    nonce = hash_number(digest[32:], message) % ORDER
    commitment = encode(times(nonce, BASE))
    answer = (nonce + hash_number(commitment, public, message) * scalar) % ORDER
    return public, commitment + answer.to_bytes(32, "little")


def rotate(byte, by):
    return (byte << by | byte >> 8 - by) & 0xFF


SBOX = [i ^ rotate(i, 1) ^ rotate(i, 2) ^ rotate(i, 3) ^ rotate(i, 4) ^ 0x63 for i in INVERSE]


def expand_key(key):  # FIPS 197, AES-256: 15 round keys
    words, constant = [key[i : i + 4] for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        word = words[-1]
        if i % 8 == 0:
            word = bytes([SBOX[word[1]] ^ constant, SBOX[word[2]], SBOX[word[3]], SBOX[word[0]]])
            constant = mul(constant, 2)
        elif i % 8 == 4:
            word = bytes(SBOX[b] for b in word)
        words.append(bytes(a ^ b for a, b in zip(words[-8], word)))
    return [b"".join(words[i : i + 4]) for i in range(0, 60, 4)]


def aes(key, block):
    keys = expand_key(key)
    state = bytes(a ^ b for a, b in zip(block, keys[0]))
    for number in range(1, 15):
        state = bytes(SBOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16))
        if number < 14:
            columns = [state[i : i + 4] for i in range(0, 16, 4)]
            state = bytes(
                mul(c[i], 2) ^ mul(c[(i + 1) % 4], 3) ^ c[(i + 2) % 4] ^ c[(i + 3) % 4] for c in columns for i in range(4)
            )
        state = bytes(a ^ b for a, b in zip(state, keys[number]))
    return state


def kwp(key, data):  # RFC 5649, for data of more than 8 bytes
    top = bytes.fromhex("a65959a6") + len(data).to_bytes(4, "big")
    data += bytes(-len(data) % 8)
    blocks = [data[i : i + 8] for i in range(0, len(data), 8)]
    for count in range(1, 6 * len(blocks) + 1):
        at = (count - 1) % len(blocks)
        out = aes(key, top + blocks[at])
        top, blocks[at] = (int.from_bytes(out[:8], "big") ^ count).to_bytes(8, "big"), out[8:]
    return top + b"".join(blocks)


checked = 0


def same(what, found, stated):
    global checked
    checked += 1
    if found != stated:
        sys.exit(f"{what}: computed {found!r}, the file says {stated!r}")


def check_share(name, share, message):
    payload = bytes.fromhex(share["part"] + share["salt"])
    same(f"{name} payload", payload.hex(), share["payload"])
    same(f"{name} text", bech32m("krs", payload), share["text"])
    same(f"{name} paper", "-".join(share["text"][i : i + 4] for i in range(0, 89, 4)), share["paper"])
    public, signature = ed25519(hkdf(payload, b"", "keyrite/v1/approval", 32), message)
    same(f"{name} approvalKey", public.hex(), share["approvalKey"])
    same(f"{name} signature", signature.hex(), share["signature"])


def check_group(name, group, message):
    secret, salt = bytes.fromhex(group["secret"]), uuid.UUID(group["partition"]).bytes
    for number, share in enumerate(group["shares"]):
        check_share(f"{name} share {number}", share, message)
    for subset in itertools.combinations(group["shares"], group["threshold"]):
        same(f"{name} secret", combine([bytes.fromhex(s["part"]) for s in subset]).hex(), group["secret"])
    same(f"{name} check", hkdf(secret, salt, "keyrite/v1/check", 16).hex(), group["check"])
    for role, pin in group["pins"].items():
        value = hkdf(secret, salt, f"keyrite/v1/pin/{role}", 20)
        same(f"{name} pin {role}", value.hex(), pin["bytes"])
        same(f"{name} pin {role}", base64.b32encode(value).decode().lower(), pin["text"])
    application = group["application"]
    nonce = base64.urlsafe_b64decode(application["nonce"] + "==")
    app, generation = hkdf(nonce, salt, "keyrite/v1/app/id", 8).hex(), application["generation"]
    same(f"{name} application", app, application["id"])
    for role, info, size in (("user", f"user/{app}/{generation}", 15), ("so", f"so/{app}/1", 20)):
        value = hkdf(secret, salt, f"keyrite/v1/app/{info}", size)
        same(f"{name} application {role}", value.hex(), application[role]["bytes"])
        same(f"{name} application {role}", base64.b32encode(value).decode().lower(), application[role]["text"])
    kek = hkdf(secret, salt, "keyrite/v1/kek", 32)
    same(f"{name} kek", kek.hex(), group["kek"])
    same(f"{name} kekCheck", base64.urlsafe_b64encode(kwp(kek, bytes(32))).decode().rstrip("="), group["kekCheck"])


def check_bridge(name, bridge):
    new, old = bytes.fromhex(bridge["newSecret"]), bytes.fromhex(bridge["oldSecret"])
    key = hkdf(new, uuid.UUID(bridge["partition"]).bytes, f"keyrite/v1/bridge/{bridge['newEpoch']}", 32)
    same(name, kwp(key, old).hex(), bridge["blob"])


def main(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    made = vectors["groupSecret"]
    both = bytes.fromhex(made["token"] + made["host"])
    same("groupSecret", hkdf(both, b"", "keyrite/v1/group-secret", 32).hex(), made["secret"])
    for number, group in enumerate(vectors["groups"]):
        check_group(f"group {number}", group, vectors["message"].encode())
    for number, bridge in enumerate(vectors["bridges"]):
        check_bridge(f"bridge {number}", bridge)
    first = vectors["groups"][0]["shares"][0]["payload"]
    for text in vectors["accepted"]:
        same(f"accepted {text!r}", (read_share(text) or b"").hex(), first)
    for case in vectors["refused"]:
        same(f"refused, {case['reason']}", read_share(case["text"]), None)
    print(f"{checked} values agree")


main(sys.argv[1] if len(sys.argv) > 1 else "test/vectors/shares.json")

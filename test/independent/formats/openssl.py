"""What the openssl command does for us: signatures (on request), AES-KWP, CMAC, PKCS#8."""

import base64
import contextlib
import os
import subprocess
import tempfile

from .refusal import Refused, require

# The IV of RFC 5649 is the constant alone; OpenSSL adds the length itself.
KWP_IV = "a65959a6"
# The command works in pieces of 4096 bytes and would wrap each piece by itself. An RSA-4096 key has 2400.
KWP_LARGEST = 4088


def run(arguments, data=b""):
    """openssl ARGUMENTS with data on its stdin -> stdout; refused when it fails"""
    done = subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=False)
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise Refused("OPENSSL", f"openssl {arguments[0]}: {reason[-1] if reason else 'failed'}")
    return done.stdout


@contextlib.contextmanager
def files(**contents):
    """name=bytes ... -> {name: path}, private to us and gone afterwards"""
    with tempfile.TemporaryDirectory(prefix="keyrite-reader-") as folder:
        paths = {name: os.path.join(folder, name) for name in contents}
        for name, data in contents.items():
            with open(paths[name], "xb") as file:
                file.write(data)
        yield paths


def pem(label, der):
    text = base64.encodebytes(der).decode("ascii")
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode("ascii")


def verify(alg, spki, message, signature):
    """alg ("ES256" with a DER signature, "EdDSA", "PS256"), SubjectPublicKeyInfo, message, signature -> bool"""
    with files(key=pem("PUBLIC KEY", spki), message=message, signature=signature) as paths:
        try:
            run(_verification(alg, paths))
        except Refused:
            return False
        return True


def _verification(alg, paths):
    if alg == "EdDSA":
        named = ["-inkey", paths["key"], "-in", paths["message"], "-sigfile", paths["signature"]]
        return ["pkeyutl", "-verify", "-pubin", "-rawin", *named]
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"] if alg == "PS256" else []
    return ["dgst", "-sha256", *pss, "-verify", paths["key"], "-signature", paths["signature"], paths["message"]]


def _kwp(direction, key, data):
    require(len(data) <= KWP_LARGEST + 8, "OPENSSL", f"openssl enc wraps {KWP_LARGEST} bytes at most")
    return run(["enc", direction, f"-id-aes{8 * len(key)}-wrap-pad", "-K", key.hex(), "-iv", KWP_IV], data)


def kwp_wrap(key, data):
    """AES-KWP (RFC 5649)"""
    require(len(data) <= KWP_LARGEST, "OPENSSL", f"openssl enc wraps {KWP_LARGEST} bytes at most")
    return _kwp("-e", key, data)


def kwp_unwrap(key, blob):
    """The inverse; refused when the key or the blob is wrong"""
    plain = _kwp("-d", key, blob)
    require(plain, "OPENSSL", "openssl enc: nothing was unwrapped")
    return plain


def cmac(key, data):
    """AES-CMAC (SP 800-38B), 16 bytes"""
    cipher = ["-cipher", f"AES-{8 * len(key)}-CBC", "-macopt", f"hexkey:{key.hex()}"]
    return bytes.fromhex(run(["mac", *cipher, "-in", "/dev/stdin", "CMAC"], data).decode("ascii").strip())


def ecb(key, block):
    """One AES block"""
    return run(["enc", "-e", f"-aes-{8 * len(key)}-ecb", "-nopad", "-K", key.hex()], block)


def public_of(pkcs8):
    """A PKCS#8 private key -> its SubjectPublicKeyInfo"""
    return run(["pkey", "-inform", "DER", "-pubout", "-outform", "DER"], pkcs8)


def normal_spki(spki):
    """A SubjectPublicKeyInfo as OpenSSL writes it, to compare with `public_of`"""
    return run(["pkey", "-pubin", "-inform", "DER", "-pubout", "-outform", "DER"], spki)

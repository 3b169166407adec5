"""What OpenSSL does for us: signatures (on request), CMAC, CBC and PKCS#8 by its command, AES key wraps by its library."""

import base64
import contextlib
import ctypes
import ctypes.util
import functools
import os
import subprocess
import tempfile

from .refusal import Refused, require

# The IV of RFC 5649 is the constant alone; OpenSSL adds the length itself.
KWP_IV = bytes.fromhex("a65959a6")
WRAP_ALLOW = 1  # EVP_CIPHER_CTX_FLAG_WRAP_ALLOW


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


@functools.cache
def _library():
    """libcrypto itself: from OpenSSL 3.5 on its `enc` command refuses to wrap, since that is no stream."""
    name = ctypes.util.find_library("crypto")
    require(name, "OPENSSL", "libcrypto is not installed")
    library = ctypes.CDLL(name)
    library.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
    library.EVP_CIPHER_CTX_free.argtypes = [ctypes.c_void_p]
    library.EVP_CIPHER_CTX_set_flags.argtypes = [ctypes.c_void_p, ctypes.c_int]
    text, pointer = ctypes.c_char_p, ctypes.c_void_p
    library.EVP_CipherInit_ex.argtypes = [pointer, pointer, pointer, text, text, ctypes.c_int]
    library.EVP_CipherUpdate.argtypes = [pointer, text, ctypes.POINTER(ctypes.c_int), text, ctypes.c_int]
    for bits in (128, 192, 256):
        getattr(library, f"EVP_aes_{bits}_wrap_pad").restype = pointer
        getattr(library, f"EVP_aes_{bits}_wrap").restype = pointer
    return library


def _wrap(kind, iv, wrapping, key, data):
    """kind "wrap_pad" or "wrap" -> bytes, empty when OpenSSL refuses"""
    library = _library()
    cipher = getattr(library, f"EVP_aes_{8 * len(key)}_{kind}")()
    context = library.EVP_CIPHER_CTX_new()
    try:
        library.EVP_CIPHER_CTX_set_flags(context, WRAP_ALLOW)
        output, length = ctypes.create_string_buffer(len(data) + 16), ctypes.c_int(0)
        done = library.EVP_CipherInit_ex(context, cipher, None, key, iv, int(wrapping)) == 1
        done = done and library.EVP_CipherUpdate(context, output, ctypes.byref(length), data, len(data)) == 1
        return output.raw[: length.value] if done else b""
    finally:
        library.EVP_CIPHER_CTX_free(context)


def kwp_wrap(key, data):
    """AES-KWP (RFC 5649)"""
    return _wrapped("AES-KWP", "wrap_pad", KWP_IV, key, data)


def kwp_unwrap(key, blob):
    """The inverse; refused when the key or the blob is wrong"""
    return _unwrapped("AES-KWP", "wrap_pad", KWP_IV, key, blob)


def kw_wrap(key, data):
    """AES-KW (RFC 3394)"""
    return _wrapped("AES-KW", "wrap", None, key, data)


def kw_unwrap(key, blob):
    """The inverse; refused when the key or the blob is wrong"""
    return _unwrapped("AES-KW", "wrap", None, key, blob)


def _wrapped(name, mode, iv, key, data):
    blob = _wrap(mode, iv, True, key, data)
    require(blob, "OPENSSL", f"{name}: nothing was wrapped")
    return blob


def _unwrapped(name, mode, iv, key, blob):
    plain = _wrap(mode, iv, False, key, blob)
    require(plain, "OPENSSL", f"{name}: the key or the blob is wrong")
    return plain


def cbc_pad_wrap(key, data, iv):
    """The IV, then AES-256-CBC with PKCS#7 padding"""
    return iv + run(["enc", "-e", "-aes-256-cbc", "-K", key.hex(), "-iv", iv.hex()], data)


def cbc_pad_unwrap(key, blob):
    """The inverse; refused where the padding is wrong, which is all that tells of a wrong key"""
    require(len(blob) > 16, "OPENSSL", "AES-CBC: too short for an IV and a key")
    return run(["enc", "-d", "-aes-256-cbc", "-K", key.hex(), "-iv", blob[:16].hex()], blob[16:])


# What `wrap` of a key in a backup says.
UNWRAP = {"kwp": kwp_unwrap, "kw": kw_unwrap, "cbc-pad": cbc_pad_unwrap}


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

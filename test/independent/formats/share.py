"""A custodian's share (docs/formats.md, 1): one line of bech32m, plain or inside an age file."""

import os
import pty
import subprocess

from . import bech32m, derive, openssl
from .encoding import b64
from .refusal import Refused, require

AGE_MARKS = (b"-----BEGIN AGE ENCRYPTED FILE-----", b"age-encryption.org/v1\n")
TEXT_LENGTH = 89


class Share:
    """payload = y[32], x[1], salt[16]; hints are the `# name: value` lines, which prove nothing."""

    def __init__(self, payload, hints=None):
        self.payload = payload
        self.point = payload[:33]
        self.hints = hints or {}
        self.key = derive.approval_key(payload)

    def describe(self):
        """-> what may be printed: no secret is in it"""
        shown = {"x": self.payload[32], "salt": self.payload[33:].hex(), "key": b64(self.key)}
        return {**shown, "hints": self.hints}

    def text(self):
        return bech32m.encode("krs", bech32m.from_bytes(self.payload))


def decode(text):
    """One line as a person types it: spaces and dashes are dropped, letters folded to lower case -> payload"""
    folded = text.strip().replace(" ", "").replace("-", "").lower()
    require(len(folded) == TEXT_LENGTH, "SHARE-LENGTH", f"a share has {TEXT_LENGTH} characters, not {len(folded)}")
    hrp, values = bech32m.decode(folded)
    require(hrp == "krs", "SHARE-HRP", f"a share begins with krs1, not {hrp}1")
    payload = bech32m.to_bytes(values)
    require(len(payload) == 49, "SHARE-LENGTH", "a share has 49 bytes")
    require(payload[32] != 0, "SHARE-ZERO", "a share with x = 0 would dictate the secret")
    return payload


def read(data, identity=None, passphrase_file=None):
    """The bytes of a share file, plain or age -> Share"""
    if data.lstrip().startswith(AGE_MARKS):
        data = _decrypt(data, identity, passphrase_file)
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise Refused("SHARE-TEXT", "a share file is text") from error
    shares = [line for line in lines if line.strip() and not line.startswith("#")]
    require(len(shares) == 1, "SHARE-TEXT", f"a share file has one share line, not {len(shares)}")
    return Share(decode(shares[0]), _hints(lines))


def _hints(lines):
    pairs = (line[1:].partition(":") for line in lines if line.startswith("#"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _decrypt(data, identity, passphrase_file):
    with openssl.files(share=data) as paths:
        if identity:
            return _age(["-d", "-i", identity, paths["share"]])
        if passphrase_file:
            return age_at_terminal(["-d", paths["share"]], [_passphrase(passphrase_file)])
    raise Refused("SHARE-LOCKED", "the share is an age file: give --identity or --passphrase-file")


def _passphrase(path):
    """The file's bytes; its last newline is not part of it."""
    with open(path, "rb") as file:
        return file.read().removesuffix(b"\n")


def _age(arguments):
    done = subprocess.run(["age", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        raise Refused("AGE", done.stderr.decode(errors="replace").strip())
    return done.stdout


def age_at_terminal(arguments, answers):
    """Run age where it finds a terminal, since it asks for passphrases nowhere else -> its stdout.

    answers: one bytes value per question, in order.
    """
    result, result_writer = os.pipe()
    child, terminal = pty.fork()
    if child == 0:
        os.dup2(result_writer, 1)
        os.execvp("age", ["age", *arguments])
    os.close(result_writer)
    said = _answer(terminal, answers)
    with os.fdopen(result, "rb") as file:
        output = file.read()
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 0:
        raise Refused("AGE", said.decode(errors="replace").strip() or "age failed")
    return output


def _answer(terminal, answers):
    """Wait for each question (it ends in a colon and a blank) and type its answer -> all that was said after."""
    heard, waiting = b"", list(answers)
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # Linux says EIO when the other side is gone
            return heard
        if not piece:
            return heard
        heard += piece
        if waiting and heard.rstrip(b"\x1b[0123456789;?KFhlm ").endswith(b":"):
            os.write(terminal, waiting.pop(0) + b"\n")
            heard = b""


ROW_LENGTHS = (22, 21, 21, 21)
ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def _times(a, b):
    """In GF(32) with x^5 + x^3 + 1"""
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a = (a << 1) ^ (0b101001 if a & 16 else 0)
        b >>= 1
    return product


def row_checks(number, text):
    """The two check characters of a row on paper; number: from 1"""
    first = second = 0
    power = 1
    for value in [number] + [ALPHABET.index(letter) for letter in text]:
        first ^= value
        second ^= _times(power, value)
        power = _times(power, 2)
    return ALPHABET[first] + ALPHABET[second]


def rows(line):
    """The rows of a share's line on paper"""
    symbols, made = line[4:], []
    for number, length in enumerate(ROW_LENGTHS, 1):
        text, symbols = symbols[:length], symbols[length:]
        made.append(("krs1" if number == 1 else "") + text + row_checks(number, text))
    return made

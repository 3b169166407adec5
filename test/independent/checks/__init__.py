"""The self-test's checks, in the order in which their modules are imported, and what they share."""

import atexit
import contextlib
import functools
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile

from formats import ed25519, ledger, openssl, p256, publickey, rsapss
from formats.refusal import Refused

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
CHECKS = []

# Some of what is alike, or all of it
FULL = os.environ.get("FULL") == "1"

# The same lines are signed and read over and over; what comes of it hangs on the arguments alone.
for maths, name in ((ed25519, "public_key"), (ed25519, "sign"), (ed25519, "verify"), (p256, "verify"), (rsapss, "verify"), (openssl, "cmac"), (openssl, "ecb"), (openssl, "verify"), (ledger, "parse")):
    setattr(maths, name, functools.cache(getattr(maths, name)))

folder = tempfile.mkdtemp(prefix="keyrite-reader-")
atexit.register(shutil.rmtree, folder, ignore_errors=True)


class Skipped(Exception):
    """The check needs a command that is not here."""


def check(title):
    """Register a check: a function that raises when it fails."""

    def register(function):
        CHECKS.append((title, function))
        return function

    return register


def unhex(text):
    return bytes.fromhex(text)


def refused(action, *rules):
    """The rule that refused the action; an AssertionError when none did, or another than `rules`"""
    try:
        action()
    except Refused as refusal:
        assert not rules or refusal.rule in rules, f"{refusal.rule} ({refusal}) instead of {', '.join(rules)}"
        return refusal.rule
    raise AssertionError(f"accepted; {', '.join(rules) or 'a refusal'} was expected")


def put(name, data):
    """-> the path of a file with this name and content"""
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def read(data, **options):
    """The bytes of a ledger -> Ledger, or Refused"""
    return ledger.read(put("ledger", data), **options)


def reader(*arguments, code=0):
    """What reader.py does with these words, and this exit code -> the object that it prints"""
    import reader as program

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        ended = program.main(arguments)
    publickey.engine["name"] = "python"
    assert ended == code, f"exit {ended}: {said.getvalue()}"
    return json.loads(said.getvalue())


def run_reader(*arguments, code=0, data=None):
    """The same as a process of its own, with this standard input"""
    command = [sys.executable, os.path.join(HERE, "reader.py"), *arguments]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert done.returncode == code, f"exit {done.returncode}: {done.stdout.decode()}{done.stderr.decode()}"
    return json.loads(done.stdout)

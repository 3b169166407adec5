"""The token through pkcs11-tool: does the derived PIN open it, and what head does it keep?"""

import os
import re
import subprocess
import tempfile

from . import shape
from .canonical import parse
from .encoding import b64
from .refusal import Refused, require

PLACE = {"partition": shape.UUID, "seq": shape.integer(), "leaf": shape.binary(32)}
HEADS = {
    "keyrite.head/1": shape.members({"format": shape.one_of("keyrite.head/1"), **PLACE}, exact=True),
    "keyrite.head/2": shape.members(
        {"format": shape.one_of("keyrite.head/2"), **PLACE, "state": shape.binary(32)}, exact=True
    ),
}
LABEL = "keyrite/head"


class Tool:
    """pkcs11-tool on the slot whose token has this serial; the PIN goes by an environment variable of the child."""

    def __init__(self, module, serial):
        self.module = module
        self.slot = self._find(serial)

    def run(self, *arguments, pin=None):
        """-> stdout"""
        variables = {**os.environ, "KEYRITE_READER_PIN": pin} if pin else None
        command = ["pkcs11-tool", "--module", self.module, *arguments]
        done = subprocess.run(command, env=variables, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode != 0:
            raise Refused("TOKEN", done.stderr.decode(errors="replace").strip() or "pkcs11-tool failed")
        return done.stdout.decode(errors="replace")

    def _find(self, serial):
        slot = None
        for line in self.run("--list-slots").splitlines():
            found = re.match(r"Slot \d+ \((0x[0-9a-f]+)\)", line)
            slot = found[1] if found else slot
            if re.fullmatch(r"\s*serial num\s*:\s*" + re.escape(serial) + r"\s*", line):
                return slot
        raise Refused("TOKEN", f"no token has the serial {serial}")

    def log_in(self, role, pin):
        """Log in as so or user and list the objects -> their count"""
        # An SO cannot log in while a session is read-only.
        kind = ["--session-rw", "--login-type", "so", "--so-pin"] if role == "so" else ["--pin"]
        listing = self.run("--slot", self.slot, "--login", *kind, "env:KEYRITE_READER_PIN", "--list-objects", pin=pin)
        return sum(" Object" in line or line.startswith("Data object") for line in listing.splitlines())

    def head(self, pin):
        """-> the head that the token keeps (bytes), or None.

        pkcs11-tool reads one object of a label, so more than one is refused.
        """
        user = ["--slot", self.slot, "--login", "--pin", "env:KEYRITE_READER_PIN", "--type", "data"]
        count = len(re.findall(rf"label:\s*'?{LABEL}'?\s*$", self.run(*user, "--list-objects", pin=pin), re.MULTILINE))
        require(count <= 1, "HEAD", f"the token keeps {count} heads; this reader reads one")
        if count == 0:
            return None
        with tempfile.TemporaryDirectory(prefix="keyrite-reader-") as folder:
            path = os.path.join(folder, "head")
            self.run(*user, "--read-object", "--label", LABEL, "--output-file", path, pin=pin)
            with open(path, "rb") as file:
                return file.read()


def check_head(data, state):
    """The head's bytes against the ledger (the table of 6.3) -> "equal" or "ledger ahead"."""
    head = parse(data)
    require(isinstance(head, dict) and head.get("format") in HEADS, "HEAD", "it is no head of a known format")
    HEADS[head["format"]](head, "head")
    require(head["partition"] == state.partition, "HEAD", "the head is of another partition")
    last = len(state.leaves) - 1
    require(head["seq"] <= last, "HEAD", f"the ledger ends at {last}, the head is at {head['seq']}: it was cut")
    require(b64(state.leaves[head["seq"]]) == head["leaf"], "HEAD", f"record {head['seq']} is not the head's")
    return "equal" if head["seq"] == last else "ledger ahead"

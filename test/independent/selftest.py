#!/usr/bin/env python3
"""Does the reader read right? Published vectors first, then a ledger and a backup made here, then forgeries of them.

Prints a line per check and "N passed, N failed"; exit 1 when one failed. Without pkcs11-tool and SoftHSM the check
of a token is skipped, and says so.
"""

import sys
import traceback

sys.dont_write_bytecode = sys.pycache_prefix is None  # nothing is left beside the sources

import checks  # noqa: E402
from checks import vectors, encodings, tampering, forgeries, stories, checkpoints, backups, shares  # noqa: E402, F401


def run(title, function):
    """-> True, False, or None where the check was skipped"""
    try:
        function()
    except checks.Skipped as reason:
        print(f"skip {title}: {reason}")
        return None
    except Exception:
        print(f"FAIL {title}")
        print(traceback.format_exc(), file=sys.stderr)
        return False
    print(f"ok   {title}")
    return True


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    results = [run(title, function) for title, function in checks.CHECKS if wanted in title]
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 1 if False in results or True not in results else 0


if __name__ == "__main__":
    sys.exit(main())

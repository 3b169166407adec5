"""How every check says no."""


class Refused(Exception):
    """A rule is broken.

    rule    its name, in capitals (CHAIN-PREV)
    record  the line it was found at, counted from 0, where there is one
    """

    def __init__(self, rule, message, record=None):
        super().__init__(message)
        self.rule = rule
        self.message = message
        self.record = record

    def as_object(self):
        """-> {"ok": false, "rule", "message", "record"?}"""
        found = {"ok": False, "rule": self.rule, "message": self.message}
        if self.record is not None:
            found["record"] = self.record
        return found


def require(condition, rule, message):
    """Refuse with `rule` unless `condition` holds."""
    if not condition:
        raise Refused(rule, message)

"""Checkpoints of the sample's ledger, good and forged."""



from . import check, read, refused
from .sample import sample

SIZE = len(sample.writer.lines)


def against(note, lines=None):
    return read(b"".join(sample.writer.lines[:lines]), checkpoint=note)


@check("checkpoint: of the whole ledger, of an earlier size, with lines by strangers beside")
def _():
    for size in (1, 2, 7, SIZE):
        against(sample.checkpoint(size))
    stranger = "\u2014 witness.example/w AAAAAAAA\n".encode("utf-8")
    against(sample.checkpoint() + stranger)


@check("checkpoint: a ledger that was cut, or is another, is found")
def _():
    refused(lambda: against(sample.checkpoint(), SIZE - 1), "CHECKPOINT-SIZE")
    refused(lambda: against(sample.checkpoint(root=bytes(32))), "CHECKPOINT-ROOT")


@check("checkpoint: signed by the station, by a stranger, by nobody, or bent")
def _():
    note = sample.checkpoint()
    for signer in ("station", "stranger"):
        refused(lambda signer=signer: against(sample.checkpoint(signer=signer)), "CHECKPOINT")
    changes = [
        lambda text: text.replace(b"\n%d\n" % SIZE, b"\n%d\n" % (SIZE - 1), 1),
        lambda text: text.replace(b"\n%d\n" % SIZE, b"\n0%d\n" % SIZE, 1),
        lambda text: text.replace(b"keyrite/2", b"keyrite/3"),
        lambda text: text[: text.index(b"\n\n") + 2],
        lambda text: text[:-1],
        lambda text: text.replace(b"\n\n", b"\nmore\n\n"),
        lambda text: text.replace(b"\xe2\x80\x94", b"-"),
        lambda text: text + b"\n",
        lambda text: b"",
        lambda text: b"\xff" + text,
    ]
    for change in changes:
        assert change(note) != note
        refused(lambda change=change: against(change(note)), "CHECKPOINT")



// Ledgers and proofs that are not what was signed, and changes that the ledger forbids.
import { appendFileSync, cpSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { blank, initArgs, type TestPartition } from '../../support/partition.ts'
import { generate, type Row, row } from './row.ts'

/** Changes the lines of the ledger. */
const edited = (change: (lines: string[]) => string[]) => ({
  spoil: (place: TestPartition) => {
    const lines = readFileSync(place.ledger, 'utf8').trimEnd().split('\n')
    writeFileSync(place.ledger, `${change(lines).join('\n')}\n`, { mode: 0o600 })
  },
})

const cut = edited((lines) => lines.slice(0, 1))
/** Nothing beside the ledger remembers more. */
const cutAlone = {
  spoil: (place: TestPartition) => {
    cut.spoil(place)
    rmSync(place.path('home', 'pay', 'checkpoint'))
  },
}
/** Of the same length, which alone an index would not notice. */
const retold = {
  spoil: (place: TestPartition) => {
    edited(([first, second, third]) => [first!, second!.replaceAll('aes-256', 'aes-128'), third!]).spoil(place)
    rmSync(place.path('home', 'pay', 'index.root'), { force: true })
  },
}
const shortened = edited(([first, , third]) => [first!, third!])
const scrambled = edited(([first, second, third]) => [first!, `x${second}`, third!])

/** The token goes back to what it was before the last key was made; the ledger does not. */
const rolledBack = {
  spoil: async (place: TestPartition) => {
    cpSync(place.path('tokens'), place.path('older'), { recursive: true })
    await place.data('key', 'generate', 'later', '--type', 'aes-256', ...place.approvedBy('alice', 'bob'))
    rmSync(place.path('tokens'), { recursive: true })
    cpSync(place.path('older'), place.path('tokens'), { recursive: true })
  },
}

/** The checkpoint beside it is left: that alone would tell of an older copy. */
const emptied = (text: string) => ({ spoil: (place: TestPartition) => writeFileSync(place.ledger, text) })
const EMPTY = /^the ledger is empty$/
const NONE_WHOLE = /^not one record of the ledger is whole$/
const RESTORE = /^keyrite backup restore FILE --ledger FILE\.ledger {2}# /

const VERIFY = /^keyrite audit verify$/
const check = ['audit', 'verify']
const ledgers: Row[] = [
  row(
    'behind the token',
    generate,
    '5 LEDGER-BEHIND',
    /^the token has seen record 2, which this ledger lacks$/,
    /^take the newest ledger\.jsonl/,
    { ...cutAlone, login: true },
  ),
  row(
    'behind its checkpoint',
    generate,
    '5 LEDGER-BEHIND',
    /^this ledger has 1 record, and its checkpoint saw 3: it is an older copy$/,
    /^take the newest ledger\.jsonl/,
    cut,
  ),
  row(
    'ahead of a token that was rolled back',
    generate,
    '5 TOKEN-BEHIND',
    /^the token has seen nothing after record 2: an older copy/,
    /./,
    { ...rolledBack, login: true },
  ),
  row('a line edited', generate, '5 CHAIN-PREV', /^record 2: it does not follow the record before it$/, VERIFY, retold),
  row('a line gone', generate, '5 CHAIN-SEQ', /^record 1: number 2 stands where 1 should$/, VERIFY, shortened),
  row('a line that is no JSON', generate, '5 LINE-CANONICAL', /^record 1: it is not JSON$/, VERIFY, scrambled),
  row('edited, and somebody lists keys', ['key', 'list'], '5 CHAIN-PREV', /^record 2: /, VERIFY, retold),
  row(
    'edited, and somebody checks',
    check,
    '5 APPROVAL-SIGNED',
    /^record 1: the signature of alice is wrong$/,
    /./,
    retold,
  ),
  row(
    'torn, and somebody checks',
    check,
    '5 LEDGER-TORN',
    /^the last line, after record 2, is torn$/,
    /^the next command that logs in mends it; where checkpoint or token saw more: take /,
    { spoil: (place) => appendFileSync(place.ledger, '{"record":{"seq":3') },
  ),
  row(
    'torn in a record that the checkpoint saw, and somebody checks',
    check,
    '5 CHECKPOINT-BEHIND',
    /it holds 2 of the 3 records that the checkpoint saw$/,
    /^bring a newer copy/,
    { spoil: (place) => truncateSync(place.ledger, statSync(place.ledger).size - 20) },
  ),
  ...[['key', 'list'], ['partition', 'show'], check].map((args) =>
    row(`no record, and somebody types ${args.join(' ')}`, args, '5 LEDGER-BEGINS', EMPTY, RESTORE, emptied('')),
  ),
  row('a torn first record', ['quorum', 'show'], '5 LEDGER-BEGINS', NONE_WHOLE, RESTORE, emptied('{"rec')),
  row('a torn first record, and somebody reads', ['audit', 'show'], '5 LEDGER-BEGINS', NONE_WHOLE, RESTORE, {
    ...emptied('{"rec'),
    data: { records: [] },
  }),
  row('nothing but zeros', generate, '5 LEDGER-BEGINS', NONE_WHOLE, RESTORE, emptied('\0'.repeat(4096))),
  row(
    'a torn copy, and somebody checks it',
    (place) => [...check, '--ledger', place.path('copy')],
    '5 LEDGER-TORN',
    /^the last line, after record 2, is torn$/,
    /^copy it once more, from where it is whole$/,
    {
      spoil: (place) =>
        writeFileSync(place.path('copy'), `${readFileSync(place.ledger)}{"record":{"seq":3`, { mode: 0o600 }),
    },
  ),
  row(
    'cut, and somebody checks with the checkpoint beside it',
    check,
    '5 CHECKPOINT-BEHIND',
    /pay\/checkpoint: the ledger is an older copy, or has been cut: it holds 1 of the 3 records/,
    /./,
    cut,
  ),
]

const write = (name: string, text: string) => ({
  spoil: (place: TestPartition) => writeFileSync(place.path(name), text, { mode: 0o600 }),
})

/** What is named is another kind of file. */
const others: Row[] = [
  row(
    'a ledger that is a text',
    [...check, '--ledger', 'note'],
    '5 LINE-CANONICAL',
    /^note is not a ledger$/,
    /./,
    write('note', 'hello\n'),
  ),
  row(
    'a ledger that is a backup',
    [...check, '--ledger', 'note'],
    '5 RECORD-SHAPE',
    /^note is a backup, not a ledger$/,
    /^keyrite audit verify .*--ledger note\.ledger {2}# /,
    write('note', '{"header":{}}\n'),
  ),
  row(
    'a backup that is a ledger',
    ['backup', 'verify', 'pay.backup.ledger'],
    '5 BACKUP-SHAPE',
    /^pay\.backup\.ledger is a ledger, not a backup$/,
    /^name the backup beside it: pay\.backup$/,
    { spoil: (place) => cpSync(place.ledger, place.path('pay.backup.ledger')) },
  ),
  row(
    'a backup that is damaged',
    ['backup', 'verify', 'note'],
    '5 BACKUP-SHAPE',
    /^note is damaged: line 1: /,
    /keyrite partition show$/,
    write('note', '{"header":{}}\n'),
  ),
]

const otherCheckpoint = {
  spoil: async (place: TestPartition) => {
    using other = blank()
    await other.data(...initArgs(other))
    cpSync(other.path('home', 'pay', 'checkpoint'), place.path('note'))
  },
}

const proofs: Row[] = [
  row(
    'the wrong anchor',
    [...check, '--anchor', 'AAAAA BBBBB CCCCC DDDDD EEEEJ'],
    '5 ANCHOR-MATCHES',
    /^the anchor of this ledger is (\w{5} ){4}\w{5}, not AAAAA BBBBB CCCCC DDDDD EEEEJ$/,
    /^compare the code with your note; if /,
  ),
  row(
    'no such checkpoint',
    [...check, '--checkpoint', 'note'],
    '2 FILE-MISSING',
    /^there is no file note$/,
    /^ls -l \.$/,
  ),
  row(
    'no checkpoint at all',
    [...check, '--checkpoint', 'note'],
    '5 CHECKPOINT-SHAPE',
    /note: this is not a checkpoint/,
    /./,
    write('note', 'keyrite\n'),
  ),
  row(
    'the checkpoint beside the ledger is damaged',
    check,
    '5 CHECKPOINT-SHAPE',
    /^[^ ]*pay\/checkpoint: this is not a checkpoint/,
    /^take another copy of the checkpoint$/,
    write('home/pay/checkpoint', ''),
  ),
  row(
    'a checkpoint of another partition',
    [...check, '--checkpoint', 'note'],
    '5 CHECKPOINT-ORIGIN',
    /note.*: the checkpoint is of "keyrite\/[0-9a-f-]{36}", not of keyrite/,
    /^take a checkpoint of this partition$/,
    otherCheckpoint,
  ),
]

const change =
  (...words: string[]) =>
  (place: TestPartition) => [...words, ...place.approvedBy('alice', 'bob')]

const forbidden: Row[] = [
  row(
    'a name that is taken',
    change('key', 'generate', 'card', '--type', 'aes-256'),
    '3 KEY-NEW',
    /^card exists already$/,
    /^keyrite key rotate card$/,
  ),
  row('an unknown key', ['key', 'show', 'nope'], '3 KEY-EXISTS', /^no key is called nope$/, /^keyrite key list$/),
  row(
    'an unknown version',
    ['key', 'show', 'card#2'],
    '3 KEY-EXISTS',
    /^card has no version 2; the newest is 1$/,
    /^keyrite key list$/,
  ),
  row(
    'a key of which only the beginning was named',
    ['key', 'show', 'ca'],
    '3 KEY-EXISTS',
    /^no key is called ca; did you mean card\?$/,
    /^keyrite key list$/,
  ),
  row(
    'a key that was nearly named',
    ['key', 'show', 'crad'],
    '3 KEY-EXISTS',
    /^no key .* crad; did you mean card\?$/,
    /./,
  ),
  row(
    'a state that is there already',
    change('key', 'activate', 'card', '--reason', 'test'),
    '3 KEY-STATE',
    /^card#1 is active already$/,
    /^it can become: suspended, /,
  ),
  row(
    'another key in the place of one that is used no more',
    change('key', 'rotate', 'card'),
    '3 KEY-STATE',
    /^card#1 is deactivated: only active keys have a next version$/,
    /^keyrite key generate card-2 --type aes-256$/,
    { spoil: (place) => place.data(...change('key', 'deactivate', 'card', '--reason', 'old')(place)) },
  ),
  row(
    'an active key, to be destroyed',
    change('key', 'destroy', 'card', '--confirm', 'card#1'),
    '3 KEY-STATE',
    /^card#1 is active: deactivate it first$/,
    /^keyrite key deactivate 'card#1'$/,
  ),
  row('a state that can not follow', change('key', 'resume', 'card', '--reason', 'test'), '3 KEY-STATE', /card#1/, /./),
  row(
    'nothing to recover',
    change('partition', 'recover'),
    '3 NOTHING-OPEN',
    /^nothing to recover: every change in the ledger has its outcome$/,
    /^keyrite audit verify$/,
  ),
]

export const ledger: Row[] = [ledgers, others, proofs, forbidden].flat()

// The changes to who approves that are crashed: new shares staged, given up and confirmed, and somebody suspended.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { toBase64url } from '../../src/domain/encoding.ts'
import type { History } from '../../src/domain/history.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { keys } from './beginnings.ts'
import { again, type Operation, on, sampled } from './operation.ts'
import { type GroupFlags, ONE_GROUP, type Place } from './place.ts'
import { Prepared, type Step } from './prepared.ts'

/** 2 of 4, of whom dave is never asked: he can be suspended. */
const WITH_DAVE: readonly GroupFlags[] = ONE_GROUP.map((group) => ({
  ...group,
  flags: [...group.flags, '--custodian', 'dave'],
}))

const folderOf = ({ out }: Place): string => join(out, 'new')

const stage = (place: Place): string[] =>
  place.changing(
    ...['quorum', 'stage', '--remove', 'carol', '--add', 'dan'],
    ...['--shares-dir', folderOf(place), '--unsafe-plain-shares'],
  )

const unstage = (place: Place): string[] => place.changing('quorum', 'unstage')
const confirm = ({ shares }: Place): string[] => ['quorum', 'confirm', '--share', join(shares, 'alice.share.txt')]
const suspend = (place: Place): string[] =>
  place.changing('custodian', 'suspend', 'dave', '--until', '2099-01-31', '--reason', 'on leave')
const resume = (place: Place): string[] => place.changing('custodian', 'resume', 'dave')

const withFolder = (place: Place): Step[] => [...keys(place), () => mkdirSync(folderOf(place), { mode: 0o700 })]

/** Where nothing came of it, the next one finds nothing in its way. */
const stagedAfterAll = async (place: Place): Promise<string[] | undefined> =>
  place.history!.rosters.stage ? undefined : stage(place)

/** What is staged is in the hands of its custodians: a file for each, whole, and no other. */
function issued({ rosters }: History, place: Place): void {
  const { group } = rosters.stage!.plan
  const files = readdirSync(folderOf(place))
  assert.deepEqual(
    files.sort(),
    group.custodians.map(({ name }) => `${name}.e${group.epoch}.share.txt`),
  )
  for (const { name, key } of group.custodians) {
    const text = readFileSync(join(folderOf(place), `${name}.e${group.epoch}.share.txt`), 'utf8')
    using share = quorum.parseShare(text.split('\n').find((line) => line.startsWith('krs1'))!)
    assert.equal(toBase64url(share.key), key, `the share of ${name}`)
  }
}

const staging: Operation = {
  ...on(new Prepared(withFolder), 'stage', stage, issued),
  afterwards: stagedAfterAll,
}

const ofDave = (steps: (place: Place) => Step[]) => new Prepared(steps, { groups: WITH_DAVE })

export const QUORUM_OPERATIONS: readonly Operation[] = [
  staging,
  sampled(again('stage-again', staging, /^fsync .*\.share\.txt/, stage)),
  sampled(again('stage-recover', staging, /write.* .*ledger\.jsonl$/, (place) => place.recover())),
  sampled(on(new Prepared((place) => [...withFolder(place), stage(place)]), 'unstage', unstage)),
  on(new Prepared(keys), 'confirm', confirm),
  sampled(on(ofDave(keys), 'custodian-suspend', suspend)),
  sampled(
    on(
      ofDave((place) => [...keys(place), suspend(place)]),
      'custodian-resume',
      resume,
    ),
  ),
]

// New shares for the custodians of a test's partition: alice and bob stay, carol goes, dan comes.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { blank, copyOf, initArgs, type TestPartition } from './partition.ts'

/** An age identity of somebody's own, in a file, and the recipient that goes with it. */
export function identity(place: TestPartition, name: string): { file: string; recipient: string } {
  const file = place.path(`${name}.identity`)
  execFileSync('age-keygen', ['-o', file], { stdio: 'pipe' })
  return { file, recipient: execFileSync('age-keygen', ['-y', file], { encoding: 'utf8' }).trim() }
}

/** The arguments of `quorum stage` into the folder `new`, which is made where it is missing. */
export function stageArgs(place: TestPartition, ...more: string[]): string[] {
  mkdirSync(place.path('new'), { recursive: true, mode: 0o700 })
  const who = ['--remove', 'carol', '--add', 'dan']
  return ['quorum', 'stage', ...who, '--shares-dir', place.path('new'), '--unsafe-plain-shares', ...more]
}

export const staged = (place: TestPartition, ...more: string[]) =>
  place.data(...stageArgs(place, ...more), ...place.approvedBy('alice', 'bob'))

export const newShare = (place: TestPartition, custodian: string, epoch = 2, ending = 'txt'): string =>
  place.path('new', `${custodian}.e${epoch}.share.${ending}`)

/** 2 of 4: one can be suspended. */
export const ofFour = (): Promise<TestPartition> =>
  copyOf('of-four', 'plain', async () => {
    const place = blank('plain', ['alice', 'bob', 'carol', 'dave'])
    await place.data(...initArgs(place))
    return place
  })

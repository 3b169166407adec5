// The members of a partition, as `member list` and the independent reader tell of them.
import { readFileSync } from 'node:fs'
import { describeWhole } from './independent.ts'
import { by, copyOf, partition, type TestPartition } from './partition.ts'
import { softhsm } from './softhsm.ts'

/** The partition `pay` with a second member: a copy that is the test's own. */
export const withSecond = (): Promise<TestPartition> =>
  copyOf('two-members', 'plain', async () => {
    const both = await partition()
    await both.data('member', 'add', 'site-b', '--module', softhsm, ...by(both))
    return both
  })

export const standingsOf = (members: readonly { name: string; standing: string }[]): string[] =>
  members.map(({ name, standing }) => `${name} ${standing}`)

/** As `member list` has them. */
export const standings = async (place: TestPartition): Promise<string[]> =>
  standingsOf((await place.data('member', 'list')).members)

/** As the independent reader comes to them. */
export const readStandings = async ({ ledger }: TestPartition): Promise<string[]> =>
  standingsOf((await describeWhole(readFileSync(ledger, 'utf8'))).members)

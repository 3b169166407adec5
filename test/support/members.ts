// The members of a partition, as `member list` and the independent reader tell of them.
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

// Hands out a new set of shares for a group that has one. Until a record tells of them their files are noted, and go when nothing comes of it.
import { makeSet, type NewShare, type SetRequest } from '../change/make-set.ts'
import { confirmationMessage } from '../domain/confirmation.ts'
import { sha256, toBase64url, toHex } from '../domain/encoding.ts'
import { ISSUE_FORMAT, type IssueNote } from '../domain/issue-note.ts'
import type { Issued } from '../domain/quorum-plans.ts'
import type { Group } from '../domain/shapes.ts'
import type { Share } from '../quorum/port.ts'
import { joiningView } from '../views/joining-view.ts'
import type { ChangeSession } from './change-session.ts'
import { issueShares } from './issue-shares.ts'
import { settleIssue } from './settle-issue.ts'
import { entryPorts } from './share-entry.ts'
import type { IssueOptions } from './share-paths.ts'

/** A set that was handed out. At its disposal the ledger says whether anything came of it. */
export interface HandedOut extends AsyncDisposable {
  readonly group: Group
  /** What became of each share, in the order of the group. */
  readonly issued: Issued[]
}

/** SHARE-READ-BACK. Whoever reads a share back signs that; `mayBeAbsent`: whoever is not there gets a share for their recipient alone. */
export async function issueSet(
  request: SetRequest,
  paths: Map<string, string>,
  options: IssueOptions,
  work: ChangeSession,
  mayBeAbsent: boolean,
): Promise<HandedOut> {
  const { history, partition, terminal } = work
  const { quorum, sources } = work.context
  const { hsm, address } = await work.openToken()
  const tokenRandom = (length: number) => hsm.random(address, length)
  const { group, shares } = await makeSet(request, { partition: history.partition, sources, quorum, tokenRandom })
  const settle = () => settleIssue(partition, quorum, terminal)
  const note: IssueNote = {
    format: ISSUE_FORMAT,
    partition: history.partition,
    group: group.name,
    epoch: group.epoch,
    check: group.check,
    files: [],
  }
  const issued: Issued[] = []
  const what = `${group.name}, epoch ${group.epoch}`
  const issuing = {
    ...entryPorts(work.globals, work.context, terminal),
    partition: history.partition,
    view: joiningView(group, history),
    note(path: string, content: Uint8Array): void {
      note.files.push({ path, sha256: toHex(sha256(content)) })
      partition.noteIssue(note)
    },
    does: `confirms ${what}`,
    youDo: `you confirm that you have your share of ${what}`,
    readBack: (made: NewShare, share: Share) => {
      issued.push(confirmed(made, share, history.partition))
    },
    ...(mayBeAbsent && {
      absent: ({ custodian }: NewShare, recipient: string) => {
        issued.push({ custodian: custodian as Issued['custodian'], recipient })
      },
    }),
  }
  try {
    await issueShares(shares, paths, options, issuing)
    return { group, issued, [Symbol.asyncDispose]: settle }
  } catch (error) {
    await settle()
    throw error
  } finally {
    for (const { share } of shares) share[Symbol.dispose]()
  }
}

/** The share signs that it was read back, and is not needed any more here. */
function confirmed({ custodian, group }: NewShare, share: Share, partition: string): Issued {
  using read = share
  const key = toBase64url(read.key)
  const message = confirmationMessage(partition, { custodian, group: group.name, epoch: group.epoch, key })
  return { custodian: custodian as Issued['custodian'], confirmation: toBase64url(read.sign(message)) }
}

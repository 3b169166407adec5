// The story of a ledger that goes into a database and comes back: what stations give meanwhile waits, and stands in front of the next change.
import { canonical } from '../../src/domain/canonical.ts'
import { toBase64url } from '../../src/domain/encoding.ts'
import { type Statement, statementMessage } from '../../src/domain/statement.ts'
import { waitingTextMessage } from '../../src/domain/waited.ts'
import { type Forgery, one, set } from './bending.ts'
import type { Cast } from './cast.ts'
import { everyone, signaturesOf, signedOnce } from './custody.ts'
import { type Change, type Loose, recordOf } from './ledger.ts'
import { FAILED, Story } from './story.ts'

export class WaitedStory extends Story {
  static whole(cast: Cast): WaitedStory {
    const story = new WaitedStory(cast)
    story.#tell()
    return story
  }

  /** Up to where a change of it is signed. */
  static bent(cast: Cast, changes: Record<string, Change>): WaitedStory {
    const story = new WaitedStory(cast, changes, true)
    return story.told(() => story.#tell())
  }

  #tell(): void {
    this.begin()
    this.#move('move', 'postgresql://db.example/keyrite')
    const share = { custodian: everyone(this.cast.ops)[0]!, group: this.cast.ops.group.name, epoch: 1 }
    this.#said('given drill', 'drill', {}, everyone(this.cast.ops).slice(0, 1))
    this.#said('given seal', 'share.recorded', { share, state: 'sealed', bag: '4712' })
    this.#give('given denied', 'denied', { op: 'key.rotate', planDigest: toBase64url(this.random(32)), reason: 'X' })
    this.generateOne('first', 'first', 'aes-256')
    this.#said('given open', 'share.recorded', { share, state: 'opened' })
    this.#said('later drill', 'drill', {}, everyone(this.cast.ops).slice(1, 2))
    this.#move('back', 'file')
    this.note('last note')
  }

  #move(step: string, to: string): void {
    const { leaf } = this.intent(step, 'partition.move', { to })
    this.outcome(`${step} done`, leaf, [])
  }

  #said(step: string, type: Statement['type'], told: object, people = everyone(this.cast.ops).slice(1, 3)): void {
    const challenge = { seq: this.lines.length - 1, leaf: this.leaf }
    const members = this.bend(step, structuredClone({ challenge, ...told }))
    const message = statementMessage({ partition: this.cast.partition, type, ...members })
    const signed = signaturesOf(this.cast.ops, message, people)
    this.#give(step, type, { ...members, ...(people.length > 1 ? { signed } : { proof: signed[0] }) })
  }

  /** `said:given by ` and a step: what the station signs. */
  #give(step: string, type: string, members: object): void {
    const { station, cast } = this
    const time = new Date(Date.parse(recordOf(this.lines.at(-1)!).time) + 1000).toISOString()
    const { time: given, ...said } = this.bend(`given by ${step}`, {
      format: 'keyrite.record/1',
      partition: cast.partition,
      time,
      type,
      tool: { name: 'keyrite', version: '0.1.0' },
      station: station.name,
      host: { user: 'ops', name: 'host' },
      ...structuredClone(members),
    })
    const value = toBase64url(signedOnce(station, waitingTextMessage(canonical({ ...said, time: given }))))
    this.add(step, type, { ...said, waited: { time: given, value } }, null)
  }
}

const first = (lines: readonly string[], type: string): Loose => lines.map(recordOf).findLast((r) => r.type === type)

export const waitedForgeries: Forgery[] = [
  one('WAITED-SIGNED', 'another refusal than was given', 'given denied', set({ reason: 'SHARE-WRONG' })),
  one('WAITED-SIGNED', 'given at another time', 'given drill', ({ waited }) => {
    waited.time = waited.time.replace(/...Z$/, '999Z')
  }),
  one('WAITED-SIGNED', 'by another machine', 'given denied', ({ host }) => void (host.name = 'other')),
  one('WAITED-ONCE', 'it is no later than what was given before', 'said:given by later drill', (said, { lines }) => {
    said.time = first(lines, 'denied').waited.time
  }),
  {
    rule: 'WAITED-PLACE',
    what: 'it waited, and the ledger lies in a file',
    changes: { 'move done': set(FAILED), first: () => {} },
  },
  one('WAITED-PLACE', 'it waited, and the ledger is back in a file', 'last note', (record, { lines, cast }) => {
    const { seq, prev, time } = record
    delete record.text
    Object.assign(record, first(lines, 'denied'), { seq, prev, time })
    return cast.audit
  }),
  one('WAITED-PLACE', 'what shares sign has not waited', 'given seal', (record) => void delete record.waited),
  one('STATEMENT-CHALLENGE', 'it was told before', 'said:given open', (said, { lines }) => {
    const { challenge, share, state, bag } = first(lines, 'share.recorded')
    Object.assign(said, { challenge, share, state, bag })
  }),
  one('STATEMENT-CHALLENGE', 'it was signed before the ledger came there', 'said:given seal', (said, { leaves }) => {
    Object.assign(said.challenge, { seq: 1, leaf: leaves[1] })
  }),
  one('SIGNER-MAY', 'the station puts it in its place itself', 'given drill', (_, { cast }) => cast.station),
  one('STATION-KNOWN', 'of a machine that nobody let in', 'given denied', set({ station: 'nobody' })),
  one('RECORD-SHAPE', 'a note that has waited', 'last note', (record, { lines }) => {
    record.waited = first(lines, 'denied').waited
  }),
]

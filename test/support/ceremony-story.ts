// The story of ceremonies: one in which the partition begins, one that is aborted, the same again with a recovery in it and a key that was made beside it, and its end.
import type { Cast } from './cast.ts'
import type { Change, Loose } from './ledger.ts'
import { Story } from './story.ts'

export const MARK = { name: 'q4', script: 'a1'.repeat(32), site: 'b2'.repeat(32) }

export class CeremonyStory extends Story {
  static whole(cast: Cast): CeremonyStory {
    const story = new CeremonyStory(cast)
    story.#tell()
    return story
  }

  /** Up to where a change of it is signed. */
  static bent(cast: Cast, changes: Record<string, Change>): CeremonyStory {
    const story = new CeremonyStory(cast, changes, true)
    return story.told(() => story.#tell())
  }

  #tell(): void {
    const opened = { mode: 'real', journal: this.#head() }
    this.create({ ceremony: { ...MARK, name: 'q1', step: '1.1', journal: this.#head(), opened } })
    this.#step('first', 'audit.checkpoint', '1.2', {}, 'q1')
    this.outcome('first done', this.leaf, [])
    this.#event('end of the first', { event: 'closed', name: 'q1', journal: this.#head(), steps: 2, exceptions: 0 })
    this.#event('open', { event: 'opened', ...MARK, mode: 'real', journal: this.#head() })
    this.#event('abort', { event: 'aborted', name: 'q4', reason: 'the power went' })
    const clock = { host: '2026-01-05T08:00:00.000Z', wall: '2026-01-05T08:00:04.000Z' }
    const opening = {
      event: 'opened',
      ...MARK,
      mode: 'real',
      journal: this.#head(),
      clock,
      rehearsal: this.#rehearsal(),
    }
    this.#event('open again', opening)
    const cut = this.#step('generate', 'partition.check', '2.2')
    const recovery = this.#step('recover', 'partition.recover', '2.2/recover', { recovers: cut })
    this.add('recovered', 'recovered', { intent: cut, found: 'not done', keys: [] }, null)
    this.outcome('recover done', recovery, [])
    this.generateOne('beside', 'other', 'aes-256')
    this.#event('close', { event: 'closed', name: 'q4', journal: this.#head(), step: '4.1', steps: 12, exceptions: 1 })
    const last = this.#step('last', 'audit.checkpoint', '4.1')
    this.outcome('last done', last, [])
    this.generateOne('after', 'later', 'aes-256')
    this.#event('next', { event: 'opened', ...MARK, name: 'q5', mode: 'real', journal: this.#head() })
  }

  #head = (): string => this.random(32).toString('base64url')

  #event(step: string, ceremony: Loose): void {
    this.add(step, 'note', { text: 'a ceremony', ceremony }, this.station)
  }

  #step(name: string, op: string, step: string, members: object = {}, of = MARK.name): string {
    return this.intent(name, op, { ...members, ceremony: { ...MARK, name: of, step, journal: this.#head() } }).leaf
  }

  #rehearsal() {
    const { key } = this.cast.guest
    const rehearsal = {
      format: 'keyrite.rehearsal/1',
      name: 'q4',
      script: MARK.script,
      partition: this.cast.partition,
      journal: this.#head(),
      ended: '2026-01-04T08:00:00.000Z',
      exceptions: 0,
      key,
    }
    return { rehearsal, value: this.random(64).toString('base64url') }
  }
}

// A plan's or a note's ceremony, in words: the codes are those that people read aloud, and have on paper.
import {
  type CeremonyMark,
  type CeremonyNote,
  type Clocks,
  type FirstMark,
  openingOf,
  type SignedRehearsal,
} from '../domain/ceremony-marks.ts'
import { recordCode, shortCode } from '../domain/code.ts'
import { fromHex } from '../domain/encoding.ts'
import { counted } from '../domain/words.ts'
import { type Field, marked, whole } from '../terminal/text.ts'
import { toTheMinute } from './words.ts'

const fileCode = (sha256: string): string => shortCode(fromHex(sha256))

const A_REHEARSAL = 'a REHEARSAL: nothing of it is real'

/** Of whatever plan: that by which a partition begins opens its ceremony, too. */
type Mark = CeremonyMark | FirstMark | undefined

/** `open`: one that is under way, and that this may be no step of. */
export const ceremonyFields = (mark: Mark, open?: { name: string }): Field[] =>
  mark
    ? [
        ['ceremony', `step ${mark.step} of ${mark.name}`],
        ['', mark.mode && marked(A_REHEARSAL, 'warning')],
        ['', ['script code ', whole(fileCode(mark.script))]],
        ['', ['site code ', whole(fileCode(mark.site))]],
        ['', ['journal so far ', whole(recordCode(mark.journal))]],
        ...('opened' in mark ? openingFields(mark.opened) : []),
      ]
    : open
      ? [
          [
            'ceremony',
            marked(`${open.name} is under way, and this is NO STEP of it: its verification will say so`, 'warning'),
          ],
        ]
      : []

const openingFields = ({ journal, clock, rehearsal }: FirstMark['opened']): Field[] => [
  ['', ['journal from ', whole(recordCode(journal))]],
  ...(clock ? [['', clocksInWords(clock)] satisfies Field] : []),
  ...(rehearsal ? [['', rehearsedInWords(rehearsal)] satisfies Field] : []),
]

const clocksInWords = ({ host, wall }: Clocks): string => `this machine said ${host}, and the clock on the wall ${wall}`
const rehearsedInWords = ({ rehearsal: { ended, exceptions } }: SignedRehearsal): string =>
  `rehearsed ${toTheMinute(ended)}${exceptions > 0 ? `, with ${counted(exceptions, 'exception')}` : ''}`

export const ceremonyInWords = (mark: Mark): string[] =>
  mark
    ? [
        `step ${mark.step} of the ceremony ${mark.name}${mark.mode ? ` (${mark.mode})` : ''}: script ${fileCode(mark.script)}, site ${fileCode(mark.site)}, journal so far ${recordCode(mark.journal)}`,
        ...('opened' in mark ? noteInWords(openingOf(mark)) : []),
      ]
    : []

/** What a note says besides its text. */
export function noteInWords(note: CeremonyNote | undefined): string[] {
  switch (note?.event) {
    case undefined:
      return []
    case 'opened': {
      const { name, script, site, mode, journal, clock, rehearsal } = note
      return [
        `ceremony ${name} (${mode}): script ${fileCode(script)}, site ${fileCode(site)}, journal from ${recordCode(journal)}`,
        ...(clock ? [clocksInWords(clock)] : []),
        ...(rehearsal ? [rehearsedInWords(rehearsal)] : []),
      ]
    }
    case 'closed': {
      const { name, journal, step, steps, exceptions } = note
      const last = step === undefined ? '' : `; step ${step} follows`
      return [
        `ceremony ${name}: ${counted(steps, 'step')}, ${counted(exceptions, 'exception')}, journal ${recordCode(journal)}${last}`,
      ]
    }
    case 'aborted':
      return [`ceremony ${note.name}: ${note.reason}; journal ${note.journal ? recordCode(note.journal) : 'LOST'}`]
  }
}

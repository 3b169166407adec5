// A script as text of 80 columns, for a printer that knows no more, and for screens.
import { unsteered } from '../../domain/names.ts'
import { widthOf } from '../../terminal/width.ts'
import { rowsIn } from '../../terminal/wrap.ts'
import type { Box, Sheet, SheetStep } from './sheet.ts'

const WIDTH = 80

/** A head, and its text in as many rows as it takes, below each other. */
function hung(head: string, text: string, room = WIDTH): string[] {
  const indent = ' '.repeat(widthOf(head))
  const shown = unsteered(text)
  const rows = rowsIn(shown, room - widthOf(head))
  return rows.map(([from, to], i) => `${i === 0 ? head : indent}${shown.slice(from, to)}`.trimEnd())
}

const named = (name: string, value: string, indent = ''): string[] => hung(`${indent}${name.padEnd(12)}`, value)

const RULE = '_'.repeat(28)

const ruled = (title: string): string[] => ['', ...hung('', title.toUpperCase()), '='.repeat(WIDTH)]

export function sheetText(sheet: Sheet): string {
  const { title, facts, code, sha256, people, reader, media, keys, acts, attested } = sheet
  const lines = [
    'SCRIPT OF A KEY CEREMONY',
    '',
    ...hung('', title),
    '',
    `code        ${code}`,
    `sha256      ${sha256}`,
    ...facts.flatMap(([name, value]) => named(name, value)),
    ...(reader === undefined ? [] : named('marked for', `${reader}: steps with >>`)),
    ...ruled('Who takes part'),
    ...people.flatMap(({ role, about, isMine }) => [
      ...hung(isMine ? '>> ' : '   ', `${role}: ${about}`),
      '',
      `   name ${RULE}  signature ${RULE}`,
      '',
    ]),
    `date and place ${'_'.repeat(62)}`,
    ...ruled('Who acts when'),
    ...acts.flatMap(({ title: act, roles }) => hung('', `${act}: ${roles.join(', ')}`)),
    ...(media.length > 0
      ? [...ruled('What comes out of bags, or goes into them'), ...media.flatMap(([name, about]) => named(name, about))]
      : []),
    ...(keys.length > 0 ? [...ruled('Keys'), ...keys.flatMap((key) => hung('', key))] : []),
    ...acts.flatMap(({ title: act, steps }) => [...ruled(act), ...steps.flatMap(stepText)]),
    ...ruled('Exceptions'),
    ...hung(
      '',
      'Whatever differed from the script, however small: what was to happen, what happened, and what was decided.',
    ),
    ...Array.from({ length: 9 }, () => [
      '',
      `step ________  time ________  initials ________`,
      '_'.repeat(WIDTH),
    ]).flat(),
    ...ruled('What is attested'),
    ...attested.flatMap((one) => hung('[ ] ', one)),
    ...people.flatMap(({ role }) => ['', ...hung('', role), `name ${RULE}  signature ${RULE}`]),
    '',
    `${code}  end of the script`,
  ]
  return `${lines.join('\n')}\n`
}

function stepText({ id, what, by, isMine, takes, text, command, facts, boxes }: SheetStep): string[] {
  return [
    '',
    ...hung(isMine ? '>> ' : '   ', `${id}  ${what}, ${takes}: ${by.join(', ')}`),
    ...hung('   ', text),
    ...(command ? named('command', command.join(' '), '     ') : []),
    ...facts.flatMap(([name, value]) => named(name, value, '     ')),
    ...boxes.flatMap(boxText),
    '     time ________  initials ________  [ ] exception',
  ]
}

const boxText = ({ label, choices }: Box): string[] =>
  hung('     ', `${label}: ${choices ? choices.map((one) => `[ ] ${one}`).join('  ') : RULE}`)

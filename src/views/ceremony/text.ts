// A script as text of 80 columns, for a printer that knows no more, and for screens.
import { own, said, WIDTH } from './rows.ts'
import type { Box, Sheet, SheetAct, SheetStep } from './sheet.ts'

const NAMED = 12
const INDENT = ' '.repeat(5)

const named = (name: string, text: string): string[] => said(`${name.padEnd(NAMED - 1)} `, text)
const inStep = (name: string, text: string): string[] => said(`${INDENT}${name.padEnd(NAMED)}`, text)

const RULE = '_'.repeat(28)
const SIGNED = `name ${RULE}  signature ${RULE}`

const part = ({ span, title }: SheetAct): string[] => named(span, title)

const REHEARSAL = ['*** REHEARSAL *** nothing that is written here is real *** REHEARSAL ***']

export function sheetText(sheet: Sheet): string {
  const { title, facts, code, sha256, people, reader, media, keys, acts, attested } = sheet
  const mark = sheet.isRehearsal ? REHEARSAL : []
  const ruled = (...rows: string[]): string[] => ['', ...mark, ...rows, '='.repeat(WIDTH)]
  const lines = [
    ...mark,
    'SCRIPT OF A KEY CEREMONY',
    '',
    ...named('title', title),
    '',
    `code        ${code}`,
    `sha256      ${sha256}`,
    ...facts.flatMap(([name, value]) => named(name, value)),
    ...(reader === undefined ? [] : own('marked for  ', `${reader}: steps with >>`)),
    ...ruled('WHO TAKES PART'),
    ...people.flatMap(({ role, about, isMine }) => [
      `${isMine ? '>> ' : '   '}${role}`,
      ...said(INDENT, about),
      '',
      `   ${SIGNED}`,
      '',
    ]),
    `date and place ${'_'.repeat(62)}`,
    `clocks, UTC    this machine ${'_'.repeat(18)}  on the wall ${'_'.repeat(18)}`,
    ...ruled('AT THE KEYBOARD'),
    ...sheet.keyboard.flatMap(([name, what]) => said(name.padEnd(14), what)),
    ...ruled('WHO ACTS WHEN'),
    ...acts.flatMap((act) => [...part(act), ...own(' '.repeat(NAMED), act.roles.join(', '))]),
    ...(media.length > 0
      ? [...ruled('WHAT COMES OUT OF BAGS, OR GOES INTO THEM'), ...media.flatMap(([name, about]) => named(name, about))]
      : []),
    ...(keys.length > 0 ? [...ruled('KEYS'), ...keys.flatMap((key) => said('', key))] : []),
    ...acts.flatMap((act) => [...ruled(...part(act)), ...act.steps.flatMap(stepText)]),
    ...ruled('EXCEPTIONS'),
    ...own(
      '',
      'Whatever differed from the script, however small: what was to happen, what happened, and what was decided.',
    ),
    ...Array.from({ length: 9 }, () => [
      '',
      `step ________  time ________  initials ________`,
      '_'.repeat(WIDTH),
    ]).flat(),
    ...ruled('WHAT IS ATTESTED'),
    ...attested.flatMap((one) => own('[ ] ', one)),
    ...people.flatMap(({ role }) => ['', role, SIGNED]),
    '',
    `${code}  end of the script`,
  ]
  return `${lines.join('\n')}\n`
}

function stepText({ id, what, by, isMine, takes, text, command, facts, boxes }: SheetStep): string[] {
  return [
    '',
    ...own(isMine ? '>> ' : '   ', `${id}  ${what}, ${takes}: ${by.join(', ')}`),
    ...said(INDENT, text),
    ...(command ? inStep('command', command.join(' ')) : []),
    ...facts.flatMap(([name, value]) => inStep(name, value)),
    ...boxes.flatMap(boxText),
    `${INDENT}time ________  initials ________  [ ] exception`,
  ]
}

const boxText = ({ label, asked, choices, isLong }: Box): string[] => [
  ...(asked === undefined ? [] : said(INDENT, asked)),
  ...(isLong
    ? [`${INDENT}${label}:`, `${INDENT}${'________ '.repeat(8).trimEnd()}`]
    : [`${INDENT}${label}: ${choices ? choices.map((one) => `[ ] ${one}`).join('  ') : RULE}`]),
]

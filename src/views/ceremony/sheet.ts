// A script as it goes onto paper: what stands on the first page, the acts with their steps, and what people fill in by hand. Pure data for HTML and for text.
import { placeholderIn } from '../../ceremony/fill-in.ts'
import { type CeremonyScript, mediaOf, rolesOf } from '../../ceremony/script.ts'
import { secondsOf } from '../../ceremony/shapes.ts'
import { type CeremonyStep, isCheckpoint, type StepOf } from '../../ceremony/step.ts'
import { shellQuoted } from '../../domain/names.ts'
import { counted } from '../../domain/words.ts'
import { comparedInWords, KIND_IN_WORDS, lengthInWords } from './words.ts'

/** What is filled in, and how much room it needs. */
export interface Box {
  label: string
  /** What the script asks. */
  asked?: string
  /** Boxes to be ticked, in place of a line to be written on. */
  choices?: readonly string[]
  /** Of 64 digits, in groups of eight. */
  isLong?: true
}

export interface SheetStep {
  id: string
  what: string
  by: readonly string[]
  isMine: boolean
  takes: string
  text: string
  /** Its words, as a shell would want them. */
  command?: readonly string[]
  /** What else is said of it. */
  facts: readonly (readonly [name: string, value: string])[]
  boxes: readonly Box[]
}

export interface SheetAct {
  title: string
  /** `2.1 to 2.4`. */
  span: string
  /** Who acts in it. */
  roles: readonly string[]
  steps: readonly SheetStep[]
}

export interface Sheet {
  title: string
  facts: readonly (readonly [name: string, value: string])[]
  code: string
  sha256: string
  /** One row for each person. */
  people: readonly { role: string; about: string; isMine: boolean }[]
  /** For whom it is marked. */
  reader?: string
  /** Nothing of what is written into it is real. */
  isRehearsal: boolean
  media: readonly (readonly [name: string, about: string])[]
  keys: readonly string[]
  acts: readonly SheetAct[]
  /** For whoever has never seen the program. */
  keyboard: readonly (readonly [name: string, what: string])[]
  /** What people say with their signature. */
  attested: readonly string[]
}

const ATTESTED = [
  'every step was taken in the order of the script, by the people named on the first page',
  'whatever differed from the script is on the list of exceptions',
  'no share, passphrase or PIN was seen by anybody but its holder',
  'bags were whole when they were opened, and their numbers are those written here',
]

const ANOTHER = { role: 'another person', about: 'whoever else is here, and as what', isMine: false }

const keyboardOf = (isRehearsal: boolean): Sheet['keyboard'] => [
  ['it begins by', `keyrite ceremony ${isRehearsal ? 'rehearse' : 'run'} SCRIPT --site SITE`],
  ['then', 'the program takes the steps in this order, and runs the commands itself: nobody types them'],
  ['at each step', 'Enter goes on, e writes an exception down, p is a pause, ? says why'],
  ['after a break', isRehearsal ? 'the same command again' : 'or where the program ended: keyrite ceremony resume'],
]

export function sheetOf(
  script: CeremonyScript,
  file: { code: string; sha256: string },
  { reader, isRehearsal = false }: { reader?: string | undefined; isRehearsal?: boolean | undefined } = {},
): Sheet {
  const total = script.steps.reduce((sum, { takes }) => sum + secondsOf(takes), 0)
  const { rehearsal, separate = [], clock } = script.requires ?? {}
  return {
    ...file,
    title: script.title,
    facts: [
      ['script', `${script.name}, version ${script.version}`],
      ['partition', script.partition],
      ['length', `${counted(script.steps.length, 'step')}, ${lengthInWords(total)}`],
      ...(script.basis ?? []).map((one) => ['basis', one] as const),
      ...(rehearsal === undefined ? [] : [['rehearsed', `this very file, not longer ago than ${rehearsal}`] as const]),
      ...(separate.length === 0 ? [] : [['apart', separate.map((pair) => pair.join(' and ')).join('; ')] as const]),
      ...(clock === undefined
        ? []
        : [['clock', `this machine within ${lengthInWords(secondsOf(clock))} of the clock on the wall`] as const]),
    ],
    people: [
      ...[...rolesOf(script)].flatMap(([role, { about, people }]) =>
        Array.from({ length: people }, (_, i) => ({
          role: people === 1 ? role : `${role} ${i + 1}`,
          about,
          isMine: role === reader,
        })),
      ),
      ...Array.from({ length: 2 }, () => ANOTHER),
    ],
    ...(reader === undefined ? {} : { reader }),
    isRehearsal,
    media: [...mediaOf(script)].map(([name, { about }]) => [name, about] as const),
    keys: keysIn(script),
    acts: actsOf(script, reader, isRehearsal),
    keyboard: keyboardOf(isRehearsal),
    attested: ATTESTED,
  }
}

/** Versions that the script names, in the order in which it does. */
function keysIn({ begins = {}, steps }: CeremonyScript): string[] {
  const named = steps.flatMap((step) =>
    step.kind === 'run'
      ? Object.keys(step.expect?.state ?? {})
      : step.kind === 'compare' && step.value === 'key.fingerprint' && step.of !== undefined
        ? [step.of]
        : [],
  )
  return [...new Set([...Object.keys(begins), ...named])]
}

function actsOf(script: CeremonyScript, reader: string | undefined, isRehearsal: boolean): SheetAct[] {
  const acts: { title: string; steps: CeremonyStep[] }[] = []
  for (const step of script.steps) {
    const last = acts.at(-1)
    if (last && (step.act ?? last.title) === last.title) last.steps.push(step)
    else acts.push({ title: step.act ?? 'Steps', steps: [step] })
  }
  return acts.map(({ title, steps }) => ({
    title,
    span: spanOf(steps),
    roles: rolesIn(steps, script),
    steps: steps.map((step) => stepOf(step, script, reader, isRehearsal)),
  }))
}

function spanOf(steps: readonly CeremonyStep[]): string {
  const [first, last] = [steps[0]!.id, steps.at(-1)!.id]
  return first === last ? first : `${first} to ${last}`
}

/** Custodians act in whatever asks for shares. */
function rolesIn(steps: readonly CeremonyStep[], script: CeremonyScript): string[] {
  const asked = steps.some((step) => step.kind === 'run' && step.quorum)
  const holders = [...rolesOf(script)].filter(([, { shares }]) => shares && asked).map(([role]) => role)
  return [...new Set([...steps.flatMap(({ by }) => by), ...holders])]
}

const stepOf = (
  step: CeremonyStep,
  script: CeremonyScript,
  reader: string | undefined,
  isRehearsal: boolean,
): SheetStep => ({
  id: step.id,
  what: KIND_IN_WORDS[step.kind],
  by: step.by,
  isMine:
    reader !== undefined &&
    (step.by.includes(reader) ||
      (step.kind === 'run' && step.quorum === true && rolesOf(script).get(reader)?.shares === true)),
  takes: lengthInWords(secondsOf(step.takes)),
  text: step.text,
  ...(step.kind === 'run' ? { command: ['keyrite', ...step.run].map(shellQuoted) } : {}),
  facts: step.kind === 'sign' && !isRehearsal ? signingOf(step, script) : factsOf(step),
  boxes: boxesOf(step, script),
})

/** The words of each command, since no program leads there any more. */
function signingOf({ by }: StepOf<'sign'>, { name }: CeremonyScript): (readonly [string, string])[] {
  const sign = (role: string) => `keyrite ceremony sign ${name} --role ${role}`
  return [
    ...by.flatMap((role) => [
      ['write it', `${sign(role)} --out ${name}.head`] as const,
      ['sign it', `ssh-keygen -Y sign -n keyrite-ceremony -f KEY ${name}.head`] as const,
      ['take it in', `${sign(role)} --signature ${name}.head.sig`] as const,
    ]),
    ['at last', `keyrite ceremony record ${name} --out DIR`],
  ]
}

function factsOf(step: CeremonyStep): (readonly [string, string])[] {
  if (step.kind === 'compare') return [['value', comparedInWords(step)]]
  if (step.kind === 'media') return [['bag', `${step.medium} is ${step.bag}`]]
  if (step.kind === 'attach') return step.file === undefined ? [] : [['file', step.file]]
  if (step.kind === 'pause') return [['stay', counted(step.stay, 'person', 'people')]]
  if (step.kind !== 'run') return []
  const states = Object.entries(step.expect?.state ?? {}).map(([key, state]) => `${key} is ${state}`)
  const exit = step.expect?.exit ?? 0
  const ofDay = [...new Set(step.run.flatMap((word) => (placeholderIn(word)?.from === 'site' ? [word] : [])))]
  return [
    ...(ofDay.length > 0
      ? [['of the day', `${ofDay.join(', ')}: as the site file has it; the screen shows it`] as const]
      : []),
    ...(step.quorum ? [['shares', 'custodians present their shares'] as const] : []),
    ['afterwards', [`exit code ${exit}`, ...states].join(', ')],
  ]
}

const readBox = (value: StepOf<'compare'>['value']): Box =>
  value === 'plan.code' ? { label: 'as it is read' } : { label: 'as it is read', isLong: true }

function boxesOf(step: CeremonyStep, { blanks = {} }: CeremonyScript): Box[] {
  const asked = new Map(Object.entries(blanks))
  const blank = (name: string): Box => ({ label: name, asked: asked.get(name)?.ask ?? name })
  if (step.kind === 'enter') return step.blanks.map(blank)
  if (step.kind === 'media') return [blank(step.blank), { label: 'the seal', choices: ['whole', 'damaged'] }]
  if (step.kind === 'check') return [{ label: 'answer', choices: ['yes', 'no'] }]
  // The code of the script stands on the first page.
  if (step.kind === 'compare')
    return [
      ...(step.value === 'script.code' ? [] : [readBox(step.value)]),
      { label: 'for all of them', choices: ['same', 'differs'] },
    ]
  if (step.kind === 'run')
    return [
      ...(step.quorum ? [{ label: 'code of the plan' }] : []),
      ...(isCheckpoint(step.run) ? [{ label: 'code of all records' }] : []),
      { label: 'exit code' },
    ]
  if (step.kind === 'attach') return [{ label: 'SHA-256 of the file, first 16 digits' }]
  if (step.kind === 'pause') return [{ label: 'who stays' }, { label: 'ends at' }]
  if (step.kind === 'sign') return [{ label: 'code of the head of the journal' }]
  return []
}

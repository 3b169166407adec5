// What the templates have in common: how they are written as TOML, and the steps with which every ceremony opens and closes.
import type { CeremonyStep, StepKind } from '../step.ts'

/** A step in the order in which its members are written. */
export type TemplateStep = { [Kind in StepKind]: Omit<Extract<CeremonyStep, { kind: Kind }>, 'act'> }[StepKind]

/** Its number is that of its act, and its place in it. */
export type Unnumbered = { [Kind in StepKind]: Omit<Extract<CeremonyStep, { kind: Kind }>, 'act' | 'id'> }[StepKind]

interface Act {
  act: string
  steps: readonly TemplateStep[]
}

export interface Template {
  title: string
  /** What a partition is called where nobody says it. */
  partition: string
  /** Tables of the file between its head and its steps. */
  tables: string
  acts: (partition: string) => readonly Act[]
}

export const inToml = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(inToml).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, one]) => `${/^[\w-]+$/.test(name) ? name : JSON.stringify(name)} = ${inToml(one)}`,
  )
  return `{ ${members.join(', ')} }`
}

function stepText({ id, ...members }: TemplateStep, act: string): string {
  const all = Object.entries({ id, act, ...members }).map(([name, value]) => `${name} = ${inToml(value)}`)
  return `[[steps]]\n${all.join('\n')}\n`
}

/** The script of a template, as a file to be edited. */
export function scriptText({ title, tables, acts }: Template, name: string, partition: string): string {
  const steps = acts(partition).flatMap(({ act, steps: all }) => all.map((step) => stepText(step, act)))
  return `# The script of a key ceremony. Change what has to be changed, then: keyrite ceremony lint FILE
# People, paths and serial numbers stand in the site file. Every text stands in quotes.
format = "keyrite.ceremony/1"
name = ${inToml(name)}
version = 1
title = ${inToml(title)}
partition = ${inToml(partition)}
# Why it takes place, such as the number of the change: basis = ["CHG-1410"]

${tables.trim()}

${steps.join('\n')}`
}

/** Nobody who types also watches, and nobody who leads has a share. */
export const REQUIRES = `[requires]
separate = [["administrator", "custodian"], ["operator", "custodian"], ["operator", "internal-witness"]]
clock = "PT60S"
`

export const LEADERS = `administrator = "leads the ceremony and reads the script aloud"
operator = "the only person at the keyboard"
internal-witness = "watches every step, initials it, and signs the journal"
`

export const CUSTODIANS = 'custodian = { about = "holds a share and presents it", people = 3, shares = true }\n'

export const OPEN_HSM: TemplateStep = {
  id: '1.5',
  kind: 'media',
  by: ['operator', 'internal-witness'],
  takes: 'PT5M',
  text: 'Look at the bag of the HSM from all sides: no cut, no puncture, no second seam. Read its number aloud; the witness compares it with the inventory. Then cut it open, connect the HSM and switch it on.',
  medium: 'hsm',
  bag: 'opened',
  blank: 'bag-hsm-before',
}

/** `purpose`: a sentence that is read aloud. `more`: what comes out of bags. */
export const opening = (purpose: string, ...more: readonly TemplateStep[]): Act => ({
  act: 'Opening',
  steps: [
    {
      id: '1.1',
      kind: 'read',
      by: ['administrator'],
      takes: 'PT5M',
      text: `${purpose} Everyone says their name and role. Whoever sees something that is not in the script says "stop"; it is written down as an exception before anything goes on.`,
    },
    {
      id: '1.2',
      kind: 'check',
      by: ['internal-witness'],
      takes: 'PT3M',
      text: 'Is the door closed, is nobody here who is not on the list, and are all telephones, watches and cameras outside, except the one that takes the photographs?',
    },
    {
      id: '1.3',
      kind: 'compare',
      by: ['administrator', 'internal-witness'],
      takes: 'PT3M',
      text: 'The administrator reads the code of the script from the screen. The witness compares it with the first page of the printed script, group by group.',
      value: 'script.code',
    },
    {
      id: '1.4',
      kind: 'compare',
      by: ['operator', 'internal-witness'],
      takes: 'PT3M',
      text: 'The operator reads the digest of the program from the screen. The witness compares it with the one that was published for this version.',
      value: 'tool.sha256',
    },
    ...more,
  ],
})

/** Onto the medium of the site file. */
export const makeBackup = (id: string, text: string): TemplateStep => ({
  id,
  kind: 'run',
  by: ['operator'],
  takes: 'PT10M',
  text,
  run: ['backup', 'create', '{site.backup}'],
  quorum: true,
  expect: { exit: 0 },
})

export const sealBackup = (id: string, text: string, blank = 'bag-backup'): TemplateStep => ({
  id,
  kind: 'media',
  by: ['operator', 'internal-witness'],
  takes: 'PT3M',
  text,
  medium: 'backup',
  bag: 'sealed',
  blank,
})

export const checkToken = (id: string, text: string): TemplateStep => ({
  id,
  kind: 'run',
  by: ['operator'],
  takes: 'PT10M',
  text,
  run: ['partition', 'check'],
  quorum: true,
  expect: { exit: 0 },
})

const LAST_LOGIN: Unnumbered = {
  kind: 'run',
  by: ['operator'],
  takes: 'PT10M',
  text: 'The last login. The custodians present their shares once more, so that the token knows the last record of the ledger. The screen then says which code the root of all records has: everyone writes it down and takes it home.',
  run: ['audit', 'checkpoint'],
  quorum: true,
  expect: { exit: 0 },
}

const SEAL_HSM: Unnumbered = {
  kind: 'media',
  by: ['operator', 'internal-witness'],
  takes: 'PT5M',
  text: 'Switch the HSM off, put it into a new bag and seal it. Read the number aloud; the witness writes it into the inventory.',
  medium: 'hsm',
  bag: 'sealed',
  blank: 'bag-hsm-after',
}

const PHOTOGRAPH: Unnumbered = {
  kind: 'attach',
  by: ['internal-witness'],
  takes: 'PT5M',
  text: 'The photograph of the sealed bags, with their numbers, beside the clock.',
}

const SIGNATURES: Unnumbered = {
  kind: 'sign',
  by: ['internal-witness'],
  takes: 'PT10M',
  text: 'Read the list of exceptions aloud. If it is complete, the witness signs the journal with a key of their own.',
}

/** The last act, by its number. `more`: what goes into bags after the last login. */
export const closing = (number: number, ...more: readonly Unnumbered[]): Act => ({
  act: 'Closing',
  steps: [LAST_LOGIN, SEAL_HSM, ...more, PHOTOGRAPH, SIGNATURES].map((step, i) => ({
    ...step,
    id: `${number}.${i + 1}`,
  })),
})

export const ask = (name: string, what: string): string =>
  `${name} = { ask = "number of the bag of ${what}", like = "^[A-Z0-9-]{4,20}$" }\n`

export const HSM_BAGS = ask('bag-hsm-before', 'the HSM, as it comes') + ask('bag-hsm-after', 'the HSM, as it goes')

// A ceremony of a short script: who takes part, with the keys of two witnesses that ssh-keygen made.
import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isGone, type Owner } from '../../src/ledger/owner.ts'
import { type Day, wallTime } from './ceremony-people.ts'
import { copyOf, partition, type TestPartition } from './partition.ts'
import { ASKS, reply, sit } from './screen.ts'
import type { Terminal } from './terminal.ts'

export const step = (id: string, kind: string, by: string[], members: object, text = `It is step ${id}.`) =>
  table('steps', { id, kind, by, takes: 'PT2M', text, ...members })

export const person = (name: string, role: string, members: object): string =>
  table('people', { name, roles: [role], ...members })

const table = (heading: string, members: object): string =>
  [`[[${heading}]]`, ...Object.entries(members).map(([name, value]) => `${name} = ${toml(value)}`)].join('\n')

const toml = (value: unknown): string =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? `{ ${Object.entries(value)
        .map(([name, inner]) => `${JSON.stringify(name)} = ${toml(inner)}`)
        .join(', ')} }`
    : JSON.stringify(value)

const STEPS = [
  step('1.1', 'read', ['operator'], { act: 'Opening' }, 'The operator reads the purpose aloud.'),
  step('1.2', 'compare', ['operator', 'witness'], { value: 'script.code' }),
  step('1.3', 'enter', ['operator'], { blanks: ['change'] }),
  step('2.1', 'run', ['operator'], {
    act: 'Rotation',
    run: ['key', 'rotate', 'card'],
    quorum: true,
    expect: { state: { 'card#2': 'active' } },
  }),
  step('2.2', 'compare', ['operator', 'witness'], { value: 'plan.code', of: '2.1' }),
  step('2.3', 'media', ['operator'], { medium: 'stick', bag: 'sealed', blank: 'bag' }),
  step('2.4', 'pause', ['witness', 'operator'], { stay: 2 }),
  step('2.5', 'compare', ['operator', 'witness'], { value: 'key.fingerprint', of: 'card#2' }),
  step('2.6', 'media', ['operator'], { medium: 'stick', bag: 'opened', blank: 'bag' }),
  step('2.7', 'compare', ['operator', 'witness'], { value: 'tool.sha256' }),
  step('3.1', 'attach', ['operator'], { act: 'End', file: 'photo' }),
  step('3.2', 'check', ['witness'], {}),
  step('3.3', 'run', ['operator'], { run: ['audit', 'checkpoint'], quorum: true }),
  step('3.4', 'sign', ['witness', 'auditor'], {}),
]

export const SCRIPT = `format = "keyrite.ceremony/1"
name = "q4"
version = 1
title = "Rotation of the card key"
partition = "pay"
basis = ["CHG-1410"]
[requires]
separate = [["operator", "witness"]]
clock = "PT60S"
[roles]
operator = "the only person at the keyboard"
witness = "looks on"
auditor = "looks on, for others"
custodian = { about = "holds a share", people = 3, shares = true }
[blanks]
change = { ask = "number of the change", like = "^CHG-[0-9]{4}$" }
bag = { ask = "number of the bag of the stick", like = "^[A-Z]{2}[0-9]{4}$" }
[media]
stick = "a stick"
${STEPS.join('\n')}
`

const PEOPLE: [name: string, role: string, more: object][] = [
  ['Olga Ortiz', 'operator', {}],
  ['Wim de Wit', 'witness', {}],
  ['Ada Audit', 'auditor', {}],
  ['Alice A', 'custodian', { custodian: 'alice' }],
  ['Bob B', 'custodian', { custodian: 'bob' }],
  ['Carol C', 'custodian', { custodian: 'carol' }],
]

/** Script, site, a photo, and the keys of the witnesses. */
export function writeCeremony(place: TestPartition): void {
  const key = (role: string, kind: string[]) => {
    execFileSync('ssh-keygen', ['-q', '-N', '', '-C', role, '-f', place.path(role), ...kind])
    return { key: readFileSync(place.path(`${role}.pub`), 'utf8').trim() }
  }
  const keys: Record<string, object> = {
    witness: key('witness', ['-t', 'ed25519']),
    auditor: key('auditor', ['-t', 'ecdsa']),
  }
  const people = PEOPLE.map(([name, role, more]) => person(name, role, { ...more, ...keys[role] }))
  writeFileSync(place.path('photo.jpg'), 'a photo')
  writeFileSync(place.path('q4.toml'), SCRIPT)
  writeFileSync(
    place.path('q4.site.toml'),
    `format = "keyrite.ceremony-site/1"\nplace = "Vault 2"\nclock = "the clock on the wall"\n[values]\nphoto = "${place.path('photo.jpg')}"\n${people.join('\n')}\n`,
  )
}

export const RUN = ['ceremony', 'run', 'q4.toml', '--site', 'q4.site.toml']

/** From the beginning to the first step. */
export async function open(terminal: Terminal): Promise<void> {
  await reply(terminal, /is each of them here, and named aloud/, 'y')
  await reply(terminal, /the clock on the wall\s+what does this clock say now/, wallTime())
}

export async function giveShares(terminal: Terminal, place: TestPartition, ...names: string[]): Promise<void> {
  for (const name of names) await reply(terminal, ASKS, place.share(name))
}

/** Enter, at the question of this step. */
export const enter = (terminal: Terminal, id: string): Promise<void> =>
  reply(terminal, new RegExp(`step ${id.replace('.', '[.]')} {3}[\\s\\S]*Enter: `), '')

/** After a break. */
export async function comeBack(terminal: Terminal, ...bags: string[]): Promise<void> {
  await reply(terminal, /is each of them here \(y or n\)/, 'y')
  for (const bag of bags) await reply(terminal, /number of the bag \w+, as it is on the bag/, bag)
  await reply(terminal, /(is it the code that was noted at the break|has everyone read this one)/, 'y')
}

/** What each step of the script takes, by its id. */
export const TAKEN: Record<string, (terminal: Terminal, place: TestPartition) => Promise<void>> = {
  '1.1': (terminal) => enter(terminal, '1.1'),
  '1.2': async (terminal) => {
    await enter(terminal, '1.2')
    await reply(terminal, /is it the same for all of them/, 'y')
  },
  '1.3': async (terminal) => {
    await enter(terminal, '1.3')
    await reply(terminal, /number of the change\s+change:/, 'CHG-1410')
  },
  '2.1': async (terminal, place) => {
    await enter(terminal, '2.1')
    await giveShares(terminal, place, 'alice', 'bob')
  },
  '2.2': async (terminal) => {
    await enter(terminal, '2.2')
    await reply(terminal, /is it the same for all of them/, 'y')
  },
  '2.3': async (terminal) => {
    await enter(terminal, '2.3')
    await reply(terminal, /number of the bag of the stick\s+bag:/, 'AB1234')
  },
  '2.4': async (terminal) => {
    await reply(terminal, /who stays, 2 at least/, 'Wim de Wit, Olga Ortiz')
    await reply(terminal, /Enter: all are back/, '')
    await comeBack(terminal, 'AB1234')
  },
  '2.5': async (terminal) => {
    await enter(terminal, '2.5')
    await reply(terminal, /is it the same for all of them/, 'y')
  },
  '2.6': async (terminal) => {
    await enter(terminal, '2.6')
    await reply(terminal, /number of the bag of the stick\s+bag:/, 'AB1234')
  },
  '2.7': async (terminal) => {
    await enter(terminal, '2.7')
    await reply(terminal, /is it the same for all of them/, 'y')
  },
  '3.1': (terminal) => enter(terminal, '3.1'),
  '3.2': async (terminal) => {
    await enter(terminal, '3.2')
    await reply(terminal, /is it so/, 'y')
  },
  '3.3': async (terminal, place) => {
    await enter(terminal, '3.3')
    await giveShares(terminal, place, 'bob', 'carol')
  },
}

export const run = (place: TestPartition): Terminal => sit(place, RUN)

/** Signed by the key of this role. */
export function signHead(place: TestPartition, role: string, head: string): string {
  execFileSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'keyrite-ceremony', '-f', place.path(role), head])
  return `${head}.sig`
}

/** Both witnesses sign, the record is written, and a copy of the ledger lies beside it. */
export async function signAndRecord(place: TestPartition): Promise<void> {
  const { file } = await place.data('ceremony', 'sign', 'q4', '--out', 'q4.head')
  for (const role of ['witness', 'auditor']) {
    const signature = signHead(place, role, file)
    await place.data('ceremony', 'sign', 'q4', '--role', role, '--signature', signature)
    rmSync(signature)
  }
  await place.data('ceremony', 'record', 'q4', '--out', 'record')
  copyFileSync(place.ledger, place.path('pay.ledger'))
}

/** One that was cut off after two steps. */
export const begun = (): Promise<TestPartition> =>
  copyOf('ceremony', 'plain', async () => {
    const place = await partition()
    writeCeremony(place)
    using terminal = run(place)
    await open(terminal)
    for (const id of ['1.1', '1.2']) await TAKEN[id]!(terminal, place)
    await terminal.waitFor(/step 1[.]3[\s\S]*Enter: /)
    terminal.close()
    await terminal.exit
    while (isHeld(place)) await pause(50)
    return place
  })

/** Some process is at work there, or has not quite ended. */
const isHeld = ({ home }: TestPartition): boolean =>
  readdirSync(home, { recursive: true, encoding: 'utf8' })
    .filter((path) => basename(path) === 'lock')
    .flatMap((path): Owner[] => JSON.parse(readFileSync(join(home, path), 'utf8')).owners)
    .some((owner) => !isGone(owner))

/** For whoever answers whatever is asked. */
export const dayOf = (place: TestPartition): Day => ({
  shares: [place.path('shares')],
  photo: place.path('photo.jpg'),
  stay: 'Wim de Wit, Olga Ortiz',
  custodians: ['alice', 'bob'],
  values: { change: 'CHG-1410', bag: 'AB1234' },
})

// A medium that is pulled, exchanged or full in the middle of a ceremony: a file system of its own, which goes away. Without root its folder goes away, as a medium that nobody mounts.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerAll, type Day, filledIn } from '../support/ceremony-people.ts'
import { person, signHead, step } from '../support/ceremony-place.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { softhsm } from '../support/softhsm.ts'
import { spawnTerminal } from '../support/terminal.ts'

const isRoot = process.geteuid?.() === 0

/** Several of them may have the same mount point, one at a time. */
class Medium implements Disposable {
  readonly #path: string
  #isThere = false

  constructor(path: string) {
    this.#path = path
    this.bring()
  }

  /** `size`: of a file system that is soon full. What an earlier one held is gone with it, as with another stick. */
  bring(size = '4m'): void {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 })
    if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', this.#path])
    this.#isThere = true
  }

  /** Whatever is open on it stays open, and nothing of it is found any more. */
  pull(): void {
    if (!this.#isThere) return
    // As a desktop does it: where no medium is mounted there is no folder.
    if (isRoot) execFileSync('sh', ['-c', 'umount -l "$1" && rmdir "$1"', 'sh', this.#path])
    else renameSync(this.#path, `${this.#path}.${Date.now()}`)
    this.#isThere = false
  }

  [Symbol.dispose](): void {
    this.pull()
  }
}

const KEY = 'payments/card-dek'
const STEPS = [
  step('1.1', 'compare', ['operator', 'internal-witness'], { value: 'script.code' }),
  step('2.1', 'run', ['operator'], {
    run: ['key', 'rotate', KEY],
    quorum: true,
    expect: { state: { [`${KEY}#2`]: 'active' } },
  }),
  step('2.2', 'run', ['operator'], { run: ['backup', 'create', '{site.backup}'], quorum: true }),
  step('2.3', 'run', ['operator'], { run: ['backup', 'verify', '{site.backup}'] }),
  step('2.4', 'run', ['operator'], { run: ['key', 'deactivate', `${KEY}#2`, '--reason', 'over'], quorum: true }),
  step('2.5', 'run', ['operator'], {
    run: ['key', 'destroy', `${KEY}#1`, '--certificate', '{site.certificate}', '--reason', 'over'],
    quorum: true,
  }),
  step('3.1', 'attach', ['operator'], { file: 'photo' }),
  step('3.2', 'attach', ['operator'], {}),
  step('3.3', 'run', ['operator'], { run: ['audit', 'checkpoint'], quorum: true }),
  step('3.4', 'sign', ['internal-witness'], {}),
]
const SCRIPT = `format = "keyrite.ceremony/1"
name = "media"
version = 1
title = "Media that go away"
partition = "pay"
[roles]
operator = "types"
internal-witness = "looks on"
custodian = { about = "has a share", people = 3, shares = true }
${STEPS.join('\n')}
`

/** Shares, backup, certificate and photo lie on one medium. */
async function ready(): Promise<{ place: TestPartition; medium: Medium; fill: () => void }> {
  const place = await partition()
  await place.data('key', 'generate', KEY, '--type', 'aes-256', ...by(place))
  const medium = new Medium(place.path('media'))
  const fill = () => {
    mkdirSync(place.path('media', 'shares'), { mode: 0o700, recursive: true })
    for (const who of ['alice', 'bob', 'carol']) {
      const share = readFileSync(place.path('shares', `${who}.share.txt`))
      writeFileSync(place.path('media', 'shares', `${who}.share.txt`), share, { mode: 0o600 })
    }
    writeFileSync(place.path('media', 'photo.jpg'), 'a photo')
  }
  fill()
  execFileSync('ssh-keygen', ['-q', '-N', '', '-C', '', '-t', 'ed25519', '-f', place.path('witness')])
  writeFileSync(place.path('media.toml'), SCRIPT)
  const people = [
    person('Mx 0', 'operator', {}),
    person('Mx 1', 'internal-witness', { key: readFileSync(place.path('witness.pub'), 'utf8').trim() }),
    ...place.custodians.map((custodian, i) => person(`Mx ${i + 2}`, 'custodian', { custodian })),
  ]
  writeFileSync(
    place.path('site.toml'),
    filledIn(
      `format = "keyrite.ceremony-site/1"\nplace = "Vault 2"\nclock = "the clock"\nmodule = "${softhsm}"\n[values]\n${[
        'backup',
        'certificate',
        'photo',
      ]
        .map((name) => `${name} = "${place.path('media', name === 'photo' ? 'photo.jpg' : name)}"\n`)
        .join('')}${people.join('\n')}\n`,
    ),
  )
  return { place, medium, fill }
}

const day = (place: TestPartition): Day => ({
  shares: [place.path('shares')],
  photo: place.path('media', 'photo.jpg'),
  stay: 'Mx 0, Mx 1',
  custodians: ['alice', 'bob'],
})

async function sit(
  place: TestPartition,
  args: readonly string[],
  more: Partial<Day>,
): Promise<{ code: number | undefined; screen: string }> {
  using terminal = spawnTerminal(args, { home: place.home, cwd: place.folder.dir, env: place.folder.env })
  await answerAll(terminal, { ...day(place), ...more })
  const { code } = await terminal.exit
  return { code, screen: terminal.screen() }
}

/** Closed, each change once, and the record holds. Gives the steps that failed, in their order. */
async function proved(place: TestPartition): Promise<string[]> {
  const [{ state }] = (await place.data('ceremony', 'status')).ceremonies
  assert.equal(state, 'closed')
  const { keys } = await place.data('key', 'list')
  assert.deepEqual(
    keys
      .filter(({ name }: { name: string }) => name === KEY)
      .map((key: { version: number; state: string }) => `${key.version} ${key.state}`)
      .sort(),
    ['1 destroyed', '2 deactivated'],
  )
  await place.data('ceremony', 'sign', 'media', '--out', 'head')
  signHead(place, 'witness', place.path('head'))
  await place.data('ceremony', 'sign', 'media', '--role', 'internal-witness', '--signature', 'head.sig')
  await place.data('ceremony', 'record', 'media', '--out', 'record')
  await place.data('ceremony', 'verify', 'record', '--ledger', place.ledger)
  const args = [inRepo('test/independent/ceremony.py'), place.ledger, 'record']
  assert.deepEqual(JSON.parse(execFileSync('python3', args, { cwd: place.folder.dir, encoding: 'utf8' })), {
    record: [],
  })
  const journal = readFileSync(place.path('record/journal.jsonl'), 'utf8').trimEnd().split('\n')
  return journal.flatMap((line) => {
    const { entry } = JSON.parse(line)
    return entry.type === 'failed' ? [entry.step] : []
  })
}

const RUN = ['ceremony', 'run', 'media.toml', '--site', 'site.toml']

/** At each step that has to do with it the medium is away the first time, and there the second. */
export async function pulled(): Promise<void> {
  const { place, medium, fill } = await ready()
  using _place = place
  using _medium = medium
  const pull = () => medium.pull()
  const bring = () => {
    medium.bring()
    fill()
  }
  let backup = Buffer.alloc(0)
  const keepAndPull = () => {
    backup = readFileSync(place.path('media', 'backup'))
    pull()
  }
  const bringBack = () => {
    bring()
    writeFileSync(place.path('media', 'backup'), backup)
  }
  const { code, screen } = await sit(place, RUN, {
    before: {
      '2.2': [() => undefined, pull, bring],
      '2.3': [keepAndPull, bringBack],
      '2.5': [pull, bring],
      '3.1': [pull, bring],
    },
    atShare: { '2.2': [pull] },
  })
  assert.equal(code, 0, screen.slice(-3000))
  assert.match(screen, /nothing is attached yet/)
  assert.deepEqual(await proved(place), ['2.2', '2.2', '2.3', '2.5'])
}

/** It is full, and another one is not; the one that comes is another, on which nothing lies. */
export async function full(): Promise<void> {
  const { place, medium, fill } = await ready()
  using _place = place
  using _medium = medium
  const other = (size: string) => () => {
    medium.pull()
    medium.bring(size)
    if (size !== '4k') fill()
  }
  const { code, screen } = await sit(place, RUN, {
    before: {
      '2.2': isRoot ? [other('4k'), other('4m')] : [],
      '3.1': [
        () => {
          medium.pull()
          medium.bring()
        },
        fill,
      ],
    },
  })
  assert.equal(code, isRoot ? 0 : code, screen.slice(-3000))
  const failed = await proved(place).catch((error) => [`${error}`])
  assert.ok(
    failed.every((id) => ['2.2', '2.3'].includes(id)),
    failed.join(),
  )
}

/** The home itself lies on it, and is pulled while the program stands at a question: what was done is done once it is back. */
export async function homeless(): Promise<void> {
  const { place, medium, fill } = await ready()
  using _ = place
  medium.pull()
  fill()
  const away = `${place.home}.away`
  const { code } = await sit(place, RUN, { before: { '2.4': [() => renameSync(place.home, away)] } })
  assert.notEqual(code, 0)
  assert.ok(!existsSync(join(place.home, 'pay')), 'nothing is begun anew in its place')
  rmSync(place.home, { recursive: true, force: true })
  renameSync(away, place.home)
  const resumed = await sit(place, ['ceremony', 'resume'], {})
  assert.equal(resumed.code, 0, resumed.screen.slice(-3000))
  assert.deepEqual(await proved(place), [])
}

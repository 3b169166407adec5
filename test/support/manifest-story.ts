// The story of a manifest: keys are made, delivered, published, promoted, rotated, withdrawn and destroyed by it.
import { appTokenLabel, newAppId } from '../../src/domain/application-id.ts'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import { attributesFor, classOf, type KeyState, type KeyType, usagesOf, usualUsages } from '../../src/domain/keys.ts'
import { parseManifest } from '../../src/domain/manifest.ts'
import { batchedApps, type CopyBatch, type KeyBatch } from '../../src/domain/manifest-plan.ts'
import { plannedKeys } from '../../src/domain/plan.ts'
import type { KeyReport } from '../../src/domain/shapes.ts'
import type { Cast } from './cast.ts'
import type { Change, Loose } from './ledger.ts'
import { FAILED, Story } from './story.ts'

const MODULE = { path: '/lib/app.so', sha256: 'ab'.repeat(32) }
const NONCE = Buffer.from('init-nonce-000000').subarray(0, 16).toString('base64url')
const HELD = { group: 'ops', epoch: 1 }

const MANIFEST = parseManifest(`format = "keyrite.manifest/1"
[policies.dek]
type = "aes-256"
rotate-every = "P1Y"
publish-before = "P14D"
process-for = "P1Y"
destroy-after = "P30D"
[policies.mac]
type = "hmac-sha256"
[keys.dek]
policy = "dek"
deliver = ["till"]
[keys.mac]
policy = "mac"
count = 2
[duties]
"partition.check" = "P92D"
`)
const MACS = ['mac-1', 'mac-2']
const BY = '2027-01-01T00:00:00.000Z'

type Standing = { state: KeyState; published?: true }

export class ManifestStory extends Story {
  #app = { id: '', token: '1111' }

  static whole(cast: Cast): ManifestStory {
    const story = new ManifestStory(cast)
    story.#tell()
    return story
  }

  /** Up to where a change of it is signed. */
  static bent(cast: Cast, changes: Record<string, Change>): ManifestStory {
    const story = new ManifestStory(cast, changes, true)
    return story.told(() => story.#tell())
  }

  #tell(): void {
    this.begin()
    this.generateOne('generate', 'other', 'aes-256')
    this.#arrival()
    const failed = this.intent('fail', 'manifest.apply', this.#members([this.#fresh('aes-256', 1, ['dek'])]))
    this.outcome('fail done', failed.leaf, [], FAILED)
    this.#apply('make', [this.#fresh('aes-256', 1, ['dek']), this.#fresh('hmac-sha256', 1, MACS)])
    this.#apply('deliver', [], [this.#copies(1, 'name', ['encrypt', 'decrypt'])])
    this.#apply('publish', [this.#fresh('aes-256', 2, ['dek'], true)], [this.#copies(2, 'version', ['decrypt'])])
    this.#apply(
      'promote',
      [
        this.#known('dek', 2, { state: 'active' }),
        this.#known('dek', 1, { state: 'deactivated' }),
        this.#fresh('hmac-sha256', 2, MACS),
        this.#several(MACS, 1, { state: 'deactivated' }),
      ],
      [this.#copies(1, 'version', ['decrypt']), this.#copies(2, 'name', ['encrypt', 'decrypt'])],
    )
    this.#apply('withdraw', [], [this.#copies(1, 'version', [])])
    this.#apply('destroy', [this.#known('dek', 1, { state: 'destroyed' })])
    this.#crash()
    const { leaf } = this.intent('same', 'manifest.apply', this.#members())
    this.outcome('same done', leaf, [], { changed: false })
    this.note('after')
  }

  #arrival(): void {
    const id = newAppId(NONCE, this.cast.partition)
    const app = { name: 'till', id, label: appTokenLabel('till', id) }
    const init = { nonce: NONCE, app, spare: { slot: 3, module: MODULE }, pinFile: '/run/till.pin' }
    const { leaf } = this.intent('init', 'app.init', init)
    const token = { ...this.cast.token, serial: this.#app.token, label: app.label }
    const pin = { kind: 'derived', generation: 1, user: HELD, so: HELD }
    this.add('init added', 'app.added', { intent: leaf, app: { name: 'till', id, token, pin, wraps: ['kwp'] } }, null)
    this.outcome('init done', leaf, [], { changed: true })
    this.#app.id = id
  }

  /** One of two keys was made when it was cut off. */
  #crash(): void {
    const cut = this.intent('cut', 'manifest.apply', this.#members([this.#fresh('hmac-sha256', 3, MACS, true)]))
    const recovery = this.intent('recover', 'partition.recover', { recovers: cut.leaf })
    const keys = this.#reports(cut.plan).slice(0, 1)
    this.add('recovered', 'recovered', { intent: cut.leaf, found: 'partial', keys }, null)
    this.outcome('recover done', recovery.leaf, [], { changed: true })
  }

  #members(batches: KeyBatch[] = [], copies: CopyBatch[] = []): object {
    const apps = [{ name: 'till', ...this.#app, module: MODULE, copies }]
    return {
      manifest: MANIFEST,
      by: BY,
      ...(batches.length > 0 ? { batches } : {}),
      ...(copies.length > 0 ? { apps } : {}),
    }
  }

  #apply(step: string, batches: KeyBatch[], copies: CopyBatch[] = []): void {
    const { plan, leaf } = this.intent(step, 'manifest.apply', this.#members(batches, copies))
    const keys = this.#reports(plan)
    for (const key of keys) this.keys.set(`${key.name}#${key.version}`, key)
    for (const app of batchedApps(plan))
      this.add(
        `${step} till`,
        'app.copies',
        { intent: leaf, app: 'till', copies: app.copies.map((copy) => this.#found(copy)) },
        null,
      )
    this.outcome(`${step} done`, leaf, keys, { changed: true })
  }

  #reports = (plan: Loose): KeyReport[] =>
    plannedKeys(plan).map((key) => (key.fingerprint === undefined ? this.made(key) : (key as KeyReport)))

  #found({ name, version, label, usage, wished }: Loose): object {
    const { id, type } = this.keys.get(`${name}#${version}`)!
    const state = wished ? 'present' : 'absent'
    return { name, version, label, id, usage, state, attributes: wished ? copyAttributes(type, usage) : {} }
  }

  #copies = (version: number, called: 'name' | 'version', usage: CopyBatch['usage']): CopyBatch => ({
    version,
    called,
    wished: usage.length > 0,
    usage,
    names: ['dek'],
  })

  #fresh(type: KeyType, version: number, names: string[], published?: true): KeyBatch {
    const standing: Standing = { state: 'active', ...(published ? { published } : {}) }
    return { version, ...this.#common(type, standing), names }
  }

  #common(type: KeyType, standing: Standing) {
    const usage = [...usualUsages(type)]
    const attributes = standing.state === 'destroyed' ? {} : attributesFor(type, usagesOf({ ...standing, usage }), true)
    return { class: classOf(type), type, ...standing, origin: { kind: 'generated' as const }, usage, attributes }
  }

  #known = (name: string, version: number, standing: Standing): KeyBatch => this.#several([name], version, standing)

  #several(names: string[], version: number, standing: Standing): KeyBatch {
    const keys = names.map((name) => this.keys.get(`${name}#${version}`)!)
    const common = this.#common(keys[0]!.type, standing)
    return {
      version,
      ...common,
      names,
      ids: keys.map(({ id }) => id),
      fingerprints: keys.map((key) => key.fingerprint),
    }
  }
}

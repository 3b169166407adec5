// The story of two applications: keys are delivered, published, promoted, withdrawn; one token is down, one is replaced, both end.
import { appTokenLabel, newAppId } from '../../src/domain/application-id.ts'
import type { CopyReport, CopyTarget } from '../../src/domain/application-shapes.ts'
import { labelOfCopy } from '../../src/domain/copies.ts'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import { newKeyId } from '../../src/domain/key-id.ts'
import { type KeyState, type Usage, usagesOf, withUsage } from '../../src/domain/keys.ts'
import type { KeyReport, KeyTarget } from '../../src/domain/shapes.ts'
import type { Cast } from './cast.ts'
import type { Change, Loose } from './ledger.ts'
import { Story } from './story.ts'

const MODULE = { path: '/lib/app.so', sha256: 'ab'.repeat(32) }
const HELD = { group: 'ops', epoch: 1 }
const NONCES = { init: 'init-nonce-000000', adopt: 'adopt-nonce-00000', replace: 'replace-nonce-000' }
const nonceOf = (text: string): string => Buffer.from(text).subarray(0, 16).toString('base64url')

const target = ({ spki: _, ...key }: KeyReport): KeyTarget => key

type Wishes = { [app: string]: CopyTarget[] }

export class ApplicationStory extends Story {
  /** The applications, as plans name them. */
  readonly #apps = new Map<string, { id: string; token: Loose }>()
  readonly #inForce = new Map<string, number>()
  /** What each is wished to have. */
  readonly #wishes = new Map<string, Map<string, CopyTarget>>()

  static whole(cast: Cast): ApplicationStory {
    const story = new ApplicationStory(cast)
    story.#tell()
    return story
  }

  /** Up to where a change of it is signed. */
  static bent(cast: Cast, changes: Record<string, Change>): ApplicationStory {
    const story = new ApplicationStory(cast, changes, true)
    return story.told(() => story.#tell())
  }

  #tell(): void {
    this.begin()
    for (const [name, type] of [
      ['dek', 'aes-256'],
      ['mac', 'hmac-sha256'],
      ['sign', 'ec-p256'],
      ['idle', 'aes-256'],
    ] as const) {
      this.generateOne(`generate ${name}`, name, type)
      this.#inForce.set(name, 1)
    }
    this.#arrivals()
    this.#rotation()
    this.#states()
    this.#crash()
    this.#ends()
  }

  #arrivals(): void {
    const id = newAppId(nonceOf(NONCES.init), this.cast.partition)
    const app = { name: 'till', id, label: appTokenLabel('till', id) }
    const spare = { slot: 3, module: MODULE }
    const init = this.intent('init', 'app.init', {
      nonce: nonceOf(NONCES.init),
      app,
      spare,
      pinFile: '/run/till.pin',
      recipients: ['age1xyz'],
    })
    const token = { ...this.cast.token, serial: '1111', label: app.label }
    this.#added('init added', init.leaf, { name: 'till', id, token, pin: this.#pin(1), recipients: ['age1xyz'] })
    this.outcome('init done', init.leaf, [], { changed: true })
    const other = newAppId(nonceOf(NONCES.adopt), this.cast.partition)
    const given = { ...this.cast.token, serial: '2222', label: 'web' }
    const adopted = { name: 'web', id: other, token: given, module: MODULE }
    const adopt = this.intent('adopt', 'app.adopt', { nonce: nonceOf(NONCES.adopt), app: adopted, leaves: ['a key'] })
    this.#added('adopt added', adopt.leaf, { name: 'web', id: other, token: given, pin: { kind: 'given' } })
    this.outcome('adopt done', adopt.leaf, [], { changed: true })
    this.#copies('deliver', 'key.deliver', {
      till: [this.#wish('dek', 1), this.#wish('sign', 1)],
      web: [this.#wish('dek', 1, ['decrypt'])],
    })
  }

  #pin = (generation: number) => ({ kind: 'derived', generation, user: HELD, so: HELD })

  #added(step: string, intent: string, app: Loose): void {
    this.#apps.set(app.name, { id: app.id, token: app.token })
    this.add(step, 'app.added', { intent, app: { wraps: ['cbc-pad', 'kwp'], ...app } }, null)
  }

  #rotation(): void {
    const { spki: _, fingerprint: __, ...old } = this.keys.get('dek#1')! as KeyReport
    const nonce = nonceOf('publish-nonce-000')
    const id = newKeyId(nonce, this.cast.partition, 0)
    const next = { ...old, version: 2, id, published: true as const }
    const fresh = { ...next, attributes: withUsage(old.attributes, old.type, usagesOf(next)) }
    const published = this.made(fresh)
    const some = ['decrypt'] as Usage[]
    const wishes = { till: [this.#copy('dek', 2, some)], web: [this.#copy('dek', 2, some)] }
    this.#copies('publish', 'key.publish', wishes, { nonce, keys: [fresh] }, [published])
    this.#inForce.set('dek', 2)
    const { published: ___, ...plain } = published
    const keys = [this.inState(this.keys.get('dek#1')!, 'deactivated'), this.inState(plain as KeyReport, 'active')]
    const copies = (usage: Usage[]) => [this.#copy('dek', 1, some), this.#copy('dek', 2, usage)]
    const all = ['encrypt', 'decrypt'] as Usage[]
    this.#copies('promote', 'key.promote', { till: copies(all), web: copies(some) }, { keys: keys.map(target) }, keys, [
      'web',
    ])
    this.#copies('sync web', 'app.sync', { web: this.#all('web') })
  }

  #states(): void {
    this.#move('suspend', 'suspended', ['verify'])
    this.#move('resume', 'active', ['sign', 'verify'])
    this.#rest()
    const [first, ...others] = this.#all('till')
    const check = this.intent('check', 'app.check', { apps: [this.#app('till', [first!, ...others])] })
    const gone = { ...this.#report(first!), state: 'absent', attributes: {} }
    const found = ['secret key stray, id 07']
    const copies = [gone, ...others.map((copy) => this.#report(copy))]
    this.add('check till', 'app.copies', { intent: check.leaf, app: 'till', copies, found }, null)
    this.outcome('check done', check.leaf, [])
  }

  /** A copy that only encrypts can do nothing while its key is suspended, and comes back. */
  #rest(): void {
    const copy = this.#copy('idle', 1, ['encrypt'])
    this.#copies('deliver idle', 'key.deliver', { web: [copy] })
    for (const [step, state, wish] of [
      ['suspend', 'suspended', gone(copy)],
      ['resume', 'active', copy],
    ] as const) {
      const key = this.inState(this.keys.get('idle#1')!, state)
      this.#copies(`${step} idle`, `key.${step}`, { web: [wish] }, { keys: [target(key)] }, [key])
    }
  }

  #move(step: 'suspend' | 'resume', state: KeyState, usage: Usage[]): void {
    const key = this.inState(this.keys.get('sign#1')!, state)
    this.#copies(step, `key.${step}`, { till: [this.#copy('sign', 1, usage)] }, { keys: [target(key)] }, [key])
  }

  /** The token of one is down when the change is looked into. */
  #crash(): void {
    const wish = this.#wish('mac', 1)
    const cut = this.intent('deliver cut', 'key.deliver', { apps: [this.#app('web', [wish])] })
    const recovery = this.intent('recover', 'partition.recover', { recovers: cut.leaf })
    const copies = [{ ...this.#report(wish), state: 'unproven', attributes: {} }]
    this.add('recover web', 'app.copies', { intent: cut.leaf, app: 'web', copies }, null)
    this.add('recovered', 'recovered', { intent: cut.leaf, found: 'partial', keys: [] }, null)
    this.outcome('recover done', recovery.leaf, [], { changed: true })
    this.#take('web', [wish])
    const again = this.intent('sync cut', 'app.sync', { apps: [this.#app('till', this.#all('till'))] })
    const second = this.intent('recover again', 'partition.recover', { recovers: again.leaf })
    this.#told('recover till', again.leaf, 'till', this.#all('till'))
    this.add('recovered again', 'recovered', { intent: again.leaf, found: 'done', keys: [] }, null)
    this.outcome('recover again done', second.leaf, [], { changed: true })
    this.#copies('sync all', 'app.sync', { till: this.#all('till'), web: this.#all('web') })
  }

  #ends(): void {
    this.#copies('withdraw', 'key.withdraw', { till: [gone(this.#wish('sign', 1))] })
    this.#givePin()
    this.#replace()
    this.#retire('web', 'left')
    const leaves = [{ app: 'till', name: 'dek', version: 1, label: 'dek#1' }]
    const key = this.inState(this.keys.get('dek#1')!, 'destroyed')
    const destroy = this.intent('destroy', 'key.destroy', { keys: [target(key)], leaves })
    this.outcome('destroy done', destroy.leaf, [key])
    this.#copies('withdraw left', 'key.withdraw', { till: [gone(this.#copy('dek', 1, []))] })
    this.#retire('till', 'erased')
    this.note('after')
  }

  #givePin(): void {
    const { copies: _, ...till } = this.#app('till', [])
    const plan = { apps: [{ ...till, generation: 2 }], pinFile: '/run/till.pin' }
    const { leaf } = this.intent('pin', 'app.pin', plan)
    this.add('pin till', 'app.pin', { intent: leaf, app: 'till', pin: this.#pin(2), file: 'till.pin' }, null)
    this.outcome('pin done', leaf, [], { changed: true })
  }

  #replace(): void {
    const nonce = nonceOf(NONCES.replace)
    const id = newAppId(nonce, this.cast.partition)
    const app = { name: 'till', id, label: appTokenLabel('till', id) }
    const copies = this.#all('till')
    const spare = { slot: 3, module: MODULE }
    const members = { nonce, app, spare, pinFile: '/run/till.pin', replaces: this.#apps.get('till')!.id, copies }
    const { leaf } = this.intent('replace', 'app.replace', members)
    const token = { ...this.cast.token, serial: '3333', label: app.label }
    this.#added('replace added', leaf, { name: 'till', id, token, pin: this.#pin(1) })
    this.#told('replace till', leaf, 'till', copies)
    this.outcome('replace done', leaf, [], { changed: true })
  }

  #retire(name: string, token: string): void {
    const copies = this.#all(name).map(gone)
    const { leaf } = this.intent(`retire ${name}`, 'app.retire', { apps: [this.#app(name, copies)] })
    if (token === 'left') this.#told('gone', leaf, name, copies)
    this.add(`${name} retired`, 'app.retired', { intent: leaf, app: name, token }, null)
    this.outcome(`retire ${name} done`, leaf, [], { changed: true })
  }

  /** A change of copies that is done; `without`: applications that are left out. */
  #copies(step: string, op: string, wishes: Wishes, more: object = {}, keys: KeyReport[] = [], without: string[] = []) {
    const apps = Object.entries(wishes).map(([name, copies]) => ({
      ...this.#app(name, copies),
      ...(without.includes(name) ? { without: true } : {}),
    }))
    const { leaf } = this.intent(step, op, { ...more, apps })
    for (const key of keys) this.keys.set(`${key.name}#${key.version}`, key)
    for (const [name, copies] of Object.entries(wishes)) {
      if (!without.includes(name)) this.#told(`${step} ${name}`, leaf, name, copies)
      this.#take(name, copies)
    }
    this.outcome(`${step} done`, leaf, keys, { changed: true })
  }

  #take(name: string, copies: CopyTarget[]): void {
    const all = this.#wishes.get(name) ?? new Map<string, CopyTarget>()
    for (const copy of copies) {
      const version = `${copy.name}#${copy.version}`
      if (copy.wished) all.set(version, copy)
      else all.delete(version)
    }
    this.#wishes.set(name, all)
  }

  #told(step: string, intent: string, app: string, copies: CopyTarget[]): void {
    this.add(step, 'app.copies', { intent, app, copies: copies.map((copy) => this.#report(copy)) }, null)
  }

  #report({ name, version, label, usage, wished }: CopyTarget): CopyReport {
    const { id, type } = this.keys.get(`${name}#${version}`)!
    const attributes = wished ? copyAttributes(type, usage) : {}
    const proof = { by: 'aes-ecb' as const, input: 'AAAA', output: 'BBBB' }
    const proved = wished && type.startsWith('aes') ? { proof } : {}
    return { name, version, label, id, usage, state: wished ? 'present' : 'absent', attributes, ...proved }
  }

  #app(name: string, copies: CopyTarget[]) {
    const { id, token } = this.#apps.get(name)!
    return { name, id, token: token.serial, module: MODULE, copies }
  }

  #all = (name: string): CopyTarget[] =>
    [...this.#wishes.get(name)!].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, copy]) => copy)

  #wish(name: string, version: number, usage?: Usage[]): CopyTarget {
    return this.#copy(name, version, usage ?? usagesOf(this.keys.get(`${name}#${version}`)!))
  }

  #copy(name: string, version: number, usage: Usage[]): CopyTarget {
    return { name, version, label: labelOfCopy(name, version, this.#inForce.get(name)!), wished: true, usage }
  }
}

const gone = (copy: CopyTarget): CopyTarget => ({ ...copy, wished: false, usage: [] })

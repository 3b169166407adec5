// Copies of keys go to the tokens of applications, or are taken back, or are made what they were to be: the keys of the ledger stay as they are.

import type { DeliverPlan, SyncPlan, WithdrawPlan } from '../../domain/application-plans.ts'
import type { CopyTarget, PlannedApp } from '../../domain/application-shapes.ts'
import { DELIVERED, labelOfCopy } from '../../domain/copies.ts'
import { refused, usage } from '../../domain/errors.ts'
import { apart, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { inOrder, isExtractable, isTdes, standingOf, type Usage, usagesOf } from '../../domain/keys.ts'
import type { KnownApplication } from '../../domain/known-application.ts'
import { type KeyVersion, label } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { kindFor } from '../copies/seat-copies.ts'
import { type Reaching, Wishes, wishesAsTheyAre } from '../copies/wishes.ts'
import { backupsByKey } from '../inventory.ts'
import { checkAllOnToken, checkRestored, findKey } from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { accepting, type PlanInputs, planHeader } from '../plan-header.ts'

interface DeliverRequest {
  keys: readonly KeyVersion[]
  apps: readonly KnownApplication[]
  /** All that the key may do, where nothing is said. */
  usage?: readonly Usage[] | undefined
  certificate?: GivenCertificate | undefined
}

/** X.509, DER, in base64url, of the one pair that is delivered; and whose it is. */
export interface GivenCertificate {
  der: string
  spki: string
}

/** KEY-STATE, USAGE-POSSIBLE, COPY-POSSIBLE, COPY-PROVABLE, COPY-BACKED, CERTIFICATE. */
export function planDelivery(
  request: DeliverRequest,
  history: History,
  inputs: PlanInputs,
  reaching: Reaching,
): DeliverPlan {
  checkNoneOpen(history)
  const keys = request.keys.map((key) => keyInForce(key, history))
  checkRestored(keys, history)
  const wishes = new Wishes()
  for (const app of request.apps) {
    for (const key of keys) {
      kindFor(key.type, app.wraps, history)
      wishes.add(app, copyWanted(key, request, history))
    }
  }
  const unbacked = checkBacked(keys, history, inputs)
  return { ...accepting(unbacked, planHeader('key.deliver', history, inputs)), apps: wishes.planned(reaching) }
}

/** A name alone is its version in force. */
export function keyInForce({ name, version }: KeyVersion, history: History): KeyEntry {
  const number = version ?? history.keys.inForce(name)
  return findKey(number > 0 ? { name, version: number } : { name }, history)
}

function copyWanted(key: KeyEntry, { usage: asked, certificate }: DeliverRequest, history: History): CopyTarget {
  const { name, version } = key
  const known = label(name, version)
  const may = usagesOf(key)
  const look = keyrite('key', 'show', known)
  if (may.length === 0 || !DELIVERED.includes(key.state))
    throw refused('KEY-STATE', `${known} is ${standingOf(key)}: it can be used for nothing`, look)
  if (!isExtractable(key.attributes))
    throw refused('COPY-POSSIBLE', `${known} can never leave the token, and so can't be delivered`, look)
  const beyond = asked?.find((one) => !may.includes(one))
  if (beyond) {
    const message = `${known} is ${standingOf(key)}, and may not ${beyond}`
    throw usage(message, `it may: ${may.join(', ')}`, 'USAGE-POSSIBLE')
  }
  const wanted = inOrder(asked ?? may)
  checkKnowable(key, wanted)
  const as = labelOfCopy(name, version, history.keys.inForce(name))
  return { name, version, label: as, wished: true, usage: wanted, ...certified(key, certificate) }
}

/** COPY-PROVABLE: on no token is there anything by which such a copy is known again. */
function checkKnowable({ name, version, type }: KeyEntry, may: readonly Usage[]): void {
  if (!isTdes(type) || may.includes('encrypt') || may.includes('decrypt')) return
  throw refused(
    'COPY-PROVABLE',
    `a copy of ${label(name, version)} that may do no more than ${may.join(' and ')} could never be proved: a ${type} key is known again by what it encrypts or decrypts`,
    keyrite('key', 'show', label(name, version)),
  )
}

/** CERTIFICATE: it is of the key that it comes with. */
export function certified(key: KeyEntry, given: GivenCertificate | undefined): Pick<CopyTarget, 'certificate'> {
  if (!given) return {}
  if (key.spki === given.spki) return { certificate: given.der }
  throw refused(
    'CERTIFICATE',
    `the certificate is not of ${label(key.name, key.version)}`,
    'take the one that was issued for it',
  )
}

/** COPY-BACKED: what an application works with comes back when the token is lost. */
export function checkBacked(keys: readonly KeyEntry[], history: History, { accepted = [] }: PlanInputs): 'unbacked'[] {
  const held = backupsByKey(history)
  const none = keys.filter((key) => held(key).length === 0).map(({ name, version }) => label(name, version))
  if (none.length === 0) return []
  if (accepted.includes('unbacked')) return ['unbacked']
  throw refused(
    'COPY-BACKED',
    `no backup holds ${listed(none)}`,
    apart(keyrite('backup', 'create', 'FILE'), 'or accept it: --accept unbacked'),
  )
}

interface WithdrawRequest {
  keys: readonly KeyVersion[]
  apps: readonly KnownApplication[]
}

/** COPY-KNOWN: a name alone is every version of it that the application has. */
export function planWithdrawal(
  { keys, apps }: WithdrawRequest,
  history: History,
  inputs: PlanInputs,
  reaching: Reaching,
): WithdrawPlan {
  checkNoneOpen(history)
  const wishes = new Wishes()
  for (const app of apps) {
    for (const key of keys) {
      const copies = [...app.copies.values()].filter(
        ({ name, version }) => name === key.name && (key.version === undefined || key.version === version),
      )
      if (copies.length === 0) throw notThere(key, app)
      for (const { name, version, label: as } of copies)
        wishes.add(app, { name, version, label: as, wished: false, usage: [] })
    }
  }
  return { ...planHeader('key.withdraw', history, inputs), apps: wishes.planned(reaching) }
}

const notThere = ({ name, version }: KeyVersion, { name: app }: KnownApplication) =>
  refused(
    'COPY-KNOWN',
    `${app} has no ${version === undefined ? name : label(name, version)}`,
    keyrite('app', 'show', app),
  )

/** COPY-KNOWN: there is something that can be made as it was to be. */
export function planSync(
  apps: readonly KnownApplication[],
  history: History,
  inputs: PlanInputs,
  reaching: Reaching,
): SyncPlan {
  checkNoneOpen(history)
  const bare = apps.find(({ copies }) => copies.size === 0)
  if (bare)
    throw refused(
      'COPY-KNOWN',
      `no key was delivered to ${bare.name}`,
      keyrite('key', 'deliver', 'NAME', '--app', bare.name),
    )
  if (apps.length === 0)
    throw refused(
      'COPY-KNOWN',
      'no key was delivered to any application',
      keyrite('key', 'deliver', 'NAME', '--app', 'NAME'),
    )
  return { ...planHeader('app.sync', history, inputs), apps: wishesAsTheyAre(apps, reaching) }
}

/** The partition's own token gives, and stays as it is. */
export function vaultGives(apps: readonly PlannedApp[]): Operation {
  return {
    async check(session, history) {
      const wished = apps.flatMap(({ copies }) => copies.filter((copy) => copy.wished))
      const keys = new Set(wished.map(({ name, version }) => history.key(name, version)!))
      await checkAllOnToken(
        [...keys].filter(({ state }) => state !== 'destroyed'),
        session,
      )
    },
    run: nothing,
    determineOutcome: nothing,
  }
}

const nothing = async () => ({ changed: false, keys: [] })

// What a script finds, as a ledger tells of it: the keys of the partition, and all else that a command needs, or must not find.
import { keysAtRisk } from '../../domain/backup-history.ts'
import type { History } from '../../domain/history.ts'
import { isExtractable } from '../../domain/keys.ts'
import { mayBeThere } from '../../domain/known-application.ts'
import { label } from '../../domain/names.ts'
import { custodiansOf } from '../../domain/roster.ts'
import type { CeremonyScript } from '../script.ts'
import { copyAt } from './key-rules.ts'
import { Keys } from './keys.ts'
import { World } from './rules.ts'
import type { Known, KnownLedger } from './stage.ts'
import { type Kind, Things } from './things.ts'

/** Without a ledger there is what the script says. */
export const worldOf = ({ begins }: Pick<CeremonyScript, 'begins'>, { ledger, profiles }: Known): World =>
  ledger ? new World(keysOf(ledger), thingsOf(ledger), profiles) : new World(new Keys(begins), new Things(), profiles)

const keysOf = ({ history: { keys }, isBacked }: KnownLedger): Keys =>
  Keys.known(
    [...keys].map((key) => ({ ...key, leaves: isExtractable(key.attributes), isBacked: isBacked(key) })),
    (name) => keys.inForce(name),
  )

/** Of these kinds the ledger tells of all that there are. */
type ToldKind = Exclude<Kind, 'backup' | 'certificate' | 'taken token'>

function thingsOf(ledger: KnownLedger): Things {
  const things = new Things()
  const all: { readonly [kind in ToldKind]: readonly string[] } = {
    ...ofApplications(ledger),
    ...ofPeople(ledger),
    ...ofPartition(ledger),
  }
  for (const [kind, names] of Object.entries(all) as [ToldKind, readonly string[]][]) things.tell(kind, names)
  return things
}

const ofPartition = ({ history, now }: KnownLedger) => ({
  export: history.exports.all.map(({ key }) => key),
  'export to come': [...history.keys].flatMap((key) => {
    const old = key.published && history.key(key.name, history.keys.inForce(key.name))
    return old && history.exports.notFollowed(old, key).length > 0 ? [label(key.name, key.version)] : []
  }),
  member: history.members.live.map(({ name }) => name),
  'member behind': history.members.areSeveral
    ? history.members.live.filter(({ standing }) => standing !== 'current').map(({ name }) => name)
    : [],
  request: history.requests.open.map(({ name }) => name),
  'request that is over': history.requests.open.filter(({ until }) => until <= now).map(({ name }) => name),
  station: history.stations.present.map(({ name }) => name),
  'station name': history.stations.all.map(({ name }) => name),
  'key that is lost': [...history.notRestored],
  'key at risk': keysAtRisk(newestBackup(history), history.keys)
    .filter(({ attributes }) => isExtractable(attributes))
    .map(({ name, version }) => label(name, version)),
  serial: history.certificates.serials,
})

const newestBackup = (history: History) => {
  const newest = history.backups.at(-1)
  return newest && history.backupStartedBy(newest.seq)
}

/** Whoever is to come by shares that are staged may be named, and who is to go is there until then. */
function ofPeople({ history, now }: KnownLedger) {
  const { groups, rosters, custody } = history
  const { stage } = rosters
  const names = [...new Set(custodiansOf([...groups, ...(stage ? [stage.plan.group] : [])]))]
  const seats = groups.flatMap(({ name: group, epoch, custodians }) =>
    custodians.map(({ name: custodian }) => ({ custodian, group, epoch })),
  )
  const isAlone = ({ custodian }: { custodian: string }) =>
    seats.filter((seat) => seat.custodian === custodian).length === 1
  return {
    custodian: names,
    suspension: names.filter((name) => rosters.isSuspended(name, now)),
    stage: stage ? [''] : [],
    'share that is gone': seats
      .filter((seat) => isAlone(seat) && custody.keptOf(seat)?.state === 'destroyed')
      .map(({ custodian }) => custodian),
  }
}

const ofApplications = ({ history }: KnownLedger) => {
  const { live } = history.applications
  return {
    application: live.map(({ name }) => name),
    copy: live.flatMap(({ name: app, copies }) =>
      [...copies].flatMap(([key, copy]) => (mayBeThere(copy) ? [copyAt(key, app)] : [])),
    ),
    'copy to come': live.flatMap(({ name: app, copies }) =>
      [...copies].flatMap(([key, copy]) => (copy.wished && copy.state !== 'present' ? [copyAt(key, app)] : [])),
    ),
    'given PIN': live.flatMap(({ name, pin }) => (pin.kind === 'given' ? [name] : [])),
  }
}

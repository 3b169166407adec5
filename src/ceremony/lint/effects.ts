// What each command of a script needs, and what it leaves: a row each, so that a command that comes too early, or twice, is found on paper.
import { DELIVERED } from '../../domain/copies.ts'
import { CERTIFIABLE } from '../../domain/key-transitions.ts'
import { KEY_STATES, type KeyState } from '../../domain/keys.ts'
import { MENDS_MEMBERS } from '../../domain/member-operations.ts'
import { FIRST_MEMBER } from '../../domain/member-shapes.ts'
import { operationOf } from '../../domain/operations.ts'
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { foundersIn, has, operationIn, valuesOf } from './commands.ts'
import {
  acceptsUnbacked,
  backedUp,
  delivered,
  eachKey,
  emptied,
  freeName,
  inForce,
  made,
  newest,
  notDelivered,
  onToken,
  publishedToo,
  readersHave,
  SIGNER,
  STATE_CHANGES,
  sentToo,
  synced,
  takes,
  versions,
  withdrawn,
} from './key-rules.ts'
import {
  absent,
  all,
  any,
  ends,
  flag,
  given,
  leaves,
  type Names,
  type Rule,
  theOnly,
  there,
  type World,
  where,
  without,
} from './rules.ts'

const LIVING: readonly KeyState[] = KEY_STATES.filter((state) => state !== 'destroyed')

const token: Names = (line) =>
  valuesOf(line, '--slot').map((slot) => ['slot', slot, ...valuesOf(line, '--module')].join(' '))
/** Whoever takes a token initialises it: what is erased afterwards is not blank either. */
const BLANK_TOKEN = all([absent('taken token', token), leaves('taken token', token)])

const begun: Rule = (line, { keys, things }) => {
  things.begin()
  if (line.path === 'partition init') keys.begin()
  else keys.forget()
  for (const name of foundersIn(line)) things.set('custodian', name, true)
  things.set('member', FIRST_MEMBER, true)
  return undefined
}

/** After these the ledger may tell of other keys, or of others in other states. */
const forgotten: Rule = (_, { keys, things }) => {
  keys.forget()
  for (const kind of MAY_DIFFER) things.forget(kind)
  return undefined
}
const MAY_DIFFER = [
  'application',
  'copy',
  'copy to come',
  'export',
  'given PIN',
  'key at risk',
  'key that is lost',
  'member',
  'member behind',
  'request',
] as const

const changesRoster = (line: ParsedLine): boolean =>
  ['--add', '--remove', '--group', '--threshold', '--lost'].some((long) => has(line, long))
const OF_ROSTER = [there('custodian', flag('--remove')), absent('custodian', flag('--add'))]

/** Of shares that are staged, too: who comes and goes by them nobody says again. */
const rosterChanged: Rule = (line, { things }, step) => {
  for (const name of flag('--remove')(line)) things.set('custodian', name, false, step)
  for (const name of flag('--add')(line)) things.set('custodian', name, true, step)
  return undefined
}

const isSeveral = ({ things }: World): boolean => things.named('member').length > 1

const comesToAll: Rule = (_, world) =>
  isSeveral(world) ? 'what is made never to leave its token comes to one of several members alone' : undefined

const everyKeyGoes: Rule = (_, { keys, things }) => {
  const [stays] = keys.staying
  const [lost] = things.named('key that is lost')
  const [asked] = things.named('request')
  if (stays !== undefined) return `${stays} can never leave its token, and a new member holds every key`
  if (lost !== undefined) return things.demand('key that is lost', lost, false)
  return asked === undefined ? undefined : `${asked} is asked for by then, and what opens it is on one token alone`
}

const oneStays: Rule = (_, { things }) =>
  things.isWhole('member') && things.named('member').length < 2
    ? 'there is one member by then, and it stays'
    : undefined

const noneAtRisk: Rule = (_, { things }) => {
  const [key] = things.named('key at risk')
  return key === undefined ? undefined : things.demand('key at risk', key, false)
}

const BACKUP_READ = there('backup')

/** A command that is not here needs nothing of all this, and leaves nothing of it: NEEDS_NOTHING has them. */
const COMMANDS: { readonly [path: string]: readonly Rule[] } = {
  ...STATE_CHANGES,
  'partition init': [BLANK_TOKEN, begun],
  'partition adopt': [begun],
  'partition recover': [
    () => 'nothing is open that it could recover: what a step leaves open is recovered within that step',
  ],
  'partition move': [
    (line) =>
      valuesOf(line, '--to')[0] === 'file'
        ? 'the ledger lies in a file by then: no ceremony goes on while it lies in a database'
        : 'no ceremony goes on while the ledger lies in a database',
  ],
  'partition retire': [
    where(without('--lost'), (_, { things }) => {
      const [app] = things.named('application')
      return app === undefined ? undefined : `the application ${app} is there by then`
    }),
  ],
  'key generate': [where(given('--no-backup'), comesToAll), made],
  'key import': [
    where(given('--request'), there('request'), absent('request that is over')),
    where(given('--under'), takes(['active'], 'unwraps', flag('--under'))),
    made,
    where(given('--request'), ends('request')),
  ],
  'key import-request': [
    where(given('--cancel'), there('request'), ends('request'), ends('request that is over')),
    where(without('--cancel'), freeName, absent('request'), leaves('request')),
  ],
  'key rotate': [
    notDelivered(inForce, 'the next version comes by key publish, and then key promote'),
    absent('export', versions(inForce)),
    onToken(newest),
    eachKey((keys, name) => keys.rotate(name)),
  ],
  'key publish': [onToken(inForce), eachKey((keys, name) => keys.publish(name)), publishedToo],
  'key promote': [backedUp, onToken(newest), readersHave, sentToo, eachKey((keys, name) => keys.promote(name))],
  'key deliver': [
    there('application', flag('--app')),
    takes(DELIVERED, 'leaves'),
    onToken(inForce),
    backedUp,
    delivered,
  ],
  'key withdraw': [there('application', flag('--app')), takes(KEY_STATES), withdrawn],
  'key restore': [takes(LIVING), there('backup', flag('--in')), ends('key that is lost', versions(newest))],
  'key public': [takes(KEY_STATES, 'pair')],
  'key show': [takes(KEY_STATES)],
  'key sign': [takes(['active'], 'signs'), onToken(newest)],
  'key export': [
    takes(CERTIFIABLE, 'leaves'),
    onToken(newest),
    where(given('--under'), takes(['active'], 'wraps', flag('--under'))),
    leaves('export', versions(newest)),
    ends('export to come', versions(newest)),
  ],
  'cert request': [takes(CERTIFIABLE, 'pair'), leaves('certificate', theOnly)],
  'cert root': [SIGNER, leaves('certificate', theOnly)],
  'cert issue': [SIGNER, there('certificate', theOnly)],
  'cert crl': [SIGNER, there('certificate', theOnly)],
  'app init': [absent('application'), BLANK_TOKEN, leaves('application')],
  'app adopt': [absent('application'), leaves('application'), leaves('given PIN')],
  'app replace': [there('application'), BLANK_TOKEN],
  'app show': [there('application')],
  'app pin': [there('application'), absent('given PIN')],
  'app check': [there('application'), any('application', 'there is no application by then')],
  'app sync': [there('application'), synced],
  'app retire': [there('application'), ends('application'), emptied],
  'member add': [absent('member'), everyKeyGoes, BLANK_TOKEN, leaves('member')],
  'member show': [there('member')],
  'member check': [there('member')],
  'member sync': [there('member'), ends('member behind')],
  'member retire': [there('member'), oneStays, ends('member'), ends('member behind')],
  'backup create': [
    (_, { keys, things }) => {
      keys.backUp()
      for (const key of things.named('key at risk')) things.set('key at risk', key, false)
      return undefined
    },
    leaves('backup'),
  ],
  'backup show': [BACKUP_READ],
  'backup verify': [BACKUP_READ],
  'backup test': [BACKUP_READ, BLANK_TOKEN],
  'backup restore': [BLANK_TOKEN, forgotten],
  'manifest apply': [forgotten],
  'quorum stage': [absent('stage', theOnly), ...OF_ROSTER, rosterChanged, leaves('stage', theOnly)],
  // Whoever was to come does not, and who was to go stays: who that was is not known any more.
  'quorum unstage': [
    there('stage', theOnly),
    ends('stage', theOnly),
    (_, { things }) => {
      things.forget('custodian')
      return undefined
    },
  ],
  'quorum replace': [
    backedUp,
    where((line) => !has(line, '--lost') && !has(line, '--in') && !acceptsUnbacked(line), noneAtRisk),
    where(changesRoster, absent('stage', theOnly), ...OF_ROSTER, rosterChanged),
    where((line) => !changesRoster(line), there('stage', theOnly), ends('stage', theOnly)),
  ],
  'custodian acknowledge': [there('custodian')],
  'custodian depart': [there('custodian')],
  'custodian suspend': [there('custodian'), leaves('suspension')],
  'custodian resume': [there('custodian'), there('suspension'), ends('suspension')],
  'share record': [
    there('custodian'),
    where(without('--epoch'), absent('share that is gone'), where(given('--destroyed'), leaves('share that is gone'))),
  ],
  'station add': [absent('station name'), leaves('station name'), leaves('station')],
  'station remove': [there('station'), ends('station'), leaves('station name')],
}

/** What these read or write is a file, or told by the ledger whatever it says. */
export const NEEDS_NOTHING: readonly string[] = [
  'token list',
  'token profile',
  'partition list',
  'partition show',
  'partition check',
  'partition join',
  'key list',
  'app list',
  'member list',
  'manifest diff',
  'manifest show',
  'quorum show',
  'quorum confirm',
  'quorum drill',
  'share show',
  'share passphrase',
  'share print',
  'station request',
  'station list',
  'audit show',
  'audit verify',
  'audit checkpoint',
  'audit export',
  'audit publish',
  'audit prove',
  'audit witness',
  'report verify',
  'plan show',
  'plan approve',
  'config show',
  'config set',
  'inspect',
  'doctor',
  'monitor',
  'help',
  'version',
  'completion',
]
export const hasEffects = (path: string): boolean => path in COMMANDS

/** Most changes know one token alone. */
function ofOneMember(line: ParsedLine, { things }: World): string[] {
  const op = operationIn(line)
  const others = things.named('member').filter((name) => name !== FIRST_MEMBER)
  const count = others.length + (things.mayBe('member', FIRST_MEMBER) ? 1 : 0)
  if (others.length === 0 || count < 2 || !op) return []
  if (!operationOf({ op }).several) return [`there are several members by then, which ${line.path} does not know`]
  if (MENDS_MEMBERS.includes(op)) return []
  const away = valuesOf(line, '--absent')
  const [behind] = things.named('member behind').filter((name) => !away.includes(name))
  return behind === undefined ? [] : [things.demand('member behind', behind, false)!]
}

/** Why this command of a step can't be carried out by then. Of one that is only shown nothing comes. */
export const applied = (line: ParsedLine, world: World, step: string): readonly string[] => [
  ...ofOneMember(line, world),
  ...all(COMMANDS[line.path] ?? [])(line, has(line, '--dry-run') ? world.copy() : world, step),
]

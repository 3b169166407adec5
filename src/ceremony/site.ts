// The site file of a ceremony: the facts of the day. Who takes which role, by which library and token, and where files go.
import * as v from 'valibot'
import { readShape } from './read-shape.ts'
import { CustodianName, distinct, Line, Name } from './shapes.ts'

const SITE_FORMAT = 'keyrite.ceremony-site/1'

const KEY_KINDS =
  /^(ssh-ed25519|sk-ssh-ed25519@openssh\.com|ecdsa-sha2-nistp(?:256|384|521)|sk-ecdsa-sha2-nistp256@openssh\.com|ssh-rsa) ([A-Za-z0-9+/]{40,2000}={0,2})(?: .*)?$/

/** A line as `ssh-keygen` writes it into a .pub file: the blob begins with the kind that stands before it. */
function isSshKey(line: string): boolean {
  const [, kind = '', blob = ''] = KEY_KINDS.exec(line) ?? []
  const bytes = Buffer.from(blob, 'base64')
  if (kind === 'ssh-ed25519' && bytes.length !== 51) return false
  return kind !== '' && bytes.readUInt32BE(0) === kind.length && bytes.toString('latin1', 4, 4 + kind.length) === kind
}

const Person = v.strictObject({
  name: Line,
  roles: v.pipe(v.array(Name), v.minLength(1, 'empty'), v.check(distinct, 'a list in which one stands twice')),
  /** Of whom. */
  organisation: v.optional(Line),
  /** As the ledger calls this person. */
  custodian: v.optional(CustodianName),
  /** An SSH public key, with which this person signs the journal. */
  key: v.optional(
    v.pipe(v.string(), v.check(isSshKey, 'not an SSH public key, as ssh-keygen writes it into a .pub file')),
  ),
})

export const CeremonySite = v.strictObject({
  format: v.literal(SITE_FORMAT, `not ${SITE_FORMAT}`),
  place: Line,
  /** The clock that is read out. */
  clock: Line,
  module: v.optional(Line),
  token: v.optional(Line),
  slot: v.optional(Line),
  /** The folder into which the ceremony writes. */
  out: v.optional(Line),
  values: v.optional(v.record(Name, Line)),
  people: v.pipe(v.array(Person), v.minLength(1, 'empty')),
})
export type CeremonySite = v.InferOutput<typeof CeremonySite>
export type CeremonyPerson = CeremonySite['people'][number]

/** CEREMONY-SITE, TOML, JSON: all that is wrong with its shape at once, in `data.problems`. */
export const parseSite = (text: string): CeremonySite => readShape<CeremonySite>(CeremonySite, text, 'CEREMONY-SITE')

/** What stands in a site file that is to be filled in. Of the key nobody has the private half. */
export const EXAMPLE = {
  name: 'Name of ',
  key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA replace-me',
  place: 'the room',
  token: '0123456789abcdef',
}

/** What was not replaced, each as a member of the file. */
export const leftOf = ({ place, token, people }: CeremonySite): string[] => [
  ...(place === EXAMPLE.place ? [`place = "${place}"`] : []),
  ...(token === EXAMPLE.token ? [`token = "${token}"`] : []),
  ...people.flatMap(({ name, key }) => [
    ...(name.startsWith(EXAMPLE.name) ? [`name = "${name}"`] : []),
    ...(key?.split(' ')[1] === EXAMPLE.key.split(' ')[1] ? [`the key of ${name}`] : []),
  ]),
]

export const peopleIn = ({ people }: CeremonySite, role: string): readonly CeremonyPerson[] =>
  people.filter(({ roles }) => roles.includes(role))

export const peopleOf = (site: CeremonySite, roles: readonly string[]): CeremonyPerson[] => [
  ...new Set(roles.flatMap((role) => peopleIn(site, role))),
]

/** As the journal tells of them: each in those of these roles that are theirs. */
export const inRoles = (people: readonly CeremonyPerson[], roles: readonly string[]) =>
  people.map(({ name, roles: all }) => ({ name, roles: all.filter((role) => roles.includes(role)).toSorted() }))

/** These are values without standing in `values`. */
const FACTS = ['module', 'token', 'slot', 'out'] as const
export const isFact = (name: string): name is (typeof FACTS)[number] => FACTS.some((one) => one === name)

/** What `{site.NAME}` stands for: a fact, a value, or what the ledger calls the one person in a role of that name. */
export function siteValue(site: CeremonySite, name: string): string | undefined {
  if (isFact(name)) return site[name]
  const value = new Map(Object.entries(site.values ?? {})).get(name)
  if (value !== undefined) return value
  const [person, ...others] = peopleIn(site, name)
  return others.length === 0 ? person?.custodian : undefined
}

// Whether a database has what an administrator was asked to make there, and nothing beside it that changes what it does.
import { type KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { FUNCTIONS, TABLES } from './schema.ts'

type Rows = (text: string) => Promise<unknown[]>

const HAS = `select
  (select json_agg(json_build_object('name', proname, 'body', prosrc, 'asOwner', prosecdef, 'config', proconfig) order by proname)
    from pg_proc where pronamespace = to_regnamespace('keyrite')) as functions,
  (select json_agg(json_build_object('name', relname, 'secured', relrowsecurity, 'owner', relowner::regrole::text,
      'rules', relhasrules, 'triggers', (select count(*) from pg_trigger where tgrelid = c.oid and not tgisinternal)) order by relname)
    from pg_class c where relnamespace = to_regnamespace('keyrite') and relkind <> 'i') as tables,
  (select rolcanlogin from pg_roles where rolname = 'keyrite_owner') as login,
  (select string_agg(t, ', ') from unnest(array[${TABLES.map((table) => `'${table}'`)}]) t where to_regclass('keyrite.' || t) is not null
    and has_table_privilege('keyrite.' || t, 'insert, update, delete, truncate')) as open`

interface Found {
  functions: { name: string; body: string; asOwner: boolean; config: string[] | null }[] | null
  tables: { name: string; secured: boolean; owner: string; rules: boolean; triggers: number }[] | null
  login: boolean | null
  open: string | null
}

/** DATABASE-DEFINED. */
export async function checkDefined(rows: Rows, place: string): Promise<void> {
  const [found] = (await rows(HAS)) as [Found]
  if (!found.functions || !found.tables)
    throw refused('DATABASE-DEFINED', `${place} is not prepared for ledgers`, keyrite('doctor', '--ddl'))
  const wrong = wrongFunction(found.functions) ?? wrongTable(found.tables) ?? wrongRight(found)
  if (wrong !== undefined) throw different(place, wrong)
}

function wrongFunction(found: NonNullable<Found['functions']>): string | undefined {
  const strange = found.find(({ name }) => !FUNCTIONS.some((one) => one.name === name))
  if (strange) return `has a function keyrite.${escaped(strange.name)}`
  const wrong = FUNCTIONS.find(({ name, body, asOwner }) => {
    const own = found.filter((one) => one.name === name)
    const [one] = own
    return (
      own.length !== 1 ||
      one?.body !== body ||
      one.asOwner !== asOwner ||
      `${one.config}` !== 'search_path=pg_catalog, pg_temp'
    )
  })
  return wrong && `has another function keyrite.${wrong.name}`
}

function wrongTable(found: NonNullable<Found['tables']>): string | undefined {
  const names = found.map(({ name }) => name).join(', ')
  if (names !== TABLES.join(', ')) return `has other tables: ${escaped(names)}`
  for (const { name, secured, owner, rules, triggers } of found) {
    if (!secured) return `shows keyrite.${name} to everybody`
    if (owner !== 'keyrite_owner') return `has keyrite.${name} belong to ${escaped(owner)}`
    if (rules || triggers > 0) return `has a rule or trigger on keyrite.${name}`
  }
  return undefined
}

/** Even where a superuser is at work, its rights are not what a ledger is written by. */
function wrongRight({ login, open }: Found): string | undefined {
  if (login) return 'lets somebody log in as keyrite_owner'
  return open === null ? undefined : `lets this role change rows of ${escaped(open)}`
}

const different = (place: string, what: string): KeyriteError =>
  notVerified('DATABASE-DEFINED', `${place} ${what}`, keyrite('doctor', '--ddl'))

// What an administrator makes in a database before a ledger can lie there. Keyrite prints it, looks whether it is there as it stands here, and never runs it.

interface Defined {
  name: string
  head: string
  body: string
  /** Whoever calls it acts with the rights of the tables' owner. */
  asOwner: boolean
}

const AS_OWNER = 'security definer set search_path = pg_catalog, pg_temp'

/** Refusals by their SQLSTATE. */
export const REFUSALS = { access: 'KR001', claimed: 'KR002', ahead: 'KR003', size: 'KR004' } as const

/** So many records wait at the most, each of at most so many bytes: whoever may write fills no disk. */
export const MOST_WAITING = 1000
const MOST_BYTES = 65536

const REFUSE_ACCESS = `if not keyrite.may(of, true) then raise exception 'no access' using errcode = '${REFUSALS.access}'; end if;`

/** In the order in which they need each other. `may`: the session's user, or a role that it is a member of, was admitted. */
export const FUNCTIONS: readonly Defined[] = [
  {
    name: 'may',
    head: 'keyrite.may(of uuid, writing boolean) returns boolean language sql stable',
    asOwner: true,
    body: `
  select exists (select from keyrite.access a join pg_roles r on r.rolname = a.role
    where a.partition = of and (a.writes or not writing) and pg_has_role(session_user, r.oid, 'member'))
`,
  },
  {
    name: 'claim',
    head: 'keyrite.claim(of uuid, by uuid, station text) returns text language plpgsql',
    asOwner: true,
    body: `
declare other text;
begin
  ${REFUSE_ACCESS}
  perform from keyrite.ledgers where partition = of for update;
  select c.station into other from keyrite.claims c
    where c.partition = of and c.holder <> by and c.until > clock_timestamp();
  if found then return other; end if;
  insert into keyrite.claims values (of, by, left(station, 64), clock_timestamp() + interval '2 minutes')
    on conflict (partition) do update set holder = excluded.holder, station = excluded.station, until = excluded.until;
  return null;
end
`,
  },
  {
    name: 'release',
    head: 'keyrite.release(of uuid, by uuid) returns void language sql',
    asOwner: true,
    body: `
  delete from keyrite.claims where partition = of and holder = by and keyrite.may(of, true)
`,
  },
  {
    name: 'replayed',
    head: 'keyrite.replayed(at pg_lsn) returns setof text language sql stable',
    asOwner: true,
    body: `
  select application_name from pg_stat_replication where replay_lsn >= at
`,
  },
  {
    name: 'give',
    head: 'keyrite.give(of uuid, line bytea) returns void language plpgsql',
    asOwner: true,
    body: `
begin
  ${REFUSE_ACCESS}
  if length(line) not between 2 and ${MOST_BYTES} or (select count(*) from keyrite.waiting where partition = of) >= ${MOST_WAITING} then
    raise exception 'too long, or too much waits already' using errcode = '${REFUSALS.size}';
  end if;
  insert into keyrite.waiting (partition, line) values (of, line);
end
`,
  },
  {
    name: 'append',
    head: 'keyrite.append(of uuid, by uuid, first bigint, before bytea, added bytea[], taken uuid[]) returns bytea language plpgsql',
    asOwner: true,
    body: `
declare
  leaf bytea := before;
  last_seq bigint;
  last_leaf bytea;
begin
  ${REFUSE_ACCESS}
  perform from keyrite.ledgers where partition = of for update;
  perform from keyrite.claims where partition = of and holder = by and until > clock_timestamp();
  if not found then raise exception 'no claim' using errcode = '${REFUSALS.claimed}'; end if;
  select l.seq, l.leaf into last_seq, last_leaf from keyrite.lines l where l.partition = of order by l.seq desc limit 1;
  if coalesce(last_seq + 1, 0) <> first or last_leaf is distinct from before then
    raise exception 'not the last line' using errcode = '${REFUSALS.ahead}';
  end if;
  if coalesce(array_length(added, 1), 0) not between 1 and 100000 then
    raise exception 'too many lines, or none' using errcode = '${REFUSALS.size}';
  end if;
  for i in 1 .. array_length(added, 1) loop
    if length(added[i]) not between 2 and 268435456 or position('\\x0a'::bytea in added[i]) > 0 then
      raise exception 'no line' using errcode = '${REFUSALS.size}';
    end if;
    leaf := sha256('\\x00'::bytea || added[i]);
    insert into keyrite.lines values (of, first + i - 1, added[i], leaf);
  end loop;
  delete from keyrite.waiting where partition = of and id = any(taken);
  return leaf;
end
`,
  },
]

const functionText = ({ head, body, asOwner }: Defined): string =>
  `create function ${head}${asOwner ? `\n  ${AS_OWNER}` : ''} as $keyrite$${body}$keyrite$;`

/** What may be seen of the tables, and through which policy. */
export const TABLES = ['access', 'claims', 'ledgers', 'lines', 'waiting'] as const
const SHOWN = ['ledgers', 'lines', 'claims', 'waiting']

const policies = SHOWN.map(
  (table) => `create policy readers on keyrite.${table} for select using (keyrite.may(partition, false));`,
)

export const DDL = `-- Ledgers of Keyrite in PostgreSQL 13 or newer. An administrator runs this once, in a database of its own:
--   psql -v ON_ERROR_STOP=1 -d keyrite -f keyrite.sql
-- The tables belong to a role that nobody can log in as. Whoever is admitted reads lines, and writes by the function append alone.
begin;
create role keyrite_owner nologin;
-- How far standbys are is shown to whoever may read statistics.
grant pg_read_all_stats to keyrite_owner;
create schema keyrite authorization keyrite_owner;
set local role keyrite_owner;

create table keyrite.ledgers (partition uuid primary key, name text not null check (name ~ '^[a-z][a-z0-9-]{0,31}$'));
create table keyrite.access (partition uuid references keyrite.ledgers, role name, writes boolean not null,
  primary key (partition, role));
create table keyrite.lines (partition uuid references keyrite.ledgers, seq bigint check (seq >= 0), line bytea not null,
  leaf bytea not null, primary key (partition, seq));
create table keyrite.claims (partition uuid primary key references keyrite.ledgers, holder uuid not null,
  station text not null, until timestamptz not null);
create table keyrite.waiting (id uuid primary key default gen_random_uuid(), partition uuid not null references keyrite.ledgers,
  line bytea not null, at timestamptz not null default clock_timestamp());

${FUNCTIONS.map(functionText).join('\n\n')}

${TABLES.map((table) => `alter table keyrite.${table} enable row level security;`).join('\n')}
${policies.join('\n')}
grant usage on schema keyrite to public;
grant select on ${SHOWN.filter((table) => table !== 'claims')
  .map((table) => `keyrite.${table}`)
  .join(', ')} to public;
-- Who holds a claim stays secret: it is the holder's word by which it is renewed, and ended.
grant select (partition, station, until) on keyrite.claims to public;
commit;
`

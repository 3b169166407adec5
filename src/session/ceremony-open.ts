// A ceremony is opened: what its script requires is looked at, everyone is named, the clock is read, and the ledger hears of it.
import { randomUUID } from 'node:crypto'
import { beginningIn, type CeremonyScript } from '../ceremony/script.ts'
import { secondsOf } from '../ceremony/shapes.ts'
import { type CeremonySite, inRoles } from '../ceremony/site.ts'
import type { StepOf } from '../ceremony/step.ts'
import { isRecent, isWrongClock } from '../ceremony/verify/people.ts'
import { filledIn } from '../ceremony/verify/steps.ts'
import { askFor } from '../cli/ask.ts'
import { type Context, choosePartition, type Globals, terminalOf } from '../cli/context.ts'
import { Ceremonies } from '../domain/ceremonies.ts'
import type { SignedRehearsal } from '../domain/ceremony-marks.ts'
import { refused, usage } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import { stationNameOf } from '../domain/names.ts'
import { partitionUnfinished } from '../domain/unfinished.ts'
import type { Signer } from '../ledger/port.ts'
import { quotedLine, rolesInWords } from '../views/ceremony-step.ts'
import type { readScript, readSite } from './ceremony-files.ts'
import { rehearsalFile } from './ceremony-rehearsed.ts'
import type { Twin } from './ceremony-twin.ts'
import { CeremonyWork, isOver } from './ceremony-work.ts'

type Script = ReturnType<typeof readScript>
type Site = ReturnType<typeof readSite>

/** `twin`: it is a rehearsal, whose token is found by these variables. CEREMONY-OPEN, CEREMONY-ONCE, CEREMONY-CLOCK, CEREMONY-REHEARSED: nothing is written before all of it holds. */
export async function openCeremony(
  script: Script,
  site: Site,
  rehearsal: SignedRehearsal | undefined,
  globals: Globals,
  context: Context,
  twin?: Twin['env'],
): Promise<CeremonyWork> {
  const { name, partition: of, requires = {} } = script.script
  const at = { ...globals, partition: of as NonNullable<Globals['partition']> }
  const { partition, station, stationName, ceremonies, isStation } = placeOf(script.script, site.site, at, context)
  const terminal = terminalOf(at, context)
  checkNone(name, of, ceremonies, globals, context)
  if (!twin) checkRehearsed(script, rehearsal, isStation, context)
  terminal.show([
    quotedLine(script.script.title),
    `  script ${name}, version ${script.script.version}: ${script.code}`,
    '',
    '  these people take part:',
    ...rolesInWords(site.site),
  ])
  await askFor(
    'is each of them here, and named aloud (y or n):',
    AT_TERMINAL,
    (text) => {
      if (!/^(y|yes)$/i.test(text)) throw usage('a ceremony begins when everyone is here: y, or Ctrl-C')
    },
    terminal,
  )
  const clock =
    requires.clock === undefined
      ? undefined
      : await readClock(secondsOf(requires.clock), site.site.clock, context, terminal)
  const opened = {
    type: 'opened' as const,
    name,
    partition,
    mode: twin ? ('rehearsal' as const) : ('real' as const),
    script: script.sha256,
    site: site.sha256,
    key: station.key,
    station: stationName,
    tool: context.tool(),
    host: context.host,
    people: inRoles(site.site.people, Object.keys(script.script.roles)),
    ...(clock ? { clock } : {}),
    ...(rehearsal ? { rehearsal } : {}),
  }
  const kept = context.ledgers.beginCeremony(globals.home, of, name, { script: script.text, site: site.text })
  await kept.add(opened, station)
  const work = new CeremonyWork(context, globals, kept, twin)
  await noteOpening(work)
  return work
}

/** What a ceremony is about: a partition that is there, or that begins in it. */
interface Place {
  /** Its uuid. */
  partition: string
  station: Signer
  stationName: string
  ceremonies: Ceremonies
  /** This key is one of its stations. */
  isStation(id: string): boolean
}

function placeOf(script: CeremonyScript, site: CeremonySite, globals: Globals, context: Context): Place {
  const begins = beginningIn(script)
  if (begins) return beginningPlace(begins, script.partition, globals, site, context)
  const partition = choosePartition(globals, context)
  const { history } = partition.openLedger()
  const { ceremonies } = history
  return {
    partition: history.partition,
    station: partition.station(),
    stationName: partition.stationName(history),
    ceremonies,
    isStation: (id) => history.stations.present.some(({ key }) => key.id === id),
  }
}

/** CEREMONY-BEGINS, PARTITION-FINISHED. */
function beginningPlace(
  { id, run }: StepOf<'run'>,
  name: string,
  { home }: Globals,
  site: CeremonySite,
  { ledgers, host }: Context,
): Place {
  const partition = ledgers.partition(home, name)
  if (partition.hasLedger)
    throw refused(
      'CEREMONY-BEGINS',
      `step ${id} begins the partition ${name}, which is there already`,
      keyrite('--partition', name, 'partition', 'show'),
    )
  if (partition.exists && partition.pending()) throw partitionUnfinished(name, partition.pending())
  const named = filledIn(run, { site, blanks: {} })[run.indexOf('--station') + 1]
  const { signer } = ledgers.journalKey(home, name)
  return {
    partition: randomUUID(),
    station: signer,
    stationName: run.includes('--station') && named !== undefined ? named : stationNameOf(host.name),
    ceremonies: new Ceremonies(),
    isStation: (id) => id === signer.key.id,
  }
}

/** CEREMONY-REHEARSED: of this very script, by a station of the partition, and not longer ago than it says. */
function checkRehearsed(
  { script: { requires }, sha256, file }: Script,
  rehearsal: SignedRehearsal | undefined,
  isStation: (id: string) => boolean,
  { sources }: Context,
): void {
  const period = requires?.rehearsal
  const opening = { time: sources.clock().toISOString(), script: sha256, ...(rehearsal ? { rehearsal } : {}) }
  const isOurs = rehearsal !== undefined && isStation(rehearsal.rehearsal.key.id)
  if (rehearsal ? isOurs && isRecent(opening, period) : period === undefined) return
  const found = !rehearsal
    ? 'nothing that one has left lies beside it'
    : !isOurs
      ? 'what lies beside it is signed by no station of this partition'
      : 'the rehearsal beside it is of another file, or longer ago'
  throw refused(
    'CEREMONY-REHEARSED',
    period === undefined
      ? `${rehearsalFile(file)}: ${found}`
      : `the script requires a rehearsal within ${period}, and ${found}`,
    to('to rehearse this very file, on this machine', keyrite('ceremony', 'rehearse', file)),
  )
}

const AT_TERMINAL = 'a ceremony is for people: run it at a terminal'

/** Once: after a crash between the journal and the ledger it is done again. */
export async function noteOpening(work: CeremonyWork): Promise<void> {
  // The first plan does, where the partition begins.
  if (work.begins) return
  const { opened, lines } = work.given
  const { name, script, site, mode, clock, rehearsal } = opened
  const { ceremonies } = work.history
  if (ceremonies.open || ceremonies.isFinished(name)) return
  const told = {
    name,
    script,
    site,
    mode,
    journal: lines[0]!.leaf,
    ...(clock ? { clock } : {}),
    ...(rehearsal ? { rehearsal } : {}),
  }
  await work.note(`the ceremony ${name} is opened`, { event: 'opened', ...told })
}

function checkNone(
  name: string,
  partition: string,
  ceremonies: { open: { name: string } | undefined; isFinished(name: string): boolean },
  { home }: Globals,
  { ledgers }: Context,
): void {
  const other = ledgers.ceremoniesIn(home).find((kept) => kept.partition === partition && !isOver(kept))
  const open = ceremonies.open?.name ?? other?.name
  if (open !== undefined)
    throw refused(
      'CEREMONY-OPEN',
      `the ceremony ${open} is under way`,
      to('to go on with it', keyrite('ceremony', 'resume')),
    )
  if (ceremonies.isFinished(name))
    throw refused(
      'CEREMONY-ONCE',
      `a ceremony ${name} was brought to its end before`,
      'give the script another name, and have it reviewed',
    )
}

/** CEREMONY-CLOCK: the machine's time is taken when Enter is pressed. */
async function readClock(most: number, which: string, context: Context, terminal: ReturnType<typeof terminalOf>) {
  terminal.show(['', quotedLine(which)])
  const told = await askFor(
    'what does this clock say now, in UTC (HH:MM:SS):',
    AT_TERMINAL,
    (text) => {
      const host = context.sources.clock().toISOString()
      if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text)) throw usage('type it as HH:MM:SS')
      return { host, wall: nearest(text, host) }
    },
    terminal,
  )
  if (isWrongClock(told, most))
    throw refused(
      'CEREMONY-CLOCK',
      `this machine says ${told.host.slice(11, 19)}, and the clock that was read ${told.wall.slice(11, 19)}: more than ${most} seconds apart`,
      'set the clock of this machine, and begin again',
    )
  return told
}

/** Of the day that is nearest: midnight may lie between the two. */
function nearest(time: string, host: string): string {
  const day = Date.parse(`${host.slice(0, 10)}T${time}.000Z`)
  const all = [-86_400_000, 0, 86_400_000].map((more) => day + more)
  const apart = (at: number) => Math.abs(at - Date.parse(host))
  return new Date(all.toSorted((a, b) => apart(a) - apart(b))[0]!).toISOString()
}

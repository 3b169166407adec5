// A rehearsal: a ceremony on a twin. What it leaves beside the script is signed by the station of the real partition, which it does not touch otherwise.

import { rmSync } from 'node:fs'
import { beginningIn } from '../ceremony/script.ts'
import { type CeremonySite, parseSite } from '../ceremony/site.ts'
import { siteText } from '../ceremony/templates/site-text.ts'
import { nextStep } from '../ceremony/verify/steps.ts'
import { type Context, type Globals, terminalOf } from '../cli/context.ts'
import { canonical } from '../domain/canonical.ts'
import { rehearsalMessage, type SignedRehearsal } from '../domain/ceremony-marks.ts'
import { toBase64url } from '../domain/encoding.ts'
import { KeyriteError } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { exceptionsIn } from '../domain/journal.ts'
import type { Signer } from '../ledger/port.ts'
import { marked } from '../terminal/text.ts'
import { checkPossible, type readScript, readSite } from './ceremony-files.ts'
import { FOREIGN_PINS } from './ceremony-foreign-token.ts'
import { knownHere } from './ceremony-lint.ts'
import { noteOpening, openCeremony } from './ceremony-open.ts'
import { rehearsalFile } from './ceremony-rehearsed.ts'
import { resumeAll } from './ceremony-resume.ts'
import { goThrough } from './ceremony-run.ts'
import { Twin } from './ceremony-twin.ts'
import { CeremonyWork, isOver } from './ceremony-work.ts'

type Script = ReturnType<typeof readScript>

/** Of the real partition, as far as this machine has it. */
interface Real {
  history?: History
  /** Undefined where this machine is no station of it. */
  station?: Signer
}

export async function rehearse(
  script: Script,
  site: CeremonySite | undefined,
  { module, anew }: { module?: string; anew?: boolean },
  globals: Globals,
  context: Context,
): Promise<void> {
  const terminal = terminalOf(globals, context)
  const twin = new Twin(globals.home, script.script)
  const real = realOf(script, globals, context)
  using work = (anew ? undefined : await goOn(script, twin, globals, context)) ?? (await begin())
  await goThrough(work)
  if (!isOver(work.kept)) return
  const left = real.station ? await leave(script, work, real.station, context) : undefined
  terminal.say([
    { line: [marked('this was a REHEARSAL: the partition, its keys and its shares are as they were', 'warning')] },
    left === undefined
      ? `nothing proves it: this machine is no station of ${script.script.partition}`
      : `${left} says that it was gone through here; keep it beside the script`,
    {
      hint: to(
        'its record',
        keyrite('--home', twin.home, 'ceremony', 'record', work.given.opened.name, '--out', 'DIR'),
      ),
      indent: '',
    },
  ])

  async function begin(): Promise<CeremonyWork> {
    const { parseLine } = context
    const people = site ?? parseSite(siteText(script.script))
    terminal.say('  a twin is made: a soft token, with shares that are good for nothing else')
    await twin.make(script, people, module, real.history, globals, context)
    const ofTwin = readSite(twin.site, context.ledgers)
    checkPossible(script, ofTwin, parseLine, knownHere(script, ofTwin, ofHome(twin, globals), context, true))
    showTwin(twin, terminal)
    return openCeremony(script, ofTwin, undefined, ofHome(twin, globals), context, twin.env)
  }
}

const ofHome = ({ home }: Twin, globals: Globals): Globals => ({ ...globals, home })

/** One of this very script that was broken off. */
async function goOn(script: Script, twin: Twin, globals: Globals, context: Context): Promise<CeremonyWork | undefined> {
  if (twin.madeOf !== script.sha256) return undefined
  const kept = context.ledgers.ceremoniesIn(twin.home).find((one) => !isOver(one))
  if (!kept) return undefined
  const work = new CeremonyWork(context, ofHome(twin, globals), kept, twin.env)
  showTwin(twin, work.terminal)
  work.terminal.say(`  the rehearsal goes on at step ${nextStep(work.given)}; --anew begins it again`)
  await noteOpening(work)
  await resumeAll(work)
  return work
}

const showTwin = ({ shares, script, adopts }: Twin, terminal: ReturnType<typeof terminalOf>): void =>
  terminal.show([
    '',
    { line: [marked('  REHEARSAL: nothing of it is real', 'warning')] },
    ...(adopts ? [`  the token of the twin: user PIN ${FOREIGN_PINS.user}, SO PIN ${FOREIGN_PINS.so}`] : []),
    ...(beginningIn(script) ? [] : [`  shares of the twin, which are not sealed: ${shares}`]),
  ])

function realOf({ script }: Script, { home }: Globals, { ledgers }: Context): Real {
  const partition = ledgers.partition(home, script.partition)
  if (beginningIn(script) && !partition.hasLedger) return { station: ledgers.journalKey(home, script.partition).signer }
  if (!partition.hasLedger) return {}
  const { history } = partition.openLedger()
  try {
    partition.stationName(history)
    return { history, station: partition.station() }
  } catch (error) {
    if (error instanceof KeyriteError) return { history }
    throw error
  }
}

/** Gives the name of the file. */
async function leave(
  { file, sha256 }: Script,
  work: CeremonyWork,
  station: Signer,
  { ledgers }: Context,
): Promise<string> {
  const { name, partition } = work.given.opened
  const rehearsal: SignedRehearsal['rehearsal'] = {
    format: 'keyrite.rehearsal/1',
    name,
    script: sha256,
    partition,
    journal: work.leaf,
    ended: work.lines.at(-1)!.entry.time,
    exceptions: exceptionsIn(work.lines),
    key: station.key,
  }
  const value = toBase64url(await station.sign(rehearsalMessage(rehearsal)))
  const path = rehearsalFile(file)
  rmSync(path, { force: true })
  ledgers.createFiles([{ path, content: `${canonical({ rehearsal, value })}\n` }])
  return path
}

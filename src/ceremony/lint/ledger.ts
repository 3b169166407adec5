// A script held against a ledger: whether it is of that partition as it stands, and whether the people of the day are its custodians.
import type { History } from '../../domain/history.ts'
import { parseKeyVersion } from '../../domain/names.ts'
import { rolesOf } from '../../domain/operations.ts'
import { whyNoWraps } from '../../domain/profile.ts'
import { custodiansOf, needsOf } from '../../domain/roster.ts'
import { counted, listed } from '../../domain/words.ts'
import { beginningIn } from '../script.ts'
import { type CeremonyPerson, peopleIn } from '../site.ts'
import { has, logsIn, operationIn, valuesOf } from './commands.ts'
import { isToFail, type Stage, type Staged } from './stage.ts'

export function checkLedger(stage: Stage): void {
  const { ledger } = stage.known
  if (!ledger) return
  const { history } = ledger
  stage.tell(undefined, wrongPartition(history, stage))
  // On a twin whoever is there has its shares, and it begins as the script finds it.
  if (stage.known.isTwin) return
  for (const why of wrongBeginnings(history, stage)) stage.tell(undefined, why)
  if (history.ceremonies.isFinished(stage.script.name))
    stage.tell(undefined, `a ceremony ${stage.script.name} was brought to its end before: give the script another name`)
  checkHolders(stage)
  checkApproving(stage)
  checkSuspensions(stage)
  checkWraps(stage)
}

/** Nothing of it can be done. */
function wrongPartition(history: History, { script }: Stage): string | undefined {
  const begins = beginningIn(script)
  if (history.name !== script.partition)
    return `the ledger is of ${history.name}, and the script of the partition ${script.partition}`
  if (begins) return `step ${begins.id} begins the partition ${history.name}, which is there already`
  if (history.retired) return `the partition ${history.name} came to its end with record ${history.retired.seq}`
  if (history.unfinished)
    return `a change of record ${history.unfinished.seq} has no end: partition recover comes first`
  return history.conducted.place === undefined
    ? undefined
    : 'the ledger lies in a database, and a ceremony opens in a file alone'
}

/** What the script says that it finds, and the ledger has otherwise. */
const wrongBeginnings = (history: History, { script: { begins = {} } }: Stage): string[] =>
  Object.entries(begins).flatMap(([one, state]) => {
    const { name, version } = parseKeyVersion(one)
    const found = history.key(name, version!)
    if (found?.state === state) return []
    return `the script finds ${one} ${state}, and in the ledger ${found ? `it is ${found.state}` : 'there is none'}`
  })

/** People of the site who have shares. */
const holdersIn = ({ site, roles }: Stage): (CeremonyPerson & { custodian: string })[] => {
  const people = [...roles].flatMap(([role, { shares }]) => (shares && site ? peopleIn(site, role) : []))
  return [...new Set(people)].flatMap((person) =>
    person.custodian === undefined ? [] : [{ ...person, custodian: person.custodian }],
  )
}

const said = (stage: Stage, path: string, words: (line: NonNullable<Staged['known']>) => readonly string[]): string[] =>
  stage.steps.flatMap(({ known }) => (known?.path.startsWith(path) ? words(known) : []))

/** Those who have a share by the ledger, those who get one, and those who approve nothing. */
function checkHolders(stage: Stage): void {
  const { history, now } = stage.known.ledger!
  const { rosters, custody, groups } = history
  const come = [
    ...said(stage, 'quorum', (line) => valuesOf(line, '--add')),
    ...custodiansOf(rosters.stage ? [rosters.stage.plan.group] : []),
  ]
  const back = resumedIn(stage)
  for (const { name, custodian } of holdersIn(stage)) {
    const who = `${name} is ${custodian} in the site file`
    const until = rosters.suspended(custodian, now)?.until
    const left = custody.person(custodian).departed
    if (![...custodiansOf(groups), ...come].includes(custodian))
      stage.tell(undefined, `${who}, and ${history.name} has no such custodian`)
    else if (until !== undefined && !back.includes(custodian))
      stage.tell(undefined, `${who}, who is suspended until ${until} and approves nothing`)
    else if (left && left.on < now.slice(0, 10))
      stage.remarks.push(`${who}, who left on ${left.on} by record ${left.seq}: that share counts until it is replaced`)
  }
}

const resumedIn = (stage: Stage): string[] =>
  said(stage, 'custodian resume', ({ operands }) => operands.map(({ value }) => value))

/** Of each group that approves so many are there, as long as no step has changed the groups. */
function checkApproving(stage: Stage): void {
  const { history, now } = stage.known.ledger!
  const { groups, rosters } = history
  const holders = holdersIn(stage).map(({ custodian }) => custodian)
  const back = resumedIn(stage)
  for (const { step, known } of stage.steps) {
    const op = known && !isToFail(step) && logsIn(known) ? operationIn(known) : undefined
    if (!known || !op || has(known, '--lost')) continue
    const group = groups.find(({ name }) => [name, undefined].includes(valuesOf(known, '--group')[0]))
    const custodian = known.operands[0]?.value
    const roles = rolesOf({ op, group, custodian, several: history.members.wereSeveral }, ['user'], groups)
    for (const need of needsOf(roles, groups)) {
      const own = custodiansOf(groups.filter(({ name }) => name === need.group))
      const able = own.filter((name) => back.includes(name) || !rosters.isSuspended(name, now))
      const there = able.filter((name) => holders.includes(name))
      const why = stage.site ? namedIn(there) : seatsFor(stage, able.length)
      const count = stage.site ? there.length : Math.min(seatsIn(stage), able.length)
      if (count < need.threshold)
        stage.tell(step, `${known.path} takes ${need.threshold} custodians of ${need.group}, and ${why}`)
    }
    if (known.path === 'quorum replace') return
  }
}

const seatsIn = ({ roles }: Stage): number =>
  [...roles.values()].reduce((sum, { shares, people }) => sum + (shares ? people : 0), 0)

const namedIn = (names: readonly string[]): string =>
  `the site file names ${names.length === 0 ? 'none of them' : `${listed(names)} alone`}`

const seatsFor = (stage: Stage, able: number): string =>
  able <= seatsIn(stage)
    ? `${able} of them can approve`
    : `the roles with shares are for ${counted(seatsIn(stage), 'person', 'people')}`

/** One more than must agree can approve meanwhile. */
function checkSuspensions(stage: Stage): void {
  const { history, now } = stage.known.ledger!
  const { groups, rosters } = history
  const out = new Set(custodiansOf(groups).filter((name) => rosters.isSuspended(name, now)))
  for (const { step, known } of stage.steps) {
    if (known?.path === 'quorum replace') return
    const [who] = known?.operands.map(({ value }) => value) ?? []
    if (who === undefined || isToFail(step)) continue
    if (known?.path === 'custodian resume') out.delete(who)
    if (known?.path !== 'custodian suspend' || has(known, '--dry-run')) continue
    out.add(who)
    for (const { name, threshold, custodians } of groups) {
      const able = custodians.filter((one) => !out.has(one.name)).length
      if (custodians.some((one) => one.name === who) && able <= threshold)
        stage.tell(step, `of ${name} ${able} could still approve, and ${threshold + 1} have to be able to`)
    }
  }
}

/** NO-KEY-WRAP: a rehearsal does not find it out, for the token of a twin wraps keys. */
function checkWraps(stage: Stage): void {
  const { profile, name } = stage.known.ledger!.history
  const why = whyNoWraps(profile)
  if (why === undefined) return
  for (const { step, known } of stage.steps)
    if (known && WRAPPING.includes(known.path) && !isToFail(step) && !has(known, '--dry-run'))
      stage.tell(step, `the token of ${name} wraps no keys: ${why}`)
}

const WRAPPING: readonly string[] = ['backup create', 'key restore', 'app replace']

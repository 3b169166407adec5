// Who is there: roles, those that are kept apart, comparisons by two, quorums, and the people of the site.
import { listed, orMeant } from '../../domain/words.ts'
import { leftOf, peopleIn } from '../site.ts'
import { logsIn, sharesWanted, writesAtStation } from './commands.ts'
import type { Stage, Staged } from './stage.ts'

export function checkPeople(stage: Stage): void {
  const { script, roles } = stage
  for (const [one, other] of script.requires?.separate ?? [])
    for (const role of [one, other])
      if (!roles.has(role))
        stage.tell(undefined, `no role is called ${role}, which requires.separate names${orMeant(role, roles.keys())}`)
  for (const { step } of stage.steps)
    for (const role of step.by)
      if (!roles.has(role)) stage.tell(step, `no role is called ${role}${orMeant(role, roles.keys())}`)
  for (const staged of stage.steps) checkCompany(staged, stage)
  if (stage.site) checkSite(stage)
}

function checkCompany({ step, line }: Staged, stage: Stage): void {
  if (step.kind === 'compare' && peopleOf(stage, step.by) < 2)
    stage.tell(step, `two people compare, and ${listed(step.by)} is one person`)
  const all = peopleOf(stage, [...stage.roles.keys()])
  if (step.kind === 'pause' && step.stay > all)
    stage.tell(step, `${step.stay} people are to stay, and there are ${all}`)
  if (step.kind !== 'run' || !line) return
  const asks = logsIn(line)
  if (asks && !step.quorum) stage.tell(step, `${line.path} is approved by custodians: say quorum = true`)
  if (step.quorum && !asks && !writesAtStation(line))
    stage.tell(step, `${line.path} asks no custodian: leave quorum out`)
  if (!asks) return
  const holders = peopleOf(
    stage,
    [...stage.roles].filter(([, { shares }]) => shares).map(([role]) => role),
  )
  const wanted = sharesWanted(line)
  if (holders < wanted)
    stage.tell(
      step,
      `it takes the shares of ${wanted} people, and ${holders === 0 ? 'no role' : `roles for ${holders}`} of the script ${holders === 1 || holders === 0 ? 'has' : 'have'} shares`,
    )
}

/** Different people, where the site names them; else as many as the roles have. */
function peopleOf({ site, roles }: Stage, names: readonly string[]): number {
  const known = names.filter((name) => roles.has(name))
  if (site) return new Set(known.flatMap((name) => peopleIn(site, name))).size
  return known.reduce((sum, name) => sum + roles.get(name)!.people, 0)
}

function checkSite(stage: Stage): void {
  const { site, script, roles } = stage
  const { people, values = {} } = site!
  const left = stage.known.isTwin ? [] : leftOf(site!)
  if (left.length > 0)
    stage.tell(
      undefined,
      `the site file has what the example had: ${listed(left.slice(0, 3))}${left.length > 3 ? ` and ${left.length - 3} more` : ''}`,
    )
  for (const [role, { people: wanted, shares }] of roles) {
    const there = peopleIn(site!, role)
    if (there.length < wanted)
      stage.tell(undefined, `the role ${role} is for ${wanted}, and the site file names ${there.length}`)
    for (const { name, custodian } of there)
      if (shares && custodian === undefined)
        stage.tell(
          undefined,
          `${name} has a share as ${role}, and the site file does not say under which name of a custodian`,
        )
  }
  for (const { name, roles: own } of people)
    for (const role of own)
      if (!roles.has(role))
        stage.tell(undefined, `${name} is ${role} in the site file, and the script has no such role`)
  for (const [one, other] of script.requires?.separate ?? [])
    for (const { name, roles: own } of people)
      if (own.includes(one) && own.includes(other))
        stage.tell(undefined, `${name} is both ${one} and ${other}, which the script keeps apart`)
  for (const member of ['name', 'key', 'custodian'] as const) {
    const all = people.map((person) => (member === 'key' ? person.key?.split(' ')[1] : person[member]))
    for (const [i, one] of all.entries())
      if (one !== undefined && all.indexOf(one) !== i)
        stage.tell(
          undefined,
          `${people[i]!.name} and ${people[all.indexOf(one)]!.name} have one ${member === 'custodian' ? 'name of a custodian' : member} in the site file`,
        )
  }
  for (const name of Object.keys(values))
    if (roles.has(name) || ['module', 'token', 'slot', 'out'].includes(name))
      stage.tell(undefined, `the site file has a value called ${name}, which is the name of something else too`)
  for (const { step } of stage.steps) {
    if (step.kind !== 'sign') continue
    for (const { name, key } of step.by.flatMap((role) => peopleIn(site!, role)))
      if (key === undefined) stage.tell(step, `${name} signs, and the site file has no SSH key of theirs`)
  }
}

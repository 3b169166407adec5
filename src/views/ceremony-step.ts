// A step of a ceremony, and its people, as those in the room see them: what script and site file say stands behind a bar, so that it can be no row of ours.

import { secondsOf } from '../ceremony/shapes.ts'
import { type CeremonySite, peopleIn } from '../ceremony/site.ts'
import type { CeremonyStep } from '../ceremony/step.ts'
import type { Given } from '../ceremony/verify/given.ts'
import { marked, type Part } from '../terminal/text.ts'
import { KIND_IN_WORDS, lengthInWords } from './ceremony/words.ts'

/** What goes on in further rows begins behind the bar, where nothing of ours does. */
export const quotedLine = (text: string, lead = '  '): Part => ({ head: [`${lead}| `], line: [text] })

/** `step 2.2   3 of 15   run`, who takes it, and what is said. */
export function stepHead(step: CeremonyStep, { script, site, opened }: Given): Part[] {
  const place = script.steps.findIndex(({ id }) => id === step.id) + 1
  const rehearsed = opened.mode === 'rehearsal' ? ['   ', marked('REHEARSAL', 'warning')] : []
  return [
    '',
    {
      line: [
        marked(`step ${step.id}`, 'proven'),
        `   ${place} of ${script.steps.length}   ${KIND_IN_WORDS[step.kind]}`,
        ...rehearsed,
      ],
    },
    ...(step.act === undefined ? [] : [quotedLine(step.act)]),
    ...roleLines(step.by, site),
    quotedLine(step.text),
  ]
}

/** All bars of a list stand below each other, and no name against one. */
const leadOf = (names: readonly string[]): ((name: string) => string) => {
  const width = Math.max(11, ...names.map((name) => name.length)) + 1
  return (name) => `  ${name.padEnd(width)}`
}

function roleLines(roles: readonly string[], site: CeremonySite): Part[] {
  const lead = leadOf(roles)
  return roles.flatMap((role) => peopleIn(site, role).map(({ name }) => quotedLine(name, lead(role))))
}

/** Everyone, by roles. */
export const rolesInWords = (site: CeremonySite): Part[] =>
  roleLines([...new Set(site.people.flatMap(({ roles }) => roles))], site)

/** What `?` tells. */
export function ofStep(step: CeremonyStep, { script, code }: Given): Part[] {
  const lead = leadOf(step.by)
  const row = (name: string, text: string): Part => ({ head: [lead(name)], line: [text] })
  return [
    row('script', `${script.name}, version ${script.version}`),
    row('code', code),
    row('takes', lengthInWords(secondsOf(step.takes))),
    quotedLine(script.title, lead('title')),
    ...(script.basis ?? []).map((one) => quotedLine(one, lead('because of'))),
    ...step.by.map((role) => quotedLine(aboutRole(script.roles[role]), lead(role))),
    ...(step.kind === 'run' ? [quotedLine(`keyrite ${step.run.join(' ')}`, lead('command'))] : []),
    '  an exception is written down at once, and the ceremony goes on; a pause ends the program, and keyrite ceremony resume goes on',
  ]
}

const aboutRole = (role: Given['script']['roles'][string] | undefined): string =>
  typeof role === 'string' ? role : (role?.about ?? '')

// A step of a ceremony, and its people, as those in the room see them.

import { type CeremonySite, peopleIn } from '../ceremony/site.ts'
import type { CeremonyStep } from '../ceremony/step.ts'
import type { Given } from '../ceremony/verify/given.ts'
import { listed } from '../domain/words.ts'
import { fields, marked, type Part } from '../terminal/text.ts'

/** `3 of 15   2.2   Rotation   operator (Bob)`, and what is said. */
export function stepHead(step: CeremonyStep, { script, site }: Given): Part[] {
  const place = script.steps.findIndex(({ id }) => id === step.id) + 1
  const act = step.act === undefined ? '' : `   ${step.act}`
  return [
    '',
    { line: [marked(`step ${step.id}`, 'proven'), `   ${place} of ${script.steps.length}${act}   ${step.kind}`] },
    `  ${step.by.map((role) => roleInWords(role, site)).join('; ')}`,
    `  ${step.text}`,
  ]
}

const roleInWords = (role: string, site: CeremonySite): string =>
  `${role}: ${listed(peopleIn(site, role).map(({ name }) => name))}`

export const rolesInWords = (site: CeremonySite): string[] =>
  [...new Set(site.people.flatMap(({ roles }) => roles))].map((role) => `    ${roleInWords(role, site)}`)

/** What `?` tells. */
export const ofStep = (step: CeremonyStep, { script, code }: Given): Part[] => [
  fields(
    [
      ['script', `${script.name}, version ${script.version}: ${script.title}`],
      ['code', code],
      ['because of', script.basis && listed(script.basis)],
      ['roles', step.by.map((role) => `${role}: ${aboutRole(script.roles[role])}`).join('; ')],
      ['takes', step.takes],
      ['command', step.kind === 'run' ? `keyrite ${step.run.join(' ')}` : undefined],
    ],
    '  ',
  ),
  '  an exception is written down at once, and the ceremony goes on; a pause ends the program, and keyrite ceremony resume goes on',
]

const aboutRole = (role: Given['script']['roles'][string] | undefined): string =>
  typeof role === 'string' ? role : (role?.about ?? '')

// A site file that a script fits: names, paths and keys in it are there to be replaced.
import { siteValuesOf } from '../lint/lint.ts'
import { type CeremonyScript, rolesOf, signingRoles } from '../script.ts'
import { EXAMPLE } from '../site.ts'

const CUSTODIANS = ['alice', 'bob', 'carol', 'dan']

const VALUES: { readonly [name: string]: string } = {
  leaving: 'carol',
  shares: '/media/shares',
  'spare-module': '/usr/lib/softhsm/libsofthsm2.so',
  'spare-slot': '1',
  ...Object.fromEntries(CUSTODIANS.map((name, i) => [`shares-${i + 1}`, `${name}=/media/${name}`])),
}

/** Facts of the site, by name, as they are for nobody. */
const FACTS: { readonly [name: string]: string } = {
  module: '/usr/lib/softhsm/libsofthsm2.so',
  slot: '0',
  token: EXAMPLE.token,
  out: '/media/out',
}

/** `values`: what the script asks of a site. */
export function siteText(script: CeremonyScript): string {
  const names = siteValuesOf(script)
  const roles = rolesOf(script)
  const facts = Object.entries(FACTS).filter(([name]) => names.includes(name))
  const values = names.filter((name) => !(name in FACTS) && !roles.has(name))
  return `# The site of a key ceremony: who takes part, and where things are. All that stands here is an example: replace it.
format = "keyrite.ceremony-site/1"
place = "${EXAMPLE.place}"
clock = "the clock that is read out"
${facts.map(([name, value]) => `${name} = "${value}"\n`).join('')}${
  values.length > 0
    ? `\n[values]\n${values.map((name) => `${name} = "${VALUES[name] ?? `/media/${name}`}"\n`).join('')}`
    : ''
}
${peopleText(script, names)}`
}

function peopleText(script: CeremonyScript, names: readonly string[]): string {
  const custodians = CUSTODIANS.filter((name) => name !== VALUES.leaving || !names.includes('leaving'))
  const signing = signingRoles(script)
  const all = [...rolesOf(script)].flatMap(([role, { people, shares }]) =>
    Array.from({ length: people }, (_, i) => {
      const custodian = shares ? (custodians.shift() ?? `${role}-${i + 1}`) : undefined
      const who = people === 1 ? role : `${role} ${i + 1}`
      return [
        '[[people]]',
        `name = "${EXAMPLE.name}${who}"`,
        `roles = ["${role}"]`,
        ...(custodian === undefined ? [] : [`custodian = "${custodian}"`]),
        ...(signing.has(role)
          ? [
              `# As ssh-keygen writes it into a .pub file: with it this person signs the journal.\nkey = "${EXAMPLE.key}"`,
            ]
          : []),
      ].join('\n')
    }),
  )
  return `${all.join('\n\n')}\n`
}

// Many keys by a manifest, each at two applications: made, delivered, published and promoted, with the seconds that it takes.
// `node scripts/measure.mjs many-keys 600 2400`: of one number to the next the seconds should grow as the keys do.
import { writeFileSync } from 'node:fs'
import { appInit } from '../support/application.ts'
import { partition } from '../support/partition.ts'
import { approved, step } from './dated.ts'

const APPS = ['cards', 'web']

const manifest = (count: number): string => `format = "keyrite.manifest/1"
[policies.dek]
type = "aes-256"
rotate-every = "P1Y"
publish-before = "P14D"
process-for = "P1Y"
[keys.dek]
policy = "dek"
count = ${count}
deliver = ${JSON.stringify(APPS)}
`

async function through(count: number): Promise<void> {
  using place = await partition()
  for (const app of APPS) await place.data(...appInit(place, app))
  const file = place.path('keys.toml')
  writeFileSync(file, manifest(count))
  console.log(`\n${count} keys, each at ${APPS.length} applications`)
  let lists = 0
  const apply = () => ['manifest', 'apply', file, '--list', place.path(`list-${++lists}`), ...approved(place)]
  const backUp = (to: string) => ['backup', 'create', place.path(to), ...approved(place)]
  await step(place, 'generate', 0, ...apply())
  await step(place, 'back up', 0, ...backUp('one'))
  await step(place, 'deliver', 0, ...apply())
  await step(place, 'publish', 352, ...apply())
  await step(place, 'back up', 352, ...backUp('two'))
  await step(place, 'promote', 367, ...apply())
}

const wanted = process.argv.slice(2).map(Number)
for (const count of wanted.length > 0 ? wanted : [600, 2400]) {
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('how many keys? a number, such as 600')
  await through(count)
}

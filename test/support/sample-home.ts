// Makes homes in the folder that it is given, which the build reads: `begun`, whose ledger tells of a few keys, and `lived`, whose ledger tells of much, each
// with its index, as a change leaves it; `bare`, which has none; and `away`, whose ledger lies in a database where none answers.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Begun } from './begun.ts'
import { newCast } from './cast.ts'
import { installIndexed } from './indexed.ts'
import { install } from './ledger.ts'
import { Story } from './story.ts'

const folder = process.argv[2]!
const cast = await newCast()
const begun = new Begun(cast).keysOneByOne(3)
await installIndexed(begun, join(folder, 'begun'))
// A plan names the library by its digest alone: any is one that nobody starts.
const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: string[] }
const module = sharedObjects.find((path) => path.includes('libc.'))
writeFileSync(join(folder, 'begun', 'config.json'), JSON.stringify({ partitions: { pay: { module } } }), {
  mode: 0o600,
})
await installIndexed(Story.tell(cast, 0), join(folder, 'lived'))
install(begun.text, join(folder, 'bare'))
await installIndexed(begun, join(folder, 'away'))
const place = { format: 'keyrite.place/1', ledger: 'postgresql://pay@localhost:1/keyrite?sslrootcert=/dev/null' }
writeFileSync(join(folder, 'away', 'pay', 'place.json'), JSON.stringify(place), { mode: 0o600 })

// What may stand in the place of a value, told by the word that holds the place.

import { TEMPLATES } from '../ceremony/templates/templates.ts'
import { COLOURS, EXPORT_FORMATS, FORMATS, MONITOR_FORMATS, REPORT_FORMATS, SHELLS } from '../cli/options.ts'
import { SETTINGS } from '../commands/config/set.ts'
import { ORDERS } from '../commands/key/select.ts'
import { DESTINATIONS } from '../domain/destinations.ts'
import { TRANSPORT_BITS } from '../domain/inward-plans.ts'
import { KEY_STATES, KEY_TYPES, USAGES } from '../domain/keys.ts'
import { KNOWN_PROFILES } from '../domain/known-profiles.ts'
import { EXPORTABILITIES } from '../domain/make-block.ts'
import { PUBLIC_FORMATS } from '../domain/public-formats.ts'
import { HASHES, PADDINGS } from '../domain/signing.ts'

/** `commands`: the words after `keyrite`. `ask`: `keyrite complete WHAT` knows. */
export type Values = 'nothing' | 'commands' | 'files' | 'folders' | { words: readonly string[] } | { ask: string }

const KNOWN: { [place: string]: Values } = {
  '<file>': 'files',
  '<backup>': 'files',
  '[profile.toml]': 'files',
  '[file]': 'files',
  '<[name=]file>': 'files',
  '<[serial=]file>': 'files',
  '<module[,serial]>': 'files',
  '<[name=]dir>': 'folders',
  '<path>': 'files',
  '<dir>': 'folders',
  '<type>': { words: KEY_TYPES },
  '<usage>': { words: USAGES },
  '<state>': { words: KEY_STATES },
  '<bits>': { words: TRANSPORT_BITS.map(String) },
  '<shell>': { words: SHELLS },
  '<format>': { words: FORMATS },
  '<how>': { words: EXPORT_FORMATS },
  '<form>': { words: MONITOR_FORMATS },
  '<writing>': { words: REPORT_FORMATS },
  '<destination>': { words: DESTINATIONS },
  '<place>': { words: ['host'] },
  '<letter>': { words: EXPORTABILITIES },
  '<hash>': { words: HASHES },
  '<padding>': { words: PADDINGS },
  '<encoding>': { words: PUBLIC_FORMATS },
  '<order>': { words: ORDERS },
  '<profile>': { words: KNOWN_PROFILES },
  '<when>': { words: COLOURS },
  '<template>': { words: TEMPLATES },
  '<setting>': { words: SETTINGS },
  '<value>': 'files',
  '[command...]': 'commands',
  '<app>': { ask: 'app' },
  '<app=file>': 'files',
  '<app...>': { ask: 'app' },
  '[app...]': { ask: 'app' },
  '<member>': { ask: 'member' },
  '<custodian>': { ask: 'custodian' },
  '<role=pin>': { words: ['so=old', 'so=new', 'user=old', 'user=new'] },
}

const FREE = [
  'age1...',
  'bag',
  'day',
  'group',
  'hash:hex',
  'kind:name',
  'object',
  'operation',
  'prefix',
  'recipient',
  'role',
  'code',
  'id',
  'key#v',
  'm',
  'method',
  'method:hex',
  'n',
  'name:roles:m:custodians',
  'label=name',
  'name=age1...',
  'seconds',
  'seq',
  'serial',
  'subject',
  'text',
  'time',
  'url',
]

const NEW_NAMES = ['generate', 'import', 'import-request']

/** A name is a key's under `key`, a partition's elsewhere; a new one is not known to anybody. */
function named(path: readonly string[]): Values {
  const [noun, verb] = path
  if (noun === 'report') return { ask: 'show' }
  if (noun === 'ceremony') return 'nothing'
  if (noun === 'app') return ['init', 'adopt'].includes(verb!) ? 'nothing' : { ask: 'app' }
  if (noun === 'member') return verb === 'add' ? 'nothing' : { ask: 'member' }
  if (noun === 'key' || noun === 'cert') return NEW_NAMES.includes(verb!) ? 'nothing' : { ask: verb! }
  if (noun === 'ceremony') return 'nothing'
  if (noun === 'custodian' || path.join(' ') === 'share record') return { ask: 'custodian' }
  return noun === 'partition' && verb !== 'retire' ? 'nothing' : { ask: 'partition' }
}

const KEYS = ['<name>', '[name]', '<name#v>', '[name#v]', '[name#v...]', '<name...>', '[name...]', '<name[#v]...>']

export function valuesOf(place: string, path: readonly string[]): Values {
  // What protects a key that comes is there already.
  if (place === '<name#v>' && path.join(' ') === 'key import') return { ask: 'show' }
  if (KEYS.includes(place)) return named(path)
  if (place === '<type>' && ['key generate', 'key import', 'key import-request'].includes(path.join(' ')))
    return { ask: 'type' }
  const values = KNOWN[place] ?? (FREE.includes(place.slice(1, -1)) ? 'nothing' : undefined)
  if (values) return values
  throw new Error(`${path.join(' ')}: say in src/docs/values.ts what may stand for ${place}`)
}

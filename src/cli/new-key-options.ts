// What a new key is to be, whatever it is made of.
import { Option } from 'commander'
import { KEY_TYPES, USAGES } from '../domain/keys.ts'
import { isMlDsa } from '../domain/ml-dsa.ts'
import { oneOf, repeatableList, wholeNumber } from './options.ts'

export const typeOption = (): Option =>
  new Option('--type <type>', `${KEY_TYPES.join(', ')}; ml-dsa takes node 24.7 or newer`).argParser(TYPE)

/** Of keys that others make. What is not among these is refused by a reason of its own. */
export const broughtTypeOption = (): Option =>
  new Option('--type <type>', KEY_TYPES.filter((type) => !isMlDsa(type)).join(', ')).argParser(TYPE)

const TYPE = oneOf('key type', KEY_TYPES)

export const usageOption = (): Option =>
  new Option('--usage <usage>', `${USAGES.join(', ')}; repeatable`).argParser(repeatableList(oneOf('usage', USAGES)))

/** How many people each know a part of the key. */
const [FEWEST, MOST] = [2, 9]

export const componentsOption = (flag: string, what: string): Option =>
  new Option(`${flag} <n>`, what).argParser(wholeNumber(flag, FEWEST, MOST))

export const NO_BACKUP = ['--no-backup', 'the key can never leave the token, not even in a backup'] as const

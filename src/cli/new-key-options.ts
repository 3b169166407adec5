// What a new key is to be, whatever it is made of.
import { Option } from 'commander'
import { KEY_TYPES, USAGES } from '../domain/keys.ts'
import { oneOf, repeatableList, wholeNumber } from './options.ts'

export const typeOption = (): Option =>
  new Option('--type <type>', KEY_TYPES.join(', ')).argParser(oneOf('key type', KEY_TYPES))

export const usageOption = (): Option =>
  new Option('--usage <usage>', `${USAGES.join(', ')}; repeatable`).argParser(repeatableList(oneOf('usage', USAGES)))

/** How many people each know a part of the key. */
const [FEWEST, MOST] = [2, 9]

export const componentsOption = (flag: string, what: string): Option =>
  new Option(`${flag} <n>`, what).argParser(wholeNumber(flag, FEWEST, MOST))

export const NO_BACKUP = ['--no-backup', 'the key can never leave the token, not even in a backup'] as const

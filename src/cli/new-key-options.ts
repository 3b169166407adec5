// What a new key is to be, whatever it is made of.
import { Option } from 'commander'
import { KEY_TYPES, USAGES } from '../domain/keys.ts'
import { oneOf, repeatableList } from './options.ts'

export const typeOption = (): Option =>
  new Option('--type <type>', KEY_TYPES.join(', ')).argParser(oneOf('key type', KEY_TYPES))

export const usageOption = (): Option =>
  new Option('--usage <usage>', `${USAGES.join(', ')}; repeatable`).argParser(repeatableList(oneOf('usage', USAGES)))

export const NO_BACKUP = ['--no-backup', 'the key can never leave the token, not even in a backup'] as const

// An application that the ledger knows, by the name that somebody gave.

import { refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import { orMeant, thereIs } from '../domain/words.ts'

/** APP-KNOWN: an application that is in use. */
export function knownApplication(name: string, { applications }: Pick<History, 'applications'>): KnownApplication {
  const app = applications.named(name)
  if (app) return app
  const names = applications.live.map((one) => one.name)
  const there = names.length === 0 ? '; there is none' : orMeant(name, names) || `; ${thereIs(names)}`
  const hint = names.length === 0 ? keyrite('app', 'init', '--help') : keyrite('app', 'list')
  throw refused('APP-KNOWN', `no application is called ${name}${there}`, hint)
}

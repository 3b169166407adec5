// Scripts of commands alone, one after the other, for those who ask what lint says of them.
import type { Command } from 'commander'
import type { Context } from '../../src/cli/context.ts'
import { parseLine } from '../../src/cli/parse-line.ts'
import type { ParseLine } from '../../src/domain/parsed-line.ts'
import { commandTree } from '../../src/program.ts'

export const tree = (words: readonly string[] = []): Command => commandTree({} as Context, '1', words)
export const parsed: ParseLine = (words, isOpen) => parseLine(tree(words), words, isOpen)

export const HEAD = `format = "keyrite.ceremony/1"
name = "test"
version = 1
title = "A test"
partition = "pay"
[roles]
operator = "types"
custodian = { about = "has a share", people = 3, shares = true }
`

const LOGS_IN_NOT =
  /^(token list|token profile|inspect|(key|app|quorum|backup) (show|verify|public|list)|share|custodian (acknowledge|depart)|quorum (confirm|drill))/

/** `=> 3` where it is to end so. */
export const commandStep = (words: string, id: string): string => {
  const [command = '', exit] = words.split(' => ')
  const asks = LOGS_IN_NOT.test(command) || command.includes('--dry-run') ? '' : 'quorum = true\n'
  const expect = exit === undefined ? '' : `expect = { exit = ${exit} }\n`
  return `[[steps]]\nid = "${id}"\nkind = "run"\nby = ["operator"]\ntakes = "PT5M"\ntext = "So."\nrun = ${JSON.stringify(command.split(' '))}\n${asks}${expect}`
}

export const END = `${commandStep('audit checkpoint', '98')}[[steps]]\nid = "99"\nkind = "sign"\nby = ["operator"]\ntakes = "PT5M"\ntext = "So."\n`

export const scriptOf = (commands: readonly string[]): string =>
  commands.map((command, i) => commandStep(command, `${i + 1}`)).join('')

// What a command of a script does, by its words: whether it logs in, writes into the ledger, or makes files.
import { OPERATIONS } from '../../domain/operations.ts'
import type { ParsedLine } from '../../domain/parsed-line.ts'

export const has = ({ options }: ParsedLine, long: string): boolean => options.some((one) => one.long === long)

export const valuesOf = ({ options }: ParsedLine, long: string): readonly string[] =>
  options.find((one) => one.long === long)?.values ?? []

/** The change that it proposes. Undefined of whatever proposes none. */
export function operationIn({ path }: Pick<ParsedLine, 'path'>): keyof typeof OPERATIONS | undefined {
  const op = path.replace(' ', '.')
  return isOperation(op) ? op : undefined
}

const isOperation = (op: string): op is keyof typeof OPERATIONS => op in OPERATIONS

/** A plan that is shown alone logs in nowhere. */
export const logsIn = (line: ParsedLine): boolean => operationIn(line) !== undefined && !has(line, '--dry-run')

/** Signed by shares, and written at the station without a login. */
const STATION_RECORDS = ['quorum confirm', 'quorum drill', 'custodian acknowledge', 'custodian depart', 'share record']

export const writesAtStation = ({ path }: ParsedLine): boolean => STATION_RECORDS.includes(path)

export const reachesToken = (line: ParsedLine): boolean =>
  logsIn(line) || ['token list', 'token profile'].includes(line.path)

export const begins = ({ path }: ParsedLine): boolean => path === 'partition init' || path === 'partition adopt'

/** What can be done before there is a partition. */
const WITHOUT_PARTITION = [
  'token list',
  'token profile',
  'inspect',
  'doctor',
  'version',
  'partition list',
  'backup restore',
]

export const wantsPartition = (line: ParsedLine): boolean => !begins(line) && !WITHOUT_PARTITION.includes(line.path)

const OUTPUTS = ['--out', '--certificate', '--pin-out']

/** New files that it would write, as the words name them: also where only its plan is shown. */
export const outputs = (line: ParsedLine): string[] => [
  ...OUTPUTS.flatMap((long) => valuesOf(line, long)),
  ...(line.path === 'backup create' ? line.operands.map(({ value }) => value) : []),
]

/** Files and folders that have to be there. */
export function filesRead(line: ParsedLine): string[] {
  const made = outputs(line)
  return localWords(line).filter((word) => !made.includes(word))
}

/** Files and folders that it reads or writes. */
export const localWords = (line: ParsedLine): string[] => [
  ...line.operands.filter(({ isLocal }) => isLocal).map(({ value }) => value),
  ...line.options.filter(({ isLocal }) => isLocal).flatMap(({ values }) => values),
]

/** Custodians that it names, with whom a partition begins. A group is NAME:ROLES:M:ALICE,BOB. */
export const foundersIn = (line: ParsedLine): string[] => [
  ...valuesOf(line, '--custodian'),
  ...valuesOf(line, '--group').flatMap((group) => group.split(':')[3]?.split(',') ?? []),
]

/** How many shares of different people it wants: those of the custodians that it names, or a quorum, which is two at least. */
export function sharesWanted(line: ParsedLine): number {
  return Math.max(2, new Set(foundersIn(line)).size, ...valuesOf(line, '--threshold').map(Number))
}

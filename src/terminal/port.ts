// How Keyrite talks: on stderr it tells, on the terminal it asks, on stdout it answers.
import type { Secret } from '../domain/secret.ts'

/** What a command has to say in the end: data for programs, text for people. */
export interface Report {
  data: unknown
  /** Lines and tables, ready to print. */
  text: string
}

export interface Progress extends Disposable {
  at(done: number): void
}

export interface Terminal {
  /** There is a person to ask: a terminal, and no --no-input. */
  readonly interactive: boolean
  /** One line (or several) on stderr. */
  say(text: string): void
  warn(text: string): void
  /** The answer, on stdout: JSON or text. */
  answer(report: Report): void
  /** A line of input. `flag`: what to give instead where nobody can be asked. */
  ask(question: string, flag: string): Promise<string>
  /** The same without an echo. */
  askSecret(question: string, flag: string): Promise<Secret>
  /** Wipes the screen between two people. */
  clear(): void
  /** Shown for what takes more than a second; nothing where there is no terminal. */
  progress(what: string, total: number): Progress
}

export interface TableSpec {
  head: string[]
  rows: string[][]
}

// How Keyrite talks: messages on stderr, questions on the terminal, the answer on stdout.
import type { Hint } from '../domain/hints.ts'
import type { Secret } from '../domain/secret.ts'
import type { Text } from './text.ts'

export type { Text } from './text.ts'

/** A command's answer: data for programs, text for people. */
export interface Report {
  /** It is asked for under --json alone. */
  readonly data: unknown
  /** Lines and tables. It is not made under --json. */
  text: Text | (() => Text)
}

export interface Progress extends Disposable {
  at(done: number): void
}

export interface Choice<T> {
  name: string
  value: T
}

/** Of names that are typed: what may be meant by what stands there so far, and what may be seen of it. */
export interface Completion {
  ways(typed: string): string[]
  told(typed: string): string
}

export interface Terminal {
  /** There is a person to ask: a terminal, and no --no-input. */
  readonly interactive: boolean
  /** One line (or several) on stderr. */
  say(text: Text): void
  /** The same for what somebody is to approve: they see it at the terminal even where stderr goes elsewhere. */
  show(text: Text): void
  /** DISK: the same of a plan, once it is there: what nobody could see nobody approves. */
  present(text: Text): Promise<void>
  /** What one person alone may see, who is at the terminal: it goes nowhere else. */
  reveal(text: Text, flag: Hint): void
  /** `hint`: what to type. */
  warn(text: string, hint?: Hint): void
  /** The answer, on stdout: JSON or text. */
  answer(report: Report): void
  /** Text for programs, as it is, on stdout. False where nobody reads it any more. DISK. */
  stream(text: string): Promise<boolean>
  /** From here on nothing that is typed is seen, also before the first question: it may be a secret that is typed too early. */
  hush(): void
  /** A line of input. `flag`: what to give instead where nobody can be asked. */
  ask(question: string, flag: Hint): Promise<string>
  /** A name of a file, which Tab completes. */
  askPath(question: string, flag: Hint, completion: Completion): Promise<string>
  /** The same, or undefined: while nothing is typed, `isOver` is asked each second whether the question still stands. */
  askUnless(question: string, flag: Hint, isOver: () => boolean): Promise<string | undefined>
  choose<T>(question: string, choices: readonly Choice<T>[], flag: Hint): Promise<T>
  /** A line of input without an echo. */
  askSecret(question: string, flag: Hint): Promise<Secret>
  /** Nothing is asked for so long, and keys are dropped. */
  pause(seconds: number): Promise<void>
  /** Keys are dropped until none came for so long. */
  settle(seconds: number): Promise<void>
  /** While a question is open `check` is asked each second: what it throws ends the question. */
  watch(check: () => void): Disposable
  /** Wipes the screen between two people. */
  clear(): void
  /** Shown for what takes more than a second; nothing where there is no terminal, or under --json. */
  progress(what: string, total: number): Progress
}

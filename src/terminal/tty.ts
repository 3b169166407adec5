// Questions on the terminal itself, so that stdin and stdout may be pipes.
import { closeSync, openSync } from 'node:fs'
import { Writable } from 'node:stream'
import { ReadStream, WriteStream } from 'node:tty'
import { interrupted } from '../domain/errors.ts'
import { Secret } from '../domain/secret.ts'

export interface Tty {
  ask(question: string): Promise<string>
  askSecret(question: string): Promise<Secret>
  clear(): void
}

/** The controlling terminal, undefined where the process has none. */
export function openTty(): Tty | undefined {
  try {
    closeSync(openSync('/dev/tty', 'r+'))
    return new DevTty()
  } catch {
    return undefined
  }
}

class DevTty implements Tty {
  async ask(question: string): Promise<string> {
    return this.#prompt(question, false)
  }

  async askSecret(question: string): Promise<Secret> {
    return new Secret(Uint8Array.from(Buffer.from(await this.#prompt(question, true))))
  }

  clear(): void {
    withOutput((output) => output.write('\x1b[2J\x1b[3J\x1b[H'))
  }

  async #prompt(question: string, hidden: boolean): Promise<string> {
    const { default: inquirer } = await import('inquirer')
    const input = new ReadStream(openSync('/dev/tty', 'r'))
    const output = unending(new WriteStream(openSync('/dev/tty', 'w')))
    const prompt = inquirer.createPromptModule({ input, output } as never)
    // Ctrl-D ends a terminal's input; inquirer would wait for ever.
    const gone = new AbortController()
    input.on('data', (chunk: Buffer) => {
      if (chunk.length === 1 && chunk[0] === 4) gone.abort()
    })
    input.on('end', () => gone.abort())
    try {
      const asked = hidden
        ? { type: 'password', name: 'answer', message: question, mask: '', toggleMask: false }
        : { type: 'input', name: 'answer', message: question }
      const answering = prompt([{ ...asked, theme: { prefix: ' ' } }] as never) as Promise<{ answer: string }>
      return (await Promise.race([answering, aborted(gone.signal)])).answer
    } catch {
      throw interrupted()
    } finally {
      input.setRawMode(false)
      input.destroy()
    }
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('end of input'))))

/** inquirer ends the output that it is given after the first prompt; the terminal goes on. */
function unending(output: WriteStream): Writable {
  const stream = new Writable({ write: (chunk, _encoding, done) => void output.write(chunk, () => done()) })
  return Object.assign(stream, { columns: output.columns, rows: output.rows, isTTY: true, end: () => stream })
}

function withOutput(use: (output: WriteStream) => void): void {
  const output = new WriteStream(openSync('/dev/tty', 'w'))
  use(output)
}

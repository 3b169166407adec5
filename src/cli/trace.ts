// --trace: its file is made before the command begins, so that one which is there is refused, and never written into.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Context, globalsOf } from './context.ts'

/** FILE-EXISTS, FILE-HOME. The process of the library goes on with it. */
export function makesTrace(root: Command, context: Context): void {
  root.hook('preAction', (_root, command) => {
    const { trace } = command.optsWithGlobals<{ trace?: string }>()
    if (trace === undefined) return
    const begins = `# keyrite ${context.program.version}, ${command.parent?.name()} ${command.name()}\n`
    context.ledgers.checkFree([resolve(trace)], globalsOf(command, context).home)
    context.ledgers.createFiles([{ path: resolve(trace), content: begins }])
  })
}

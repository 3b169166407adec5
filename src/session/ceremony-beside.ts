// Changes that somebody made while a ceremony was open and that are no step of it: its verification names each. They are told of before the next
// step, when all who could say something of it are there, and that is written down.
import { ofNoStep } from '../ceremony/verify/records.ts'
import { askWhy } from './ceremony-asking.ts'
import type { CeremonyWork } from './ceremony-work.ts'

/** `step`: the next one. */
export async function tellOfBeside(step: string, work: CeremonyWork): Promise<void> {
  work.readAnew()
  const { open } = work.history.ceremonies
  if (open === undefined) return
  for (const { record } of work.recordsAfter(open.seq)) {
    if (record.type !== 'intent' || record.plan.ceremony?.name === open.name) continue
    const what = ofNoStep(record)
    if (work.lines.some(({ entry }) => entry.type === 'exception' && entry.text.startsWith(what))) continue
    work.terminal.show(`  ${what}: somebody worked beside the script, and its verification will say so`)
    const text = await askWhy('what is to be said of that:', step, work)
    await work.add({ type: 'exception', step, text: `${what}: ${text}` })
  }
}

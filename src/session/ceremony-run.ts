// A ceremony from its first step that was not taken to its last: what every run, and every resume, goes through.

import { signingRoles } from '../ceremony/script.ts'
import { recordCode } from '../domain/code.ts'
import { EXIT, KeyriteError } from '../domain/errors.ts'
import { apart, type Hint, keyrite, to } from '../domain/hints.ts'
import { exceptionsIn, stepsIn } from '../domain/journal.ts'
import { counted, listed } from '../domain/words.ts'
import type { Text } from '../terminal/port.ts'
import { stepHead } from '../views/ceremony-step.ts'
import { tellOfBeside } from './ceremony-beside.ts'
import { close } from './ceremony-command.ts'
import { takeStep } from './ceremony-step.ts'
import type { CeremonyWork } from './ceremony-work.ts'

/** Whatever ends it, people are told whether a key changed meanwhile, and how it goes on: what was done is in the journal. */
export async function goThrough(work: CeremonyWork): Promise<void> {
  const before = work.history.seq
  try {
    await takeAll(work)
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.exit === EXIT.bug) throw error
    const { name } = work.given.opened
    const hint = goesOn('to go on with it', work)
    const message = `${error.exit === EXIT.interrupted ? 'interrupted' : error.message}; the ceremony ${name} stands still`
    const isChanged = work
      .recordsAfter(before)
      .some(({ record }) => record.type === 'partition.created' || (record.type === 'outcome' && record.changed))
    const done = isChanged ? { exit: EXIT.incomplete, changed: true } : {}
    throw error.with({ message, hint: error.hint === undefined ? hint : apart(error.hint, hint), ...done })
  }
}

async function takeAll(work: CeremonyWork): Promise<void> {
  const { script } = work.given
  for (const step of script.steps) {
    if (step.kind === 'sign' || work.isTaken(step.id)) continue
    await tellOfBeside(step.id, work)
    work.terminal.show(stepHead(step, work.given))
    const answer = await takeStep(step, work)
    if ('paused' in answer)
      return report(
        'it stands still',
        [
          'write the code of the journal down: it is read again after the break',
          { hint: goesOn('when all are back', work), indent: '' },
        ],
        work,
      )
  }
  await tellOfBeside(script.steps.at(-1)!.id, work)
  await close(undefined, work)
  await work.add({ type: 'closed', steps: stepsIn(work.lines), exceptions: exceptionsIn(work.lines) })
  const { name } = work.given.opened
  const signing = [...signingRoles(script)].map((role) => ({
    hint: to(`for ${role}`, keyrite('ceremony', 'sign', name, '--role', role, '--out', `${name}.head`)),
    indent: '',
  }))
  const next = [...signing, { hint: to('then', keyrite('ceremony', 'record', name, '--out', 'DIR')), indent: '' }]
  report(whatIsLeft(work), isRehearsal(work) ? [] : next, work)
}

/** Whoever counts the steps of the script counts those of the witnesses too. */
function whatIsLeft(work: CeremonyWork): string {
  const ids = work.given.script.steps.flatMap(({ kind, id }) => (kind === 'sign' ? [id] : []))
  const which = `${ids.length === 1 ? 'step' : 'steps'} ${listed(ids)}`
  return `every step is taken but ${which}, ${isRehearsal(work) ? 'as nobody signs a rehearsal' : 'in which the witnesses sign'}`
}

const isRehearsal = ({ given }: CeremonyWork): boolean => given.opened.mode === 'rehearsal'

/** A rehearsal goes on by the command that began it. */
const goesOn = (when: string, work: CeremonyWork): Hint =>
  isRehearsal(work) ? `${when}: the same command again` : to(when, keyrite('ceremony', 'resume'))

function report(how: string, more: Text & readonly unknown[], { terminal, lines, leaf, given }: CeremonyWork): void {
  const [steps, exceptions] = [stepsIn(lines), exceptionsIn(lines)]
  const { name } = given.opened
  const last = lines.at(-1)!.entry.type
  terminal.answer({
    data: { name, state: last, steps, exceptions, journal: leaf, code: recordCode(leaf) },
    text: [
      `the ceremony ${name}: ${how}; ${counted(steps, 'step')}, ${counted(exceptions, 'exception')}   journal ${recordCode(leaf)}`,
      ...(more as never[]),
    ],
  })
}

// Command lines that have no place in a script: secrets, paths, and flags that take the people out.
import { holdsSecret } from '../../domain/secret-text.ts'
import { placeholderIn } from '../fill-in.ts'
import { logsIn } from './commands.ts'
import type { Stage, Staged } from './stage.ts'

/** Who gives these is not asked any more. */
const PEOPLE_OUT = [
  '--no-input',
  '--confirm',
  '--share',
  '--share-fd',
  '--passphrase-file',
  '--card-pin-file',
  '--user-pin-file',
  '--so-pin-file',
]
/** Said by the script, or by whoever runs it. */
const SAID_ELSEWHERE = ['--home', '--partition', '--json', '--trace']

export function checkWords(stage: Stage): void {
  for (const staged of stage.steps) checkLine(staged, stage)
}

function checkLine({ step, line }: Staged, stage: Stage): void {
  if (step.kind !== 'run') return
  if (step.run.some(holdsSecret)) stage.tell(step, 'a word of the command looks like a share or an age identity')
  if (!line) return
  const { path, operands, options, asksFor } = line
  if (path.startsWith('ceremony ')) stage.tell(step, 'a ceremony runs no ceremony')
  if (asksFor !== undefined && logsIn(line)) stage.tell(step, `${path} would ask for ${asksFor}: the script says it`)
  for (const { long } of options) {
    if (PEOPLE_OUT.includes(long)) stage.tell(step, `${long} takes the people out, who are asked for it`)
    if (SAID_ELSEWHERE.includes(long)) stage.tell(step, `${long} is not said in a step`)
  }
  const local = [
    ...operands.filter(({ isLocal }) => isLocal).map(({ value }) => value),
    ...options
      .filter(({ isLocal, long }) => isLocal && !PEOPLE_OUT.includes(long) && !SAID_ELSEWHERE.includes(long))
      .flatMap(({ values }) => values),
  ]
  for (const word of local)
    if (!placeholderIn(word))
      stage.tell(step, `${word} is a fact of the place: it stands in the site file, and here {site.NAME}`)
}

// Files that steps write and read: none is written twice, and none is read before it is there.
import { filesRead, has, outputs } from './commands.ts'
import { isToFail, type Stage, type Staged } from './stage.ts'

export function checkFiles(stage: Stage): void {
  const written = new Map<string, number>()
  /** By commands of which only the plan is shown. */
  const shown = new Map<string, string>()
  for (const [i, staged] of stage.steps.entries()) {
    const { step, line } = staged
    for (const file of line ? outputs(line) : []) {
      const before = written.get(file)
      if (before !== undefined) stage.tell(step, `step ${stage.steps[before]!.step.id} has written ${file} already`)
      else if (isWriting(staged)) written.set(file, i)
      else shown.set(file, step.id)
    }
  }
  for (const [i, staged] of stage.steps.entries())
    for (const file of readIn(staged)) {
      const at = written.get(file)
      const id = at === undefined ? shown.get(file) : stage.steps[at]!.step.id
      if (at !== undefined && at >= i) stage.tell(staged.step, `${file} is not there before step ${id} writes it`)
      if (at === undefined && id !== undefined)
        stage.tell(staged.step, `no step writes ${file}: step ${id} only shows the plan that would`)
    }
}

const isWriting = ({ step, line }: Staged): boolean => line !== undefined && !has(line, '--dry-run') && !isToFail(step)

/** Of a file of the site that is attached, too. */
function readIn({ step, line }: Staged): readonly string[] {
  if (step.kind === 'attach') return step.file === undefined ? [] : [`{site.${step.file}}`]
  return line ? filesRead(line) : []
}

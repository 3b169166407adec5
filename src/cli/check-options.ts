// What is refused of every option, of whatever command: a value that is empty, and one value given twice.
import type { Command, Option } from 'commander'
import { usage } from '../domain/errors.ts'
import { isRepeatable } from './options.ts'

/**
 * Here and in every command below: an empty value is refused, for a variable of a script that is not set gives one, and as a path it would
 * be the current folder; and so is an option that is given twice, of which the last would win unseen.
 */
export function checkValues(command: Command): void {
  const given = new Set<string>()
  for (const option of command.options.filter(({ required, negate }) => required || negate)) {
    command.on(`option:${option.name()}`, (value: string) => {
      if (option.required && value === '') throw usage(`${option.long} is given without a value`)
      if (!isRepeatable(option)) refuseRepeated(option, given)
    })
  }
  command.commands.forEach(checkValues)
}

/** `given`: by name, the options of this command that came before. */
function refuseRepeated(option: Option, given: Set<string>): void {
  const name = option.attributeName()
  if (option.required && given.has(name)) throw usage(`${option.long} is given twice, and takes one value`)
  if (option.negate && given.has(name) && !given.has(`no ${name}`)) {
    throw usage(`${option.long} is given beside --${option.name().replace(/^no-/, '')}: which of the two`)
  }
  given.add(name)
}

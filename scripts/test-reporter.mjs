// What node's test runner tells of a file's tests, as a line of JSON each: scripts/test-run.mjs reads them.
import { inspect } from 'node:util'

/** The error that a test threw, within what node makes of it. */
const whyOf = ({ error }) => {
  const cause = error?.cause ?? error
  return typeof cause === 'string' ? cause : inspect(cause, { colors: false })
}

/** A suite, or a test with others inside, tells nothing that these haven't told. */
const isOnlyAround = (failed, { type, error }) => (failed ? error?.failureType === 'subtestsFailed' : type === 'suite')

export default async function* reporter(events) {
  const names = []
  for await (const { type, data } of events) {
    if (type === 'test:start') names.splice(data.nesting, names.length, data.name)
    const failed = type === 'test:fail'
    if ((!failed && type !== 'test:pass') || isOnlyAround(failed, data.details)) continue
    const name = [...names.slice(0, data.nesting), data.name].join(' > ')
    const outcome = data.skip !== undefined ? 'skip' : failed && data.todo === undefined ? 'fail' : 'pass'
    yield `${JSON.stringify({ name, outcome, ...(outcome === 'fail' && { why: whyOf(data.details) }) })}\n`
  }
}

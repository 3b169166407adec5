// Forgeries of what a journal says of values and people.
import { attempt, changed, insert, of, type RecordForgery, resigned, step } from './record-bending.ts'

export const stepForgeries: RecordForgery[] = [
  resigned(
    'STEP-AS-WRITTEN',
    'another fingerprint was compared',
    changed('2.5', ({ values }) => void (values['key.fingerprint'] = `sha256:${'0'.repeat(64)}`)),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'no fingerprint was compared',
    changed('2.5', (entry) => void delete entry.values),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'another program was compared',
    changed('2.7', ({ values }) => void (values['tool.sha256'] = '0'.repeat(64))),
  ),
  resigned('CEREMONY-OPENING', 'another program, in the first line too', (lines) => {
    of(lines, 'opened').tool.sha256 = '0'.repeat(64)
    step(lines, '2.7').entry.values['tool.sha256'] = '0'.repeat(64)
    return undefined
  }),
  resigned(
    'STEP-AS-WRITTEN',
    'another code of the script was compared',
    changed('1.2', ({ values }) => void (values['script.code'] = 'AAAA AAAA AAAA AAAA AAAA')),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'a value that the step does not ask for',
    changed('3.2', (entry) => void (entry.values = { bag: 'ZZ9999' })),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'a bag was opened that is not the one that was sealed',
    changed('2.6', ({ values }) => void (values.bag = 'AB4321')),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'another person in the role',
    changed('3.2', (entry) => void (entry.by[0].name = 'Mallory')),
  ),
  resigned(
    'STEP-AS-WRITTEN',
    'a file at a step that attaches none',
    changed('3.2', (entry) => void (entry.file = { name: 'all well.pdf', sha256: 'a1'.repeat(32), bytes: 1 })),
  ),
  resigned('STEP-AS-WRITTEN', 'another person tried it', (lines) => {
    const failed = attempt(lines, { type: 'failed', exit: 3 })
    failed.entry.by = [{ name: 'Mallory', roles: ['operator'] }]
    return insert(lines, '3.2', failed)
  }),
  resigned('STEP-AS-WRITTEN', 'nobody stayed', (lines) => lines.filter(({ entry }) => entry.type !== 'paused')),
  resigned('CEREMONY-PEOPLE', 'another one stayed', (lines) => {
    of(lines, 'paused').stay = ['Mallory', 'Olga Ortiz']
    return undefined
  }),
  resigned('CEREMONY-PEOPLE', 'another one came back', (lines) => {
    of(lines, 'resumed').people[0].name = 'Mallory'
    return undefined
  }),
  resigned('CEREMONY-PEOPLE', 'another one was there', (lines) => {
    of(lines, 'opened').people[0].roles = ['auditor']
    return undefined
  }),
  resigned('JOURNAL-READ', 'another code was read again', (lines) => {
    of(lines, 'resumed').read = 'A'.repeat(43)
    return undefined
  }),
  resigned('JOURNAL-COUNT', 'its end counts otherwise', (lines) => {
    of(lines, 'closed').exceptions = 0
    return undefined
  }),
]

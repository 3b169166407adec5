// The steps from what an application's token has to what is wished there, row by row.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Seated, stepsToward, type WishedPlace } from '../../src/change/copies/steps.ts'

/** `tls=2`: a secret key labelled `tls` with the id 2; `pub:`, `pair:` and `cert:` before it say of what kind it is. Ids from 7 on are strange. */
const KINDS: { readonly [word: string]: string[] } = {
  pub: ['public'],
  pair: ['private', 'public', 'certificate'],
  cert: ['certificate'],
}
function seated(text: string): Seated {
  const [, word, label, id] = /^(?:(\w+):)?(.+)=(\d)$/.exec(text)!
  return { label: label!, id: id!, kinds: word ? KINDS[word]! : ['secret'] }
}
/** `tls=2!` is there already, and right. */
const wish = (text: string): WishedPlace => ({ ...seated(text.replace('!', '')), isRight: text.endsWith('!') })
const isOurs = (id: string) => Number(id) < 7
const told = (places: readonly { label: string; id: string }[]) =>
  places.map(({ label, id }) => `${label}=${id}`).join(' ')

const rows: [what: string, wished: string, there: string, steps: string, blocked?: string, others?: string][] = [
  ['what other changes wished is let be', 'b=2', 'a=1', '+b=2', '', 'a=1'],
  ['and has its label', 'a=2', 'a=1', '', 'a=2', 'a=1'],
  ['nothing is wished of an empty token', '', '', ''],
  ['all of it is right', 'a=1! b=2!', 'a=1 b=2', ''],
  ['an empty token takes all at once', 'a=1 b=2', '', '+a=1 b=2'],
  ['only what is missing comes', 'a=1! b=2', 'a=1', '+b=2'],
  ['what is not wished goes', 'a=1!', 'a=1 b=2', '-b=2'],
  ['what came back goes', '', 'a=1', '-a=1'],
  ['what is strange stays', 'a=1!', 'a=1 x=8', ''],
  ['a wrong one is replaced', 'a=1', 'a=1', '+a=1'],
  ['half a pair is replaced', 'a=1', 'pub:a=1', '+a=1'],
  ['a publication', 'a=1! a#2=2', 'a=1', '+a#2=2'],
  ['a promotion', 'a#1=1 a=2', 'a=1 a#2=2', '+a#1=1 -a=1 +a=2 -a#2=2'],
  ['one that was not published there', 'a#1=1 a=2', 'a=1', '+a#1=1 -a=1 +a=2'],
  ['of a writer, which reads nothing', 'a=2', 'a=1', '-a=1 +a=2'],
  ['cut off after the old one came', 'a#1=1! a=2', 'a=1 a#1=1 a#2=2', '-a=1 +a=2 -a#2=2'],
  ['cut off while the label is absent', 'a#1=1! a=2', 'a#1=1 a#2=2', '+a=2 -a#2=2'],
  ['cut off before its end', 'a#1=1! a=2!', 'a#1=1 a=2 a#2=2', '-a#2=2'],
  ['two promotions: one label after the other', 'a#1=1 a=2 b#1=3 b=4', 'a=1 b=3', '+a#1=1 b#1=3 -a=1 +a=2 -b=3 +b=4'],
  ['an old one with its new label in another use comes first', 'a=2 a#1=1', 'a=1 a#1=1', '+a#1=1 -a=1 +a=2'],
  ['a circle ends', 'a=2 b=1', 'a=1 b=2', '-b=2 +b=1 -a=1 +a=2'],
  ['a strange key has the label', 'a=1 b=2', 'a=8', '+b=2', 'a=1'],
  ['a strange key has the label of one that would go', 'a#1=1 a=2', 'a=1 a=8', '+a#1=1', 'a=2'],
  ['a strange public key or certificate has the label', 'a=1', 'pub:a=8 cert:a=9', '+a=1'],
  ['a certificate that was renewed under another label', 'a=1!', 'pair:a=1 cert:new=1', ''],
  ['a certificate of what is not wished any more', 'a=2', 'pair:a=1 cert:new=1', '-a=1 +a=2 -new=1'],
  ['public halves alone take turns as well', 'a=2', 'pub:a=1 pub:a#2=2', '-a=1 +a=2 -a#2=2'],
  ['of a signing pair the old private key goes', 'a=2', 'pair:a=1 pub:a#2=2', '-a=1 +a=2 -a#2=2'],
]

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')

for (const [what, wished, there, steps, blocked = '', others = ''] of rows) {
  test(what, () => {
    const found = stepsToward(words(wished).map(wish), words(there).map(seated), {
      isOurs,
      others: words(others).map(seated),
    })
    const said = found.steps.flatMap((step) => {
      if ('exchange' in step)
        return step.exchange.map(({ destroy, seat }) =>
          `${told(destroy).replace(/^(?=.)/, '-')} +${told([seat])}`.trim(),
        )
      return 'seat' in step ? `+${told(step.seat)}` : `-${told(step.destroy)}`
    })
    assert.equal(said.join(' '), steps)
    assert.equal(told(found.blocked), blocked)
  })
}

test('a thousand labels change hands one after the other, in one step', () => {
  const names = Array.from({ length: 1000 }, (_, i) => `k${i}`)
  const wished = names.map((label) => ({ label, id: '2', isRight: false }))
  const there = names.map((label) => ({ label, id: '1', kinds: ['secret'] }))
  const { steps } = stepsToward(wished, there, { isOurs, others: [] })
  const exchange = names.map((_, i) => ({ destroy: [there[i]], seat: wished[i] }))
  assert.deepEqual(steps, [{ exchange }])
})

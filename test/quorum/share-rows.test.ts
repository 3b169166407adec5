// The check characters of a share's rows on paper: each single mistake, and each row in another's place, is known before the next row is typed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checksOf, isFirstRow, lineOf, ROWS, readRow, rowsOf } from '../../src/quorum/share-rows.ts'
import { payloadToText } from '../../src/quorum/share-text.ts'
import vectors from '../vectors/shares.json' with { type: 'json' }

const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const payload = fc.uint8Array({ minLength: 49, maxLength: 49 })
/** `told`: where it is another row, which. */
const known = (row: number, typed: string, told?: number): boolean => {
  try {
    readRow(row, typed)
    return false
  } catch (error) {
    assert.equal((error as { code: string }).code, 'SHARE-CHECKSUM')
    const text = told === undefined ? `^row ${row} ` : `^row ${row} is not that one, but row ${told}$`
    assert.match((error as Error).message, new RegExp(text))
    assert.ok(!(error as Error).message.includes(typed.slice(4, 10)), 'a fragment of it is repeated')
    return true
  }
}

test('rows of a share give the share again, however they are typed', () => {
  fc.assert(
    fc.property(payload, (bytes) => {
      const line = payloadToText(bytes)
      const rows = rowsOf(line)
      assert.deepEqual(
        rows.map(({ length }) => length),
        [28, 23, 23, 23],
      )
      const typed = rows.map((row, i) => readRow(i + 1, row.toUpperCase().replace(/(.{4})/g, '$1 ')))
      assert.equal(lineOf(typed), line)
      assert.ok(isFirstRow(rows[0]!) && !isFirstRow(line) && !isFirstRow(rows[1]!))
    }),
  )
})

test('one wrong character, two, a swap, a row left out and a row doubled', () => {
  fc.assert(
    fc.property(
      payload,
      fc.integer({ min: 1, max: ROWS }),
      fc.tuple(fc.nat(22), fc.nat(22), fc.integer({ min: 1, max: 31 }), fc.nat(31)),
      (bytes, row, [one, two, first, second]) => {
        const own = rowsOf(payloadToText(bytes))
        const text = own[row - 1]!.slice(row === 1 ? 4 : 0)
        const bent = [...text]
        const change = (at: number, by: number) => {
          bent[at] = ALPHABET[ALPHABET.indexOf(bent[at]!) ^ by]!
        }
        change(one, first)
        if (two !== one) change(two, second)
        assert.ok(known(row, bent.join('')))
        const swapped = [...text]
        ;[swapped[one], swapped[two]] = [swapped[two]!, swapped[one]!]
        if (swapped.join('') !== text) assert.ok(known(row, swapped.join('')))
        for (let other = 1; other <= ROWS; other++)
          if (other !== row) assert.ok(known(other, text, row), `${row} as ${other}`)
      },
    ),
  )
})

test('the published rows', () => {
  const [share] = vectors.groups[0]!.shares
  assert.deepEqual(rowsOf(share!.text), share!.rows)
  assert.equal(checksOf(1, share!.rows[0]!.slice(4, 26)), share!.rows[0]!.slice(26))
})

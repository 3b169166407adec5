// A lock is free only where it is certain that nobody holds it: a process number of another place tells nothing.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { KeyriteError } from '../../src/domain/errors.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import { Lock } from '../../src/ledger/lock.ts'
import { type Owner, ownerOf, ownPlace, type Place } from '../../src/ledger/owner.ts'
import { refusal as refused } from '../support/rules.ts'
import { makeFolder } from '../support/softhsm.ts'

/** A process that was there, and is gone. */
const dead = (): Owner => ({ pid: spawnSync('true').pid, began: '1' })

/** A folder in which this lock was left. */
function left(content: string): string {
  const folder = makeFolder('lock')
  chmodSync(folder, 0o700)
  writeFileSync(join(folder, 'lock'), content, { mode: 0o600 })
  return folder
}
const held = (place: Partial<Place>, owners: Owner[] = [dead()]) =>
  left(JSON.stringify({ ...ownPlace(), ...place, owners }))

const refusal =
  (message: RegExp, hint = /^if none is at work there: rm \/.*\/lock$/) =>
  (error: unknown): boolean => {
    assert.match(hintText((error as KeyriteError).hint!), hint)
    return refused('LOCKED', message)(error)
  }

describe('a lock is kept', { skip: process.platform === 'linux' ? false : '/proc is of linux' }, () => {
  const kept: [string, () => string, RegExp][] = [
    ['of another host', () => held({ host: 'elsewhere' }), /^a keyrite on elsewhere is at work in this partition$/],
    ['across pid namespaces', () => held({ space: 'pid:[1] time:[2]' }), /in another container of this machine/],
    ['of a place that is not told', () => held({ space: '', boot: '' }), /on another machine called /],
    ['of another boot of another machine', () => held({ machine: 'a clone', boot: 'b' }), /on another machine called /],
    ['that says nothing', () => left(''), /says nothing of who holds it$/],
    ['of no process', () => held({}, [{ pid: -1, began: '' }]), /says nothing of who holds it$/],
  ]
  for (const [what, make, message] of kept) {
    test(`${what}`, () => {
      const folder = make()
      const before = readFileSync(join(folder, 'lock'), 'utf8')
      assert.throws(() => Lock.take(folder, process.pid), refusal(message))
      assert.throws(() => Lock.checkFree(folder), refusal(message))
      assert.equal(readFileSync(join(folder, 'lock'), 'utf8'), before)
      assert.deepEqual(readdirSync(folder), ['lock'])
    })
  }

  test('of a live process, of which only its number is known', () => {
    const folder = held({}, [{ pid: process.pid, began: '' }])
    assert.throws(
      () => Lock.take(folder, process.pid),
      refusal(/\(process \d+\)$/, /^ps -o pid,user,tty,lstart -p \d+$/),
    )
  })

  test('of somebody else, whose lock may not be read', () => {
    const folder = held({})
    chmodSync(join(folder, 'lock'), 0o644)
    assert.throws(() => Lock.take(folder, process.pid), { code: 'HOME-OPEN' })
  })
})

describe('a lock is free', () => {
  const free: [string, () => string][] = [
    ['where nobody is', () => makeFolder('lock')],
    ['when its process is gone', () => held({})],
    ['when its number is another process', () => held({}, [{ ...ownerOf(process.pid), began: 'before' }])],
  ]
  // A container has no installation of its own to know itself by.
  if (ownPlace().machine !== '') free.push(['when this machine was started anew since', () => held({ boot: 'before' })])
  for (const [what, make] of free) {
    test(`${what}`, () => {
      const folder = make()
      Lock.checkFree(folder)
      {
        using lock = Lock.take(folder, process.pid)
        lock.check()
        assert.throws(() => Lock.take(folder, process.pid), { code: 'LOCKED' })
      }
      assert.deepEqual(readdirSync(folder), [])
    })
  }

  test('when its process is a zombie', {
    skip: process.platform === 'linux' ? false : '/proc is of linux',
  }, async () => {
    // The shell is replaced by a program that never asks how its child ended; only then does the child end.
    const parent = spawn('sh', ['-c', 'exec 3<&0; cat <&3 & echo $!; exec sleep 600 3<&-'])
    try {
      const [text] = await once(parent.stdout, 'data')
      const pid = Number(String(text))
      while (readFileSync(`/proc/${parent.pid}/comm`, 'utf8') !== 'sleep\n') await new Promise(setImmediate)
      parent.stdin.end()
      while (!/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))) await new Promise(setImmediate)
      using lock = Lock.take(held({}, [ownerOf(pid)]), process.pid)
      lock.check()
    } finally {
      parent.kill()
    }
  })
})

// What goes into a pipe or a file goes there at once while it is little; all else, and what could not be written, goes to node's stream.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { Output } from '../../src/terminal/output.ts'
import { makeFolder } from '../support/softhsm.ts'

/** An output on a file, the stream behind it, and what each of them has taken. */
function outputOn(path: string, flags = 'a') {
  const said: string[] = []
  const write = (bytes: Buffer, _encoding: string, done: () => void) => {
    said.push(`${bytes}`)
    done()
  }
  const made = { streams: 0 }
  const fd = openSync(path, flags)
  const output = new Output(fd, () => {
    made.streams += 1
    return new Writable({ write })
  })
  return { output, said, made, [Symbol.dispose]: () => closeSync(fd) }
}

const file = () => join(makeFolder('output'), 'file')

describe('an output that is no terminal', () => {
  test('takes what is little at once, and makes no stream', () => {
    const path = file()
    using on = outputOn(path)
    let done = 0
    on.output.write('one é\n')
    on.output.write('two\n', () => done++)
    assert.deepEqual([readFileSync(path, 'utf8'), done, on.made.streams], ['one é\ntwo\n', 1, 0])
    assert.deepEqual([on.output.isTTY, on.output.columns], [false, undefined])
  })

  test('gives much to the stream, and after it all', () => {
    const path = file()
    using on = outputOn(path)
    on.output.write('little\n')
    on.output.write('m'.repeat(40_000))
    on.output.write('last\n')
    assert.deepEqual([readFileSync(path, 'utf8'), on.made.streams], ['little\n', 1])
    assert.deepEqual(on.said, ['m'.repeat(40_000), 'last\n'])
  })

  test('gives what it can not write to the stream, which fails as it does', () => {
    const path = file()
    openSync(path, 'w')
    using on = outputOn(path, 'r')
    on.output.write('no room\n')
    assert.deepEqual([on.said, on.made.streams], [['no room\n'], 1])
  })

  test('a pipe that is full is not waited for', () => {
    const path = file()
    execFileSync('mkfifo', [path])
    const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
    using on = outputOn(path, 'w')
    on.output.write('little\n')
    assert.throws(() => {
      for (;;) writeSync(reader, Buffer.alloc(4096))
    }, /EAGAIN/)
    on.output.write('more\n'.repeat(1000))
    closeSync(reader)
    assert.equal(on.made.streams, 1)
    assert.match(on.said.join(''), /^more\n/)
  })

  test('/dev/null is no terminal', () => {
    using on = outputOn('/dev/null', 'w')
    on.output.write('gone\n')
    assert.deepEqual([on.output.isTTY, on.made.streams], [false, 0])
  })
})

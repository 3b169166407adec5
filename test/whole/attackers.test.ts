// What somebody who means harm leaves lying about, or hands over: nothing waits for ever, and no hint runs what they wrote.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { runProgram } from '../support/keyrite.ts'
import { testModule } from '../support/module.ts'
import { by, partition } from '../support/partition.ts'

/** What its owner has left lying about. */
function socketAt(path: string): void {
  const bind = 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])'
  execFileSync('python3', ['-c', bind, path])
  chmodSync(path, 0o600)
}

test('a pipe or a socket where a file should be is refused at once', async () => {
  using place = await partition()
  const pipe = place.path('pipe')
  execFileSync('mkfifo', ['-m', '600', pipe])
  const socket = place.path('socket')
  socketAt(socket)
  for (const args of [
    ['audit', 'verify', '--checkpoint', pipe],
    ['audit', 'verify', '--ledger', pipe],
    ['backup', 'verify', pipe],
    ['audit', 'verify', '--ledger', socket],
  ]) {
    const { code, json } = await place.keyrite(args)
    assert.deepEqual([code, json.error.code], [3, 'FILE-KIND'], args.join(' '))
  }
  const mkfifo = (file: string) => execFileSync('mkfifo', ['-m', '600', file])
  const places: [string, (file: string) => unknown][] = [
    [place.ledger, mkfifo],
    [place.path('home', 'config.json'), mkfifo],
    [place.path('home', 'pay', 'checkpoint'), socketAt],
  ]
  for (const [file, make] of places) {
    const text = readFileSync(file)
    rmSync(file)
    make(file)
    const { json } = await place.keyrite(['key', 'rotate', 'card', ...place.approvedBy('alice', 'bob')])
    assert.equal(json.error.code, 'FILE-KIND', file)
    rmSync(file)
    writeFileSync(file, text, { mode: 0o600 })
  }
})

test('a mark of the byte order before a ledger is no part of it', async () => {
  using place = await partition()
  writeFileSync(place.ledger, Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), readFileSync(place.ledger)]))
  const { code, json } = await place.keyrite(['audit', 'verify'])
  assert.deepEqual([code, json.error.code], [5, 'LINE-CANONICAL'])
})

test('a hint is what the shell reads, whatever the home is called', async () => {
  using place = await partition()
  const home = place.path("$& $$ $` x\u200d'; touch PWNED #")
  cpSync(place.home, home, { recursive: true })
  const args = ['--home', home, 'key', 'generate', 'card', '--type', 'aes-256']
  const { json } = await perform([...args, '--json', '--no-input'], { cwd: place.folder.dir, env: place.folder.env })
  const { hint } = json.error
  assert.match(hint, /^keyrite --home /)
  const asked = await runProgram('bash', ['-c', `keyrite() { printf '%s\\n' "$2"; }; ${hint}`], {
    cwd: place.folder.dir,
  })
  assert.equal(asked.stdout, `${home}\n`)
})

test('an answer that could not be written is no success', async () => {
  using place = await partition()
  const args = ['-c', 'keyrite key list --json >/dev/full']
  const { code, stderr } = await runProgram('sh', args, { home: place.home, env: place.folder.env })
  assert.equal(code, 3)
  assert.match(stderr, /the answer could not be written: the disk is full \[DISK\]/)
  const rotate = ['key', 'rotate', 'card', '--no-input', ...by(place)].join(' ')
  const rows: [line: string, code: number, says: RegExp][] = [
    ['keyrite key list >&-', 3, /the standard output is closed, .* changed nothing\n.*>\/dev\/null/s],
    ['exec 4> >(exit 0); wait $!; keyrite key list >&4', 0, /^$/],
    // A plan that nobody could see is not carried out.
    [`keyrite ${rotate} 2>&-`, 3, /^$/],
    [
      `keyrite ${rotate} --json 2>/dev/full | grep -o 'nobody could see the plan: [^"]*' >&2`,
      0,
      /: the disk is full$/m,
    ],
    ['keyrite key list 2>&-', 0, /^$/],
    [
      `exec 4> >(exit 0); wait $!; keyrite config set module ${testModule()} >&4`,
      6,
      /^keyrite: it is done, but the answer could not be written: nobody reads it \[DISK\]\n {2}keyrite .*audit show\n$/,
    ],
  ]
  for (const [line, expected, says] of rows) {
    const lost = await runProgram('bash', ['-c', line], { home: place.home, env: place.folder.env })
    assert.equal(lost.code, expected, line)
    assert.match(lost.stderr, says)
  }
  assert.equal((await place.data('config', 'show')).partitions.pay.module, testModule())
  assert.equal((await place.data('key', 'list')).keys.length, 1)
})

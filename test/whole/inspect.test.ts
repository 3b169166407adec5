// What inspect says of files of a home, of reports and of what people write: each is what it is, and a folder is a folder.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { partition } from '../support/partition.ts'

test('the index, reports in every form, a manifest and profiles are told; a folder is none of them', async () => {
  using place = await partition()
  const told = async (path: string) => {
    const { json } = await place.keyrite(['inspect', path])
    return json.ok ? json.data : json.error
  }
  const written = (name: string, text: string): string => {
    writeFileSync(place.path(name), text)
    return place.path(name)
  }
  for (const name of ['index.root', 'index.pages'])
    assert.equal((await told(place.path('home', 'pay', name))).kind, 'index', name)
  for (const form of ['md', 'html', 'csv', 'json']) {
    const { asOf } = await place.data('report', 'access', 'card#1', '--out', place.path(`access.${form}`))
    const { kind, command } = await told(place.path(`access.${form}`))
    assert.deepEqual([kind, command], ['report', `keyrite report access card#1 --as-of ${asOf}`], form)
  }
  const manifest = '# of 2026\nformat = "keyrite.manifest/1"\n[policies]\n[keys]\n'
  assert.equal((await told(written('keys.toml', manifest))).kind, 'manifest')
  const root = 'key = "ca/root"\nsubject = "CN=Root"\nnot-after = 2051-12-01T00:00:00Z\n'
  assert.equal((await told(written('root.toml', root))).kind, 'certificate-profile')
  assert.equal((await told(written('pin', 'K3K3K3K3K3K3K3K3'))).kind, 'unknown')
  assert.match((await told(place.path('home'))).message, /home is a folder/)
})

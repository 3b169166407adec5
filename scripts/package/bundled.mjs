// Which packages are in the bundle, told by esbuild itself, and what their licences are.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../bundle.mjs'
import { byBytes } from '../program.mjs'

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/

const json = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** `{ folder, name, version, licence, text, integrity }` of each, once for each version. */
export function bundledPackages(metafile) {
  const locked = json(join(root, 'package-lock.json')).packages
  const folders = new Set(Object.keys(metafile.inputs).flatMap((path) => PACKAGE.exec(path)?.[0] ?? []))
  return [...folders].sort(byBytes).map((folder) => {
    const { name, version, license: licence } = json(join(root, folder, 'package.json'))
    if (!licence) throw new Error(`${folder} names no licence`)
    return { folder, name, version, licence, text: licenceText(folder), integrity: locked[folder].integrity }
  })
}

function licenceText(folder) {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name))
  const text = file ? readFileSync(join(root, folder, file), 'utf8').replaceAll('\r', '') : inReadme(folder)
  if (!text) throw new Error(`${folder} has no text of its licence`)
  return text.trim()
}

/** What stands there under a heading of its own, and is the last. */
const inReadme = (folder) =>
  /\n## licen[cs]e\s*\n([\s\S]*)$/i.exec(readFileSync(join(root, folder, 'README.md'), 'utf8'))?.[1]

/** The notices of the PKCS#11 headers that the native part is compiled with: what stands before the first line of code. */
export function headerNotices() {
  const folder = join(root, 'node_modules/pkcs11js/includes/pkcs11')
  return ['pkcs11.h', 'pkcs11t.h'].map((name) => {
    const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r', '').split('\n#')[0]
    return { name, text: text.replace(/^ ?\/?\*+\/? ?|\*\/ *$/gm, '').trim() }
  })
}

/** One text for a package that has no other place for it. */
export const noticesText = (packages) =>
  `${[
    'Keyrite is licensed under Apache-2.0, see LICENSE. These are in its bundle:',
    ...packages.map(({ name, version, licence, text }) => `== ${name} ${version} (${licence})\n\n${text}`),
    ...headerNotices().map(({ name, text }) => `== ${name}, in the native part\n\n${text}`),
  ].join('\n\n')}\n`

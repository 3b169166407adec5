// Compiles the native part of pkcs11js. It asks for Node-API alone: one file serves every node from 20 on. The same bytes from any folder.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'

const COMPILERS = {
  x64: ['g++', 'x86_64-linux-gnu-g++'],
  arm64: ['g++', 'aarch64-linux-gnu-g++'],
}

/** Where node's headers are: beside node itself, or from Debian's libnode-dev. */
function headers() {
  const places = [resolve(process.execPath, '../../include/node'), '/usr/include/node']
  const found = places.find((place) => existsSync(join(place, 'node_api.h')))
  if (found) return found
  throw new Error(`node_api.h is not in ${places.join(' nor ')}; on debian: apt-get install libnode-dev`)
}

function compilerFor(arch) {
  const [own, cross] =
    COMPILERS[arch] ?? fail(`no package is made for ${arch}; for ${Object.keys(COMPILERS).join(', ')}`)
  return arch === process.arch ? own : cross
}

function fail(message) {
  throw new Error(message)
}

const FLAGS = [
  ...['-std=c++17', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', '-fstack-protector-strong'],
  ...[
    '-DNAPI_DISABLE_CPP_EXCEPTIONS',
    '-DBUILDING_NODE_EXTENSION',
    '-DNODE_GYP_MODULE_NAME=pkcs11',
    '-D_FORTIFY_SOURCE=2',
  ],
  ...['-Wl,-z,relro,-z,now,-z,noexecstack', '-Wl,--build-id=none', '-Wl,-s'],
]
const SOURCES = ['src/dl.cpp', 'src/common.cpp', 'src/main.cpp']

/** `source`: the folder of pkcs11js. */
export function compileNative(source, arch, out) {
  const compiler = compilerFor(arch)
  const places = [`-ffile-prefix-map=${source}=.`, '-Iincludes', `-I${headers()}`]
  try {
    execFileSync(compiler, [...FLAGS, ...places, ...SOURCES, '-o', out, '-ldl'], { cwd: source, stdio: 'inherit' })
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    fail(
      `${compiler} is missing; on debian: apt-get install ${arch === process.arch ? 'g++' : compiler.replace(/(.*)-(g\+\+)$/, '$2-$1')}`,
    )
  }
}

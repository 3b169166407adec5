// Any other module, as the environment names it: `MODULE=/opt/hsm/lib.so npm run test:tokens -- custom`. docs/tokens.md tells of the variables.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { TokenModule } from './modules.ts'

const { MODULE, SO_PIN_FILE, NEW_TOKEN, PARAMETERS } = process.env

function start(): { env: Record<string, string>; parameters?: string } {
  if (NEW_TOKEN !== undefined) {
    const { status } = spawnSync('sh', ['-c', NEW_TOKEN], { stdio: ['ignore', 'inherit', 'inherit'] })
    if (status !== 0) throw new Error('NEW_TOKEN failed')
  }
  return { env: process.env as Record<string, string>, ...(PARAMETERS !== undefined && { parameters: PARAMETERS }) }
}

export const custom: TokenModule = {
  name: 'custom',
  packages: [],
  library: MODULE ?? '(MODULE)',
  start: async () => start(),
  isSingle: NEW_TOKEN === undefined,
  ...(SO_PIN_FILE !== undefined && { soPin: readFileSync(SO_PIN_FILE, 'utf8').replace(/\n$/, '') }),
}

// The templates of scripts, by name.
import { DESTROY } from './destroy.ts'
import { INIT } from './init.ts'
import { REPLACE } from './replace.ts'
import { RESTORE_TEST } from './restore-test.ts'
import { ROOT_CA } from './root-ca.ts'
import { ROTATE } from './rotate.ts'
import { scriptText, type Template } from './template.ts'

export const TEMPLATES = ['rotate', 'init', 'replace', 'restore-test', 'destroy', 'root-ca'] as const
export type TemplateName = (typeof TEMPLATES)[number]

const ALL: { readonly [name in TemplateName]: Template } = {
  rotate: ROTATE,
  init: INIT,
  replace: REPLACE,
  'restore-test': RESTORE_TEST,
  destroy: DESTROY,
  'root-ca': ROOT_CA,
}

export const usualPartition = (template: TemplateName): string => ALL[template].partition

export const templateText = (template: TemplateName, name: string, partition: string): string =>
  scriptText(ALL[template], name, partition)

// A file of its own: a node of before 2018 can't parse the word.
import('../dist/main.mjs')

// The members of a partition, as `member list` and the independent reader tell of them.

export const standingsOf = (members: readonly { name: string; standing: string }[]): string[] =>
  members.map(({ name, standing }) => `${name} ${standing}`)

// What it takes to hold a long ledger against every rule.
export async function audits(): Promise<void> {}

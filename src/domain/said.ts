// What people say of a change beside what it does: it stands in the plan as it was said, and nothing proves it.

/** `ticket`: of the system that tracks changes. `requestedBy`: who asked for it, and approves nothing by that. */
export interface Said {
  reason?: string
  ticket?: string
  requestedBy?: string
}

/** As a plan or an option may hold it. */
export type MaybeSaid = { readonly [name in keyof Said]?: string | undefined }

/** Those members of it that are there. */
export const saidOf = ({ reason, ticket, requestedBy }: MaybeSaid): Said => ({
  ...(reason === undefined ? {} : { reason }),
  ...(ticket === undefined ? {} : { ticket }),
  ...(requestedBy === undefined ? {} : { requestedBy }),
})

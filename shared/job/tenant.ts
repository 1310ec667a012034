/** The tenant of work that is nobody's in particular. */
export const DEFAULT_TENANT = "default";

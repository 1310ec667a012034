import type { EndStatus } from "./job-state.ts";

// The partitions of the jobs table's indexes: every list that somebody can ask for page by page is one of these.
// A partition takes 1,000 writes a second (AWS-documented) and a job writes four times to its type's due list: a type
// starts up to 250 jobs a second before DynamoDB slows it down.

/** Where the ticker finds the rows of a type that somebody has to look at some time. */
export const dueListOf = (type: string): string => type;

/** Jobs of all types that wait for a person: the ticker counts them and sends no permits. No type is called so. */
export const REVIEW_LIST = "needs-review";

/** Jobs of a type that have ended in one way, by when. */
export const endedListOf = (type: string, status: EndStatus): string => `${type}#${status}`;

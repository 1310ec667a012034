import * as z from "zod";

import { JOBS_TABLE, type ListIndex } from "../contracts/tables.ts";
import { InvalidCursorError } from "../errors/job-errors.ts";
import { dueListOf, endedListOf, REVIEW_LIST } from "../job/job-lists.ts";
import type { JobList } from "../ports/job-store.ts";

/** The index that holds a list, and the list's partition in it. */
export function keyOfList(list: JobList): { readonly index: ListIndex; readonly partition: string } {
  switch (list.by) {
    case "due":
      return { index: "due", partition: dueListOf(list.type) };
    case "review":
      return { index: "due", partition: REVIEW_LIST };
    case "ended":
      return { index: "ended", partition: endedListOf(list.type, list.status) };
    case "tenant":
      return { index: "tenant", partition: list.tenant };
    case "subject":
      return { index: "subject", partition: list.subjectList };
  }
}

const position = z.tuple([z.string().min(1).max(300), z.int()]);

/** Where a page ended, for whoever asks for the next one: the last row's id and its place in the list. */
export function pageToken(list: JobList, lastKey: Readonly<Record<string, unknown>>): string {
  const { sortKey } = JOBS_TABLE.indexes[keyOfList(list).index];
  return Buffer.from(JSON.stringify([lastKey[JOBS_TABLE.partitionKey], lastKey[sortKey]])).toString("base64url");
}

/**
 * The key that a page begins after. The partition is the list's own, whatever the token says: no token leads into
 * another list, and none out of the range that is asked for.
 *
 * @throws InvalidCursorError
 */
export function startKeyOf(
  list: JobList,
  token: string,
  { from, until }: { readonly from: number; readonly until: number },
): Record<string, unknown> {
  const { index, partition } = keyOfList(list);
  const { partitionKey, sortKey } = JOBS_TABLE.indexes[index];
  const [id, at] = readToken(token);
  if (at < from || at > until) throw new InvalidCursorError();
  return { [JOBS_TABLE.partitionKey]: id, [partitionKey]: partition, [sortKey]: at };
}

function readToken(token: string): [id: string, at: number] {
  try {
    return position.parse(JSON.parse(Buffer.from(token, "base64url").toString()));
  } catch {
    throw new InvalidCursorError();
  }
}

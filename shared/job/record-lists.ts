/**
 * Where a business record stands so that a sweep finds it: two lists at most, each in the order of a time. The words are
 * DynamoDB's own for overloaded indexes.
 */
export interface RecordLists {
  readonly gsi1?: ListPlace;
  readonly gsi2?: ListPlace;
}

/** The indexes that hold lists. */
export type ListIndexName = keyof RecordLists;

/** A place in one list of the record's kind. */
export interface ListPlace {
  /** `unpaid` of kind `booking` and `unpaid` of kind `order` are two lists. */
  readonly list: string;
  /** Milliseconds since 1970, what the list is ordered by. */
  readonly at: number;
}

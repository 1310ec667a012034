/**
 * Key schema of the jobs table and its indexes, shared by infrastructure and adapter. All indexes are sparse: a row without
 * the partition key is not in it. They are only ever hints; the row is the truth. What an index projects either never
 * changes, or changes only together with its key: so no write of a row costs more than the keys do.
 */
export const JOBS_TABLE = {
  partitionKey: "id",
  indexes: {
    /** Rows that somebody has to look at some time, by type; see `job-lists.ts` for all partitions. */
    due: {
      name: "due",
      partitionKey: "dueList",
      sortKey: "dueAt",
      sortKeyType: "N",
      projected: ["type", "status", "run", "tenant", "runAt", "permits", "errorCode"],
    },
    /** Rows that have ended, by type and status. */
    ended: {
      name: "ended",
      partitionKey: "endedList",
      sortKey: "endedAt",
      sortKeyType: "N",
      projected: ["type", "status", "run", "tenant", "errorCode", "fingerprint", "expiresAt"],
    },
    /** Rows of prioritised types that may be claimed, by type, best first. */
    ready: {
      name: "ready",
      partitionKey: "readyList",
      sortKey: "readyKey",
      sortKeyType: "S",
      projected: ["run", "concurrencyKey"],
    },
    /** Rows that were spawned and have not ended, by parent. */
    children: {
      name: "children",
      partitionKey: "openChildOf",
      sortKey: "createdAt",
      sortKeyType: "N",
      projected: ["type"],
    },
    /** Rows of a tenant other than the default one. */
    tenant: {
      name: "tenant",
      partitionKey: "tenantList",
      sortKey: "createdAt",
      sortKeyType: "N",
      projected: ["type"],
    },
    /** Rows that are about somebody, by a hash of whom. */
    subject: {
      name: "subject",
      partitionKey: "subjectList",
      sortKey: "createdAt",
      sortKeyType: "N",
      projected: ["type"],
    },
  },
  /** DynamoDB TTL, epoch seconds. */
  ttl: "expiresAt",
} as const;

/** The indexes that hold a list which people page through. */
export type ListIndex = Exclude<keyof typeof JOBS_TABLE.indexes, "ready" | "children">;

/**
 * Business records, one table: `pk` is `<kind>#<id>`, so that roles can be limited to kinds by leading key. The indexes hold
 * lists of records, `<kind>#<list>`, in the order of a time, and nothing but keys; a record without the partition key is not
 * in them.
 */
export const RECORDS_TABLE = {
  partitionKey: "pk",
  sortKey: "sk",
  ttl: "expiresAt",
  indexes: {
    gsi1: { name: "gsi1", partitionKey: "gsi1pk", sortKey: "gsi1sk" },
    gsi2: { name: "gsi2", partitionKey: "gsi2pk", sortKey: "gsi2sk" },
  },
} as const;

/** Key schema of the jobs table and its sparse index, shared by infrastructure and adapter. */
export const JOBS_TABLE = {
  partitionKey: "id",
  /** Rows that are due at some time, spread over shards; a row without `dueShard` is not in it. Only ever a hint. */
  dueIndex: {
    name: "due",
    partitionKey: "dueShard",
    sortKey: "dueAt",
    projected: ["type", "run", "tenant", "runAt", "permits"],
  },
  /** DynamoDB TTL, epoch seconds. */
  ttl: "expiresAt",
} as const;

/** Business records, one table: `pk` is `<kind>#<id>`, so that roles can be limited to kinds by leading key. */
export const RECORDS_TABLE = { partitionKey: "pk", sortKey: "sk", ttl: "expiresAt" } as const;

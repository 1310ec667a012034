import { DeleteCommand } from "@aws-sdk/lib-dynamodb";

import { DynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { JOBS_TABLE } from "../../shared/contracts/tables.ts";
import type { JobStore } from "../../shared/ports/job-store.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";

/** A jobs table that schedules use one after the other. */
export interface StoreLender {
  readonly store: JobStore;
  /** Empties it for the next schedule. */
  readonly forget: (jobIds: Iterable<string>) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** The jobs table in the DynamoDB emulator, through the adapter that production uses. */
export async function lendEmulatedStore(): Promise<StoreLender> {
  const { documents, close } = await openDynaliteTables();
  const remove = (id: string) =>
    documents.send(new DeleteCommand({ TableName: "jobs", Key: { [JOBS_TABLE.partitionKey]: id } }));
  return {
    store: new DynamoJobStore(documents, "jobs"),
    forget: async (jobIds) => void (await Promise.all([...jobIds].map(remove))),
    close,
  };
}

/**
 * `npm run sweeps -- --show | --file <settings.json>`: prints or stores the settings of the sweeps, with the credentials and
 * the region of the environment. Prints every problem of a file at once and stores nothing then. What a file does not say
 * has its default. The settings of the stores' shop and mails are another record: `npm run seller`.
 */
import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { clientTimeoutMs } from "../shared/job/job-times.ts";
import { sweepSettingsCommand } from "./commands/sweep-settings.ts";
import { runCommand } from "./open-engine.ts";

await runCommand(() =>
  sweepSettingsCommand(process.argv.slice(2), {
    environment: process.env,
    openRecords: (table) => new DynamoRecordStore(dynamoClient({ timeoutMs: clientTimeoutMs() }), table),
  }),
);

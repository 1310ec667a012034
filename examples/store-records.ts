/**
 * Stores what a business has on record, so that its sweeps have something to do. On the embedded stack:
 *
 *   npm start                                    (in another terminal; paste the lines that begin with `export`)
 *   npx tsx examples/store-records.ts bookings   (or: stores, mistake)
 *
 * Then call the cron endpoints as docs/guide/bookings.md and docs/guide/stores.md say, and look into the mailbox.
 */
import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { systemClock } from "../shared/aws/system-ports.ts";
import { storeBookings, storeMistake } from "./records/bookings.ts";
import { storeStores } from "./records/stores.ts";

const BUSINESSES = { bookings: storeBookings, stores: storeStores, mistake: storeMistake } as const;

const [name = ""] = process.argv.slice(2);
const [, store] = Object.entries(BUSINESSES).find(([each]) => each === name) ?? [];
if (store === undefined) throw new Error(`Say one of ${Object.keys(BUSINESSES).join(", ")}.`);
// Made-up people get real mails otherwise.
if ((process.env["AWS_ENDPOINT_URL"] ?? "") === "")
  throw new Error("AWS_ENDPOINT_URL does not name an embedded stack.");

const records = new DynamoRecordStore(dynamoClient({ timeoutMs: 10_000 }), process.env["RECORDS_TABLE"] ?? "");
const stored = await store({ records, clock: systemClock });
const areNew = stored.filter(Boolean).length;
process.stdout.write(
  `${areNew} records stored; ${stored.length - areNew} were there already, and are left as they are.\n`,
);

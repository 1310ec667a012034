import { afterAll } from "@jest/globals";

import { DynamoScheduleLedger } from "../../shared/aws/dynamo-schedule-ledger.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { MemoryScheduleLedger } from "../support/memory-schedule-ledger.ts";
import { describeScheduleLedger } from "../support/schedule-ledger-suite.ts";

const tables = await openDynaliteTables();
afterAll(tables.close);

describeScheduleLedger("DynamoDB", () => new DynamoScheduleLedger(tables.documents, "records"));
describeScheduleLedger("the ledger in memory", () => new MemoryScheduleLedger());

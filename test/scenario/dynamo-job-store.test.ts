import { afterAll } from "@jest/globals";

import { DynamoJobStore } from "../../shared/aws/dynamo-job-store.ts";
import { openDynaliteTables } from "../support/dynalite-tables.ts";
import { describeJobStore } from "../support/job-store-suite.ts";

const tables = await openDynaliteTables();
afterAll(tables.close);

describeJobStore("DynamoDB", () => new DynamoJobStore(tables.documents, "jobs"));

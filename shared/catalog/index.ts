import type { JobDefinition } from "../job/define-job.ts";
import { invoiceEmail, stripeEvent } from "./billing.ts";
import { sesEvent } from "./messaging.ts";

/** A catalog entry: a definition and the folder of its handler, `functions/<domain>/<type in kebab case>.ts`. */
export interface CatalogEntry {
  readonly domain: string;
  readonly definition: JobDefinition;
}

const domains: Readonly<Record<string, readonly JobDefinition[]>> = {
  billing: [stripeEvent, invoiceEmail],
  messaging: [sesEvent],
};

/** Every job type there is. Adding one here gives it a queue, a DLQ, a function, a role and alarms. */
export const catalog: readonly CatalogEntry[] = Object.entries(domains).flatMap(([domain, definitions]) =>
  definitions.map((definition) => ({ domain, definition })),
);

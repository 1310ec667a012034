import * as z from "zod";

import { calendarDay, emailAddress, localeTag, singleLine } from "../contracts/fields.ts";
import { PermanentError } from "../errors/job-errors.ts";
import type { RecordKey, RecordStore } from "../ports/record-store.ts";
import { readRecord } from "./record.ts";
import { recipientIdOf } from "./suppression.ts";

/** Somebody who has bought. */
const customer = z.object({
  /** `recipientIdOf` their address: one customer for each address, and no address in a key. */
  customerId: z.string().regex(/^[0-9a-f]{40}$/, "must be a hash of the address"),
  email: emailAddress,
  name: singleLine(200),
  locale: localeTag.optional(),
  /** ISO 3166-1 alpha-2. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .optional(),
  /** What the owner groups customers by; a sale adds the type of its product, such as `art`. */
  tags: z.array(singleLine(60)).max(100),
  /** Whether they have agreed to be sent news. Who took it back is on the suppression list. */
  wantsNews: z.boolean(),
  createdOn: calendarDay,
});
export type Customer = z.infer<typeof customer>;

/** Under the id of another address it would be somebody else's consent. */
const ownCustomer = customer.refine(({ customerId, email }) => customerId === recipientIdOf(email), {
  path: ["customerId"],
  message: "must be recipientIdOf the customer's address",
});

/** All customers are parts of one record, which is how they can be listed. */
const ALL: Omit<RecordKey, "part"> = { kind: "customer", id: "default" };
const MOST_TAGS = 100;

const customerKey = (customerId: string): RecordKey => ({ ...ALL, part: customerId });

/** @returns the customer with this address, if there is one. */
export async function readCustomer(records: RecordStore, email: string): Promise<Customer | undefined> {
  return (await readRecord(records, customerKey(recipientIdOf(email)), customer))?.body;
}

/**
 * Puts on record what is known of a customer: the latest name, address and language, the tags of all times, the first day.
 * Consent is kept once it was given (an order without the tick takes nothing back) and never comes from anywhere else.
 *
 * @throws z.ZodError listing every problem.
 */
export async function saveCustomer(records: RecordStore, given: Customer): Promise<Customer> {
  const latest = ownCustomer.parse(given);
  const key = customerKey(latest.customerId);
  for (;;) {
    const known = await readRecord(records, key, customer);
    if (known === undefined) {
      if ((await records.create(key, latest)).isCreated) return latest;
      continue; // another of their orders was faster
    }
    const merged = mergedWith(known.body, latest);
    if (isSame(merged, known.body)) return merged;
    if (await records.replace(key, known.version, { ...known.stored, ...merged })) return merged;
  }
}

/** A page of all customers, ordered by id; fewer than `limit` when there are no more. `after` is the last id before it. */
export async function listCustomers(
  records: RecordStore,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<readonly Customer[]> {
  const listed = await records.list(ALL, after === undefined ? { limit } : { after, limit });
  return listed.map(({ part, body }) => parsedCustomer(part, body));
}

function parsedCustomer(customerId: string, body: unknown): Customer {
  const parsed = customer.safeParse(body);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new PermanentError(
    "RECORD_INVALID",
    `The customer record ${customerId} is not right: ${problems.join("; ")}. Correct it, then replay the job.`,
  );
}

function mergedWith(known: Customer, latest: Customer): Customer {
  return {
    ...latest,
    locale: latest.locale ?? known.locale,
    country: latest.country ?? known.country,
    tags: [...new Set([...known.tags, ...latest.tags])].slice(0, MOST_TAGS),
    wantsNews: known.wantsNews || latest.wantsNews,
    createdOn: known.createdOn < latest.createdOn ? known.createdOn : latest.createdOn,
  };
}

const isSame = (one: Customer, other: Customer): boolean =>
  JSON.stringify(customer.parse(one)) === JSON.stringify(customer.parse(other));

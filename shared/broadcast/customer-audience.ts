import type { CustomerFilter } from "../contracts/broadcast.ts";
import { listCustomers, type Customer } from "../records/customer.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { AudienceList, type Audience } from "./audience.ts";

const PAGE_SIZE = 1_000;

export interface CustomerAudienceOptions {
  readonly filter: CustomerFilter;
  /** The language of customers who have none on record: the seller's, in which they are written to. */
  readonly defaultLocale: string;
}

/** The customers who want news and whom the filter lets through. */
export async function readCustomerAudience(records: RecordStore, options: CustomerAudienceOptions): Promise<Audience> {
  const list = new AudienceList();
  let after: string | undefined;
  for (;;) {
    const page = await listCustomers(records, { limit: PAGE_SIZE, ...(after !== undefined && { after }) });
    for (const customer of page) if (isWanted(customer, options)) list.add(recipientOf(customer));
    if (page.length < PAGE_SIZE) return list.audience();
    after = page.at(-1)?.customerId;
  }
}

function isWanted(customer: Customer, { filter, defaultLocale }: CustomerAudienceOptions): boolean {
  const { tags, locales, countries, createdSince, createdBefore } = filter;
  const { wantsNews, country, createdOn, locale = defaultLocale } = customer;
  return (
    wantsNews &&
    (tags === undefined || tags.some((tag) => customer.tags.includes(tag))) &&
    (locales === undefined || locales.some((wanted) => isWithin(locale, wanted))) &&
    (countries === undefined || (country !== undefined && countries.includes(country))) &&
    (createdSince === undefined || createdOn >= createdSince) &&
    (createdBefore === undefined || createdOn < createdBefore)
  );
}

/** Whether a locale is the wanted one or a part of it: `en-GB` is within `en`, and `eng` is not. */
function isWithin(locale: string, wanted: string): boolean {
  const [one, other] = [locale.toLowerCase(), wanted.toLowerCase()];
  return one === other || one.startsWith(`${other}-`);
}

const recipientOf = ({ email, name, locale }: Customer) => ({ email, name, ...(locale !== undefined && { locale }) });

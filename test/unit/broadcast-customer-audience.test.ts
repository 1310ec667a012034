import { describe, expect, it } from "@jest/globals";

import { readCustomerAudience } from "../../shared/broadcast/customer-audience.ts";
import type { CustomerFilter } from "../../shared/contracts/broadcast.ts";
import { saveCustomer, type Customer } from "../../shared/records/customer.ts";
import { recipientIdOf } from "../../shared/records/suppression.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

const customer = (name: string, overrides: Partial<Customer> = {}): Customer => ({
  customerId: recipientIdOf(`${name}@example.com`),
  email: `${name}@example.com`,
  name,
  tags: [],
  wantsNews: true,
  createdOn: "2026-03-01",
  ...overrides,
});

/** Who is let through, by name. */
async function letThrough(filter: CustomerFilter, customers: readonly Customer[]): Promise<string[]> {
  const records = new MemoryRecordStore();
  for (const each of customers) await saveCustomer(records, each);
  const { recipients } = await readCustomerAudience(records, { filter, defaultLocale: "nl-NL" });
  return recipients.map(({ name }) => name ?? "").sort();
}

describe("customers as an audience", () => {
  it("never has anybody in it who has not asked for news", async () => {
    const people = [customer("ada"), customer("bob", { wantsNews: false })];
    await expect(letThrough({}, people)).resolves.toEqual(["ada"]);
  });

  it("is narrowed down to those with at least one of the tags", async () => {
    const people = [
      customer("ada", { tags: ["product:course", "vip"] }),
      customer("bob", { tags: ["product:art"] }),
      customer("eve"),
    ];
    await expect(letThrough({ tags: ["vip", "product:art"] }, people)).resolves.toEqual(["ada", "bob"]);
  });

  it("is narrowed down by language: `en` takes `en-GB` in, not `eng`; who has none has the seller's", async () => {
    const people = [
      customer("ada", { locale: "en-GB" }),
      customer("bob", { locale: "en" }),
      customer("carl", { locale: "de" }),
      customer("dora"),
    ];
    await expect(letThrough({ locales: ["EN"] }, people)).resolves.toEqual(["ada", "bob"]);
    await expect(letThrough({ locales: ["en-GB", "nl"] }, people)).resolves.toEqual(["ada", "dora"]);
  });

  it("is narrowed down by country, where one is known", async () => {
    const people = [customer("ada", { country: "GB" }), customer("bob", { country: "NL" }), customer("eve")];
    await expect(letThrough({ countries: ["NL", "BE"] }, people)).resolves.toEqual(["bob"]);
  });

  it("is narrowed down by the first day: from one day on, and before another", async () => {
    const people = ["2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01"].map((createdOn, index) =>
      customer(`p${index}`, { createdOn }),
    );
    const february = { createdSince: "2026-02-01", createdBefore: "2026-03-01" };
    await expect(letThrough(february, people)).resolves.toEqual(["p1", "p2"]);
  });

  it("wants all that is given to hold", async () => {
    const people = [
      customer("ada", { tags: ["vip"], country: "GB" }),
      customer("bob", { tags: ["vip"], country: "NL" }),
      customer("eve", { country: "NL" }),
    ];
    await expect(letThrough({ tags: ["vip"], countries: ["NL"] }, people)).resolves.toEqual(["bob"]);
  });

  it("goes through all of them, however many there are", async () => {
    const people = Array.from({ length: 2_001 }, (_, index) => customer(`p${index}`));
    await expect(letThrough({}, people)).resolves.toHaveLength(2_001);
  });
});

import { describe, expect, it } from "@jest/globals";

import { listCustomers, readCustomer, saveCustomer, type Customer } from "../../shared/records/customer.ts";
import { recipientIdOf } from "../../shared/records/suppression.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

function aCustomer({ email = "ada@example.com", ...rest }: Partial<Customer> = {}): Customer {
  return {
    customerId: recipientIdOf(email),
    email,
    name: "Ada",
    tags: ["art"],
    wantsNews: false,
    createdOn: "2026-01-02",
    ...rest,
  };
}

describe("saving a customer", () => {
  it("twice writes once", async () => {
    const records = new MemoryRecordStore();
    await saveCustomer(records, aCustomer());
    await saveCustomer(records, aCustomer());
    const key = { kind: "customer", id: "default", part: recipientIdOf("ada@example.com") };
    await expect(records.get(key)).resolves.toMatchObject({ version: 1 });
  });

  it("keeps consent, tags, language and the first day, and takes the latest name", async () => {
    const records = new MemoryRecordStore();
    await saveCustomer(records, aCustomer({ wantsNews: true, locale: "fr", country: "FR" }));
    await saveCustomer(records, aCustomer({ name: "Ada King", tags: ["course"], createdOn: "2026-02-01" }));
    await expect(readCustomer(records, "ADA@example.com")).resolves.toEqual(
      aCustomer({ name: "Ada King", tags: ["art", "course"], wantsNews: true, locale: "fr", country: "FR" }),
    );
  });

  it("loses nothing of several orders at once", async () => {
    const records = new MemoryRecordStore();
    const tags = Array.from({ length: 20 }, (_, index) => `tag-${index}`);
    await Promise.all(tags.map((tag) => saveCustomer(records, aCustomer({ tags: [tag], wantsNews: tag === "tag-7" }))));
    const saved = await readCustomer(records, "ada@example.com");
    expect(new Set(saved?.tags)).toEqual(new Set(tags));
    expect(saved?.wantsNews).toBe(true);
  });

  it("keeps what this version does not know of a customer, as a newer one may have stored", async () => {
    const records = new MemoryRecordStore();
    const key = { kind: "customer", id: "default", part: recipientIdOf("ada@example.com") };
    await records.create(key, { ...aCustomer(), phone: "+31612345678" });
    await saveCustomer(records, aCustomer({ name: "Ada King" }));
    await expect(records.get(key)).resolves.toMatchObject({ body: { name: "Ada King", phone: "+31612345678" } });
  });

  it("refuses the id of another address", async () => {
    const records = new MemoryRecordStore();
    const wrong = aCustomer({ customerId: recipientIdOf("bob@example.com") });
    await expect(saveCustomer(records, wrong)).rejects.toThrow("recipientIdOf");
  });
});

describe("listing customers", () => {
  it("goes page by page in the order of their ids", async () => {
    const records = new MemoryRecordStore();
    const emails = Array.from({ length: 7 }, (_, index) => `c${index}@example.com`);
    for (const email of emails) await saveCustomer(records, aCustomer({ email }));
    const found: string[] = [];
    for (let page = await listCustomers(records, { limit: 3 }); page.length > 0;) {
      found.push(...page.map(({ customerId }) => customerId));
      page = await listCustomers(records, { limit: 3, after: found.at(-1) ?? "" });
    }
    expect(found).toEqual(emails.map(recipientIdOf).toSorted());
  });

  it("says which record is broken, without its values", async () => {
    const records = new MemoryRecordStore();
    const { customerId, ...rest } = aCustomer();
    await records.create({ kind: "customer", id: "default", part: customerId }, { ...rest, customerId, email: "ada@" });
    const listing = listCustomers(records, { limit: 10 });
    await expect(listing).rejects.toMatchObject({ code: "RECORD_INVALID" });
    await expect(listing).rejects.toThrow(`customer record ${customerId} is not right: email: `);
    await expect(listing).rejects.not.toThrow("ada@");
  });
});

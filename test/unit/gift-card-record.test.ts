import { describe, expect, it } from "@jest/globals";

import type { RecordStore } from "../../shared/ports/record-store.ts";
import { issueGiftCard, readGiftCard, redeemable, type GiftCard } from "../../shared/records/gift-card.ts";
import { MemoryRecordStore } from "../support/memory-record-store.ts";

const [CODE_A, CODE_B, CODE_C] = ["AAAA-AAAA-AAAA-AAAA", "BBBB-BBBB-BBBB-BBBB", "CCCC-CCCC-CCCC-CCCC"] as const;

function aCard(orderId = "ord_1"): Omit<GiftCard, "code"> {
  return {
    orderId,
    amount: 5_000,
    currency: "EUR",
    locale: "en-GB",
    issuedOn: "2026-01-01",
    expiresOn: "2028-01-01",
    buyer: { name: "Ada", email: "ada@example.com" },
    card: {
      senderName: "Ada",
      recipient: { name: "Charles", email: "charles@example.com" },
      expiresOn: "2028-01-01",
    },
    pdfKey: `main/2026/${orderId}.pdf`,
  };
}

/** Gives these codes, one after the other; the last one for ever. */
const codes = (...given: readonly string[]) => {
  let next = 0;
  return () => given[Math.min(next++, given.length - 1)] ?? "";
};

describe("issuing a gift card", () => {
  it("gives the same card each time, under a code that no key tells", async () => {
    const records = new MemoryRecordStore();
    const card = await issueGiftCard(records, aCard());
    await expect(issueGiftCard(records, aCard())).resolves.toEqual(card);
    await expect(readGiftCard(records, "ord_1")).resolves.toEqual(card);
    const names = records.namesOf("gift_card");
    expect(names).toEqual(["ord_1/-", expect.stringMatching(/^code-[0-9a-f]{64}\/order$/)]);
    expect(names.join()).not.toContain(card.code);
  });

  it("tries other codes as long as another card has them", async () => {
    const records = new MemoryRecordStore();
    await issueGiftCard(records, aCard("ord_1"), codes(CODE_A));
    await issueGiftCard(records, aCard("ord_2"), codes(CODE_B));
    const third = await issueGiftCard(records, aCard("ord_3"), codes(CODE_A, CODE_B, CODE_A, CODE_C));
    expect(third.code).toBe(CODE_C);
    await expect(readGiftCard(records, "ord_3")).resolves.toMatchObject({ code: CODE_C });
    await expect(redeemable(records, CODE_A)).resolves.toMatchObject({ orderId: "ord_1" });
  });

  it("gives up when all codes are taken, and says why without naming one", async () => {
    const records = new MemoryRecordStore();
    await issueGiftCard(records, aCard("ord_1"), codes(CODE_A));
    const second = issueGiftCard(records, aCard("ord_2"), codes(CODE_A));
    await expect(second).rejects.toThrow("No code for the gift card of order ord_2: 10 in a row belong to other cards");
    await expect(readGiftCard(records, "ord_2")).resolves.toBeUndefined();
  });

  it("gives two cards two codes when both draw the same one at the same moment", async () => {
    const records = new MemoryRecordStore();
    const [one, other] = await Promise.all([
      issueGiftCard(records, aCard("ord_1"), codes(CODE_A, CODE_B)),
      issueGiftCard(records, aCard("ord_2"), codes(CODE_A, CODE_C)),
    ]);
    expect(one.code).not.toBe(other.code);
    await expect(redeemable(records, one.code)).resolves.toEqual(one);
    await expect(redeemable(records, other.code)).resolves.toEqual(other);
  });

  it("gives two attempts at one card the same code, also on a collision", async () => {
    const records = new MemoryRecordStore();
    await issueGiftCard(records, aCard("ord_0"), codes(CODE_A));
    const attempts = [codes(CODE_A, CODE_B), codes(CODE_A, CODE_C)];
    const issued = await Promise.all(attempts.map((newCode) => issueGiftCard(records, aCard(), newCode)));
    expect(issued[0]).toEqual(issued[1]);
    await expect(redeemable(records, issued[0]?.code ?? "")).resolves.toEqual(issued[0]);
  });

  it.each([1, 2, 3, 4, 5, 6])("is completed after a crash at call %d, on a collision", async (dies) => {
    for (const when of ["before", "after"] as const) {
      const records = new MemoryRecordStore();
      await issueGiftCard(records, aCard("ord_0"), codes(CODE_A));
      const dying = issueGiftCard(dyingAt(records, dies, when), aCard(), codes(CODE_A, CODE_B));
      // Six calls: read, create, claim in vain, another code; read, claim.
      await expect(dying).rejects.toThrow("died");
      const card = await issueGiftCard(records, aCard(), codes(CODE_A, CODE_C));
      await expect(redeemable(records, card.code)).resolves.toEqual(card);
      expect(records.namesOf("gift_card")).toHaveLength(4);
    }
  });
});

describe("redeeming a code", () => {
  it("finds its card however it is typed", async () => {
    const records = new MemoryRecordStore();
    const card = await issueGiftCard(records, aCard(), codes("K7QW-3M9X-PD2F-H610"));
    await expect(redeemable(records, " k7qw 3m9x pd2f h6lo ")).resolves.toEqual(card);
  });

  it.each(["K7QW-3M9X-PD2F-H611", "", "ord_1", "code"])("finds nothing for %j", async (text) => {
    const records = new MemoryRecordStore();
    await issueGiftCard(records, aCard(), codes("K7QW-3M9X-PD2F-H610"));
    await expect(redeemable(records, text)).resolves.toBeUndefined();
  });
});

/** A process that dies at its nth call. */
function dyingAt(records: RecordStore, number: number, when: "before" | "after"): RecordStore {
  let calls = 0;
  const wrap =
    <Args extends unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args) => {
      calls += 1;
      if (calls > number || (calls === number && when === "before")) throw new Error("died");
      const answer = await call(...args);
      if (calls >= number) throw new Error("died");
      return answer;
    };
  return {
    get: wrap((key) => records.get(key)),
    list: wrap((key, options) => records.list(key, options)),
    create: wrap((key, body: object) => records.create(key, body)),
    replace: wrap((key, version: number, body: object) => records.replace(key, version, body)),
    entries: wrap((list, options) => records.entries(list, options)),
    remove: wrap((key, version: number) => records.remove(key, version)),
  };
}

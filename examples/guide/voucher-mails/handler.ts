import * as z from "zod";

import { composeMail } from "../../../shared/email/compose-mail.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { voucherMails } from "./definition.ts";

const SHOP = "shop@studio.example.com";
const voucher = z.object({ id: z.string(), email: z.email(), endsOn: z.string() });
const vouchersPage = z.object({ items: z.array(voucher), next: z.string().optional() });

export const handler = jobFunction(voucherMails, async (job, { mailer }) => {
  const { month, isDryRun } = job.payload;
  return job.sweep("vouchers", {
    // Twenty vouchers a page: a page must take a fraction of the function's timeout.
    page: async (cursor: string | undefined) => {
      const query = cursor === undefined ? "" : `?after=${cursor}`;
      const answer = await fetch(`https://shop.example/vouchers${query}`, { signal: job.signal });
      if (!answer.ok) throw new Error(`The shop answered ${answer.status}.`);
      const { items, next } = vouchersPage.parse(await answer.json());
      return { items, next: next ?? null };
    },
    key: ({ id }) => id,
    isDue: ({ endsOn }) => endsOn.startsWith(month),
    each: async ({ email, endsOn }, { effect }) => {
      const text = `Your voucher ends on ${endsOn}.`;
      const raw = await composeMail({ from: SHOP, to: email, subject: "Your voucher", text, html: `<p>${text}</p>` });
      await effect({
        to: email,
        onUnknown: "resend",
        send: (attempt) => mailer.send({ ...attempt, raw, from: SHOP, to: email }),
      });
    },
    isDryRun,
  });
});

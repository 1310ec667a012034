import { createHash } from "node:crypto";

import { PermanentError } from "../../shared/errors/job-errors.ts";
import { LOST, mail, note, probe, RAW } from "./probe.ts";

export const parcel = probe("probe_parcel", "A step, a mail that may be sent again, a step.", async (job, services) => {
  const key = `${job.id}.txt`;
  await job.step("store", () =>
    services.files.putOnce({ bucket: "invoices", key, body: RAW, contentType: "text/plain" }),
  );
  await mail(job, services, "mail", "resend");
  return note(job, services, "after");
});

export const onlyOnce = probe(
  "probe_only_once",
  "One attempt, and a mail that is never sent again without a person's word.",
  async (job, services) => {
    await note(job, services, "before");
    await mail(job, services, "mail", "review");
  },
  { maxAttempts: 1 },
);

export const unsure = probe(
  "probe_unsure",
  "A mail whose first answer gets lost: a person decides.",
  async (job, services) => {
    await note(job, services, "before");
    await mail(job, services, "mail", "review", services.outside.isFirst("send"));
    await note(job, services, "after");
  },
);

export const permanent = probe("probe_permanent", "Fails for good until somebody mends it.", async (job, services) => {
  await mail(job, services, "mail", "resend");
  if (!services.outside.isRepaired) throw new PermanentError("BROKEN", "It is broken.");
  await note(job, services, "after");
});

export const failing = probe(
  "probe_failing",
  "Fails at each attempt until somebody mends it; its last mail's answer is lost.",
  async (job, services) => {
    await note(job, services, "before");
    if (services.outside.isRepaired) return mail(job, services, "mail", "resend");
    if (job.attempt === 1) throw new Error("It does not work.");
    return mail(job, services, "mail", "resend", true);
  },
  { maxAttempts: 2 },
);

export const poison = probe(
  "probe_poison",
  "Crashes its process at each attempt until somebody mends it.",
  async (job, services) => {
    await note(job, services, "before");
    if (!services.outside.isRepaired) await services.outside.crash();
    await mail(job, services, "mail", "resend");
  },
  { maxAttempts: 2 },
);

export const parallel = probe("probe_parallel", "Two mails and two steps at once.", async (job, services) => {
  await Promise.all([
    mail(job, services, "one", "resend"),
    mail(job, services, "two", "resend"),
    note(job, services, "three"),
  ]);
  await note(job, services, "four");
});

export const spilled = probe(
  "probe_spilled",
  "Step results and a result too large for the row.",
  async (job, services) => {
    const text = await job.step("large", () => "0123456789".repeat(4_000));
    const hash = await job.step("hash", async () => {
      const digest = createHash("sha256").update(text).digest("hex");
      await services.records.create({ kind: "probe", id: job.id }, { digest });
      return digest;
    });
    return { text, hash };
  },
);

export const child = probe("probe_child", "What the parent enqueues.", (job, services) =>
  mail(job, services, "mail", "resend"),
);

export const parent = probe("probe_parent", "Enqueues a child under a key.", async (job, services) => {
  await note(job, services, "before");
  const { id } = await job.enqueue(child.definition, job.payload, { idempotencyKey: `${job.id}-child` });
  await job.step("after", () => id);
});

export const hanging = probe(
  "probe_hanging",
  "Its first attempt never returns.",
  async (job, services) => {
    await note(job, services, "before");
    if (services.outside.isFirst("hang")) await services.outside.hang();
    await mail(job, services, "mail", "resend");
  },
  { timeoutSeconds: 10 },
);

export const swallowing = probe(
  "probe_swallowing",
  "Makes light of a mail whose answer got lost.",
  async (job, services) => {
    await mail(job, services, "mail", "resend", services.outside.isFirst("send")).catch((error: unknown) => {
      if (!String(error).includes(LOST)) throw error;
    });
    await note(job, services, "after");
  },
);

export const doubtful = probe(
  "probe_doubtful",
  "Its first mail never leaves, and nobody can know.",
  async (job, services) => {
    await job.effect("mail", {
      onUnknown: "resend",
      send: (attempt) => {
        if (services.outside.isFirst("send")) throw new Error(LOST);
        return services.mailer.send({ ...attempt, raw: RAW, from: "shop@example.com", to: job.payload.to });
      },
    });
  },
);

export const nightly = probe(
  "probe_nightly",
  "Runs by a schedule.",
  (job, services) => mail(job, services, "mail", "resend"),
  {
    schedules: [{ name: "nightly", cron: "0 2 * * *", payload: { to: "ada@example.com" } }],
  },
);

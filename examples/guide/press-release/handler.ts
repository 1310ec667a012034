import * as z from "zod";

import { EffectRefusedError } from "../../../shared/errors/job-errors.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { pressRelease } from "./definition.ts";

const RELEASES = "https://newswire.example/releases";
const release = z.object({ id: z.string() });

export const handler = jobFunction(pressRelease, async (job) => {
  const { title, text } = job.payload;
  await job.effect("submission", {
    what: title,
    to: "the newswire",
    onUnknown: "review", // each submission costs money: never twice on a guess
    send: async ({ jobId }) => {
      const body = JSON.stringify({ title, text, reference: jobId });
      const answer = await fetch(RELEASES, { method: "POST", body, signal: job.signal });
      // Certainly not taken: refused for good, or for now.
      if (answer.status === 422) throw refused("RELEASE_REFUSED", "The newswire refuses the text.", true);
      if (answer.status === 429) throw refused("NEWSWIRE_BUSY", "The newswire is busy.", false);
      // Nobody knows: a server that fails may have taken it before.
      if (!answer.ok) throw new Error(`The newswire answered ${answer.status}.`);
      return release.parse(await answer.json());
    },
    findReceipt: async () => {
      const answer = await fetch(`${RELEASES}?reference=${job.id}`, { signal: job.signal });
      if (!answer.ok) return { outcome: "unknown" };
      const [found] = z.array(release).parse(await answer.json());
      return found === undefined ? { outcome: "notSent" } : { outcome: "found", id: found.id };
    },
  });
});

const refused = (code: string, message: string, isPermanent: boolean) =>
  new EffectRefusedError(code, message, { isPermanent });

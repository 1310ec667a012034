import { Continue } from "../../../shared/errors/postponements.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { catalogueImport } from "./definition.ts";

const LONGEST_PART_MS = 10_000;

export const handler = jobFunction(catalogueImport, async (job) => {
  const { parts } = job.payload;
  let articles = 0;
  for (const [index, url] of parts.entries()) {
    if (job.timeLeftMs() < LONGEST_PART_MS) throw new Continue(); // the next claim goes on with this part
    articles += await job.step(`part-${index}`, async () => {
      const answer = await fetch(url, { signal: job.signal });
      if (!answer.ok) throw new Error(`The supplier answered ${answer.status}.`);
      return ((await answer.json()) as readonly unknown[]).length;
    });
    await job.progress({ done: index + 1, total: parts.length });
  }
  return { articles };
});

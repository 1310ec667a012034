import { toChild } from "../../../shared/engine/flow/children.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { articleRefresh, shelfRefresh, shopRefresh } from "./definitions.ts";

// #region nested
export const shopRefreshHandler = jobFunction(shopRefresh, async (job) => {
  const { shelves } = job.payload;
  await job.spawnMany(shelves.map((articleIds, index) => toChild(`shelf-${index}`, shelfRefresh, { articleIds })));
  const ended = await job.waitForChildren({ onFailed: "return" }); // a shelf that fails does not end the others
  return { refreshed: ended.filter(({ status }) => status === "completed").length, of: ended.length };
});

export const shelfRefreshHandler = jobFunction(shelfRefresh, async (job) => {
  const { articleIds } = job.payload;
  await job.spawnMany(articleIds.map((articleId) => toChild(articleId, articleRefresh, { articleId })));
  await job.waitForChildren();
});
// #endregion

export const articleRefreshHandler = jobFunction(articleRefresh, async (job) => {
  const { articleId } = job.payload;
  const answer = await fetch(`https://shop.example/articles/${articleId}/refresh`, { signal: job.signal });
  if (!answer.ok) throw new Error(`The shop answered ${answer.status}.`);
});

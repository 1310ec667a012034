import { PermanentError } from "../../../shared/errors/job-errors.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { stockCount } from "./definition.ts";

export const handler = jobFunction(stockCount, async (job, { records }) => {
  const { articleId, counted } = job.payload;
  const key = { kind: "article", id: articleId };
  const article = await records.get(key);
  if (article === undefined) throw new PermanentError("UNKNOWN_ARTICLE", `There is no article ${articleId}.`);
  const isStored = await records.replace(key, article.version, { ...article.body, inStock: counted });
  if (!isStored) throw new Error("Somebody has changed the article meanwhile."); // tried again, with a fresh read
  job.log.info("Stock corrected.", { articleId, counted });
  return { counted };
});

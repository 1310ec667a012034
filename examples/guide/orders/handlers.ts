import * as z from "zod";

import { toChild } from "../../../shared/engine/flow/children.ts";
import { PermanentError } from "../../../shared/errors/job-errors.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { articlePicking, labelPrinting, orderPacking, orderShipping, orderTaking } from "./definitions.ts";

// #region family
const picked = z.object({ weightGrams: z.int() });

export const orderPackingHandler = jobFunction(orderPacking, async (job) => {
  const { orderId, articleIds } = job.payload;
  // By its name, a child is spawned once: the handler begins again from the top each time it has waited.
  await job.spawnMany(articleIds.map((articleId) => toChild(`pick-${articleId}`, articlePicking, { articleId })));
  const articles = await job.waitForChildren();
  const weightGrams = articles.reduce((sum, { result }) => sum + picked.parse(result).weightGrams, 0);

  await job.spawn("label", labelPrinting, { orderId, weightGrams });
  await job.waitForChildren();
  return { weightGrams };
});

export const articlePickingHandler = jobFunction(articlePicking, async (job, { records }) => {
  const { articleId } = job.payload;
  const article = await records.get({ kind: "article", id: articleId });
  if (article === undefined) throw new PermanentError("UNKNOWN_ARTICLE", `There is no article ${articleId}.`);
  return { weightGrams: article.body["weightGrams"] };
});
// #endregion

export const labelPrintingHandler = jobFunction(labelPrinting, async (job) => {
  job.log.info("Label printed.", { orderId: job.payload.orderId, weightGrams: job.payload.weightGrams });
});

// #region after
export const orderTakingHandler = jobFunction(orderTaking, async (job) => {
  const { orderId, articleIds } = job.payload;
  const packing = await job.enqueue(orderPacking, { orderId, articleIds }, { idempotencyKey: orderId });
  await job.enqueue(
    orderShipping,
    { orderId },
    { idempotencyKey: orderId, after: [packing.id], onDependencyFailed: "fail" },
  );
});
// #endregion

export const orderShippingHandler = jobFunction(orderShipping, async (job) => {
  job.log.info("Courier called.", { orderId: job.payload.orderId });
});

import { PermanentError } from "../../../shared/errors/job-errors.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { statement, statementsDone } from "./statements.ts";

export const statementHandler = jobFunction(statement, async (job) => {
  const { customerId } = job.payload;
  if (customerId === "nobody") throw new PermanentError("UNKNOWN_CUSTOMER", `There is no customer ${customerId}.`);
  return { customerId };
});

// #region completion
export const statementsDoneHandler = jobFunction(statementsDone, async (job) => {
  const statements = await job.waitForChildren({ onFailed: "return" }); // all have ended: it does not wait
  const written = statements.filter(({ status }) => status === "completed").length;
  job.log.info("Statements written.", { month: job.payload.month, written, of: statements.length });
  return { written, of: statements.length };
});
// #endregion

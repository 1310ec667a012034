import { changeBroadcast } from "../../shared/broadcast/broadcast-record.ts";
import { reportMail, writeReport } from "../../shared/broadcast/broadcast-report.ts";
import { prepareBroadcast } from "../../shared/broadcast/prepare-broadcast.ts";
import { broadcastPage, email, emailBroadcast } from "../../shared/catalog/messaging.ts";
import { toChild } from "../../shared/engine/flow/children.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";

export const handler = jobFunction(emailBroadcast, async (job, services) => {
  const { broadcastId } = job.payload;
  const { pages } = await prepareBroadcast(services, job.payload, job.id);
  const children = Array.from({ length: pages }, (_, page) =>
    toChild(`p${page}`, broadcastPage, { broadcastId, page }),
  );
  await job.spawnMany(children);
  const ended = await job.waitForChildren({ onFailed: "return" });
  const unfinishedPages = ended.filter(({ status }) => status !== "completed").length;
  const { broadcast, report } = await job.step("report", async () => {
    const known = await prepareBroadcast(services, job.payload, job.id); // cancelled meanwhile, perhaps
    return {
      broadcast: known,
      report: await writeReport(services, { broadcastId, broadcast: known, unfinishedPages }),
    };
  });
  await job.step("end", async () => {
    const stateSince = new Date(services.clock.now()).toISOString();
    await changeBroadcast(services.records, broadcastId, (known) => {
      const isOver = known.state === "running" || known.state === "paused";
      return { ...known, reportKey: report.key, ...(isOver && { state: "done", stateSince }) };
    });
    await job.enqueue(email, reportMail({ broadcastId, broadcast }, report), {
      idempotencyKey: report.key.replaceAll("/", "-"),
    });
  });
  return report;
});

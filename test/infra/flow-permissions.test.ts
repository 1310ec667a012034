import { beforeAll, describe, expect, it } from "@jest/globals";

import { checkCatalog } from "../../infra/check-catalog.ts";
import type { JobLimits } from "../../shared/job/define-job.ts";
import {
  jobdata,
  jobRows,
  keep,
  ownAndNewJobs,
  ownData,
  ownJobs,
  ownLog,
  queryIndex,
  readRecords,
  records,
  sendTo,
} from "./support/expected-permissions.ts";
import { flowCatalog, flowEntry } from "./support/flow-catalog.ts";
import { generatedCatalog } from "./support/generated-catalog.ts";
import { environmentOf, functionNames, permissionsOf, policyLength } from "./support/permissions.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

let app: Synthesised;
beforeAll(async () => {
  app = await synthesised({ catalog: flowCatalog, rules: "cdk-nag" });
});

const roleOf = (functionName: string) => permissionsOf(app.jobs, `backline-${functionName}`);

describe("the role of a type without flow control", () => {
  it("re-reads jobs, looks for open children, and reads pauses and its own payloads", () => {
    expect(roleOf("archive")).toEqual([
      ...ownJobs("JobsArchive"),
      readRecords("receipt", "pause"),
      ...ownData("archive"),
    ]);
  });
});

describe("the role of a type in a flow", () => {
  it("lets a parent enqueue its children, store their payloads and read their results", () => {
    expect(roleOf("campaign")).toEqual([
      ...ownAndNewJobs("JobsCampaign"),
      sendTo("EnqueueJobs", "letter"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/letter"),
      readRecords("receipt", "pause"),
      ...ownData("campaign"),
      jobdata("ReadChildResults", ["GetObject"], "steps/letter"),
    ]);
  });

  it("lets a child wake its possible parents and whatever may wait for it, and take slots of its rate limit", () => {
    expect(roleOf("letter")).toEqual([
      ...ownJobs("JobsLetter"),
      sendTo("WakeWaiters", "campaign", "campaign_report", "newsroom"),
      readRecords("receipt", "pause"),
      keep("KeepLimits", "limit"),
      ...ownData("letter"),
    ]);
  });

  it("lets a type that waits for others read their results, take slots of its concurrency limit, and hand them to the next in line", () => {
    expect(roleOf("campaign_report")).toEqual([
      ...ownJobs("JobsCampaignReport"),
      sendTo("WakeWaiters", "campaign_report"),
      readRecords("receipt", "pause"),
      keep("KeepLimits", "limit"),
      ...ownData("campaign_report"),
      jobdata("ReadChildResults", ["GetObject"], "steps/letter"),
    ]);
  });
});

describe("the role around a prioritised type", () => {
  it("lets its worker find the ready jobs", () => {
    expect(roleOf("press_release")).toEqual([
      ...ownJobs("JobsPressRelease"),
      queryIndex("FindReadyJobs", "ready"),
      keep("KeepLanes", "lane"),
      sendTo("WakeWaiters", "newsroom"),
      readRecords("receipt", "pause"),
      ...ownData("press_release"),
    ]);
  });

  it("lets a type that enqueues it give its jobs their place", () => {
    expect(roleOf("newsroom")).toEqual([
      ...ownAndNewJobs("JobsNewsroom"),
      queryIndex("FindReadyJobs", "ready"),
      keep("KeepLanes", "lane"),
      sendTo("EnqueueJobs", "letter", "press_release"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/letter", "payloads/press_release"),
      readRecords("receipt", "pause"),
      ...ownData("newsroom"),
      jobdata("ReadChildResults", ["GetObject"], "steps/letter", "steps/press_release"),
    ]);
  });

  it("lets its worker put its own rows, with their place and no permit, where it has schedules", () => {
    expect(roleOf("reminder")).toEqual([
      ...ownAndNewJobs("JobsReminder"),
      queryIndex("FindReadyJobs", "ready"),
      keep("KeepLanes", "lane"),
      jobdata("StorePayloads", ["PutObject"], "payloads/reminder"),
      readRecords("receipt", "pause", "schedule"),
      records("WriteRecords", ["PutItem", "UpdateItem"], ["schedule"]),
      ...ownData("reminder"),
    ]);
  });

  it("lets a webhook that enqueues it give its jobs their place, and tells it the bucket of payloads", () => {
    expect(roleOf("webhooks-stripe")).toEqual([
      ownLog("PublicApiStripeWebhook"),
      jobRows("CreateJobRows", ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]),
      queryIndex("FindReadyJobs", "ready"),
      keep("KeepLanes", "lane"),
      sendTo("EnqueueJobs", "stripe_event"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/stripe_event"),
      {
        sid: "ReadSigningSecrets",
        actions: ["secretsmanager:GetSecretValue"],
        on: ["${PublicApiStripeWebhookSecret}"],
      },
    ]);
    expect(environmentOf(app.jobs, "backline-webhooks-stripe")).toMatchObject({ BUCKET_JOBDATA: "<JobdataBucket>" });
  });
});

describe("the size of a role", () => {
  /** Targets of one type, at the longest region, partition and names: each takes 286 characters. */
  const MOST_TARGETS = 27;

  it("stays within IAM's 10,240 characters for each type of the catalog", async () => {
    const { jobs } = await synthesised({ rules: "none" });
    for (const name of functionNames(jobs)) expect([name, policyLength(jobs, name) <= 10_240]).toEqual([name, true]);
  });

  it(`has room for ${MOST_TARGETS} types that one type enqueues`, async () => {
    const types = generatedCatalog(MOST_TARGETS);
    const upkeep = flowEntry("upkeep", { needs: { enqueues: types.map(({ definition }) => definition.type) } });
    const { jobs } = await synthesised({ catalog: [...types, upkeep], rules: "none" });
    expect(policyLength(jobs, "backline-upkeep")).toBeLessThanOrEqual(10_240);
  });
});

describe("a catalog", () => {
  const rate = { name: "newswire", limit: 5, perSeconds: 60 };
  const limited = (type: string, limits: JobLimits<unknown>) => flowEntry(type, { limits });

  it("may not wait for a type that it does not hold", () => {
    expect(() => checkCatalog([flowEntry("report", { needs: { after: ["nobody"] } })], 1)).toThrow(
      '"report": may wait `after` "nobody", which is not in the catalog',
    );
  });

  it.each([
    ["limit", { limit: 6 }, "6 per 60 s with a burst of 1"],
    ["period", { perSeconds: 30 }, "5 per 30 s with a burst of 1"],
    ["burst", { burst: 2 }, "5 per 60 s with a burst of 2"],
  ])("may not give one rate limit another %s in another type", (_, other, numbers) => {
    const types = [limited("first", { rate }), limited("second", { rate: { ...rate, ...other } })];
    expect(() => checkCatalog(types, 1)).toThrow(
      `"first" and "second": share the rate limit "newswire", but the first allows 5 per 60 s with a burst of 1 and the second ${numbers}`,
    );
  });

  it("may not give one concurrency limit another number in another type", () => {
    const types = [1, 3].map((limit) => limited(`type_${limit}`, { concurrency: { name: "browser", limit } }));
    expect(() => checkCatalog(types, 1)).toThrow(
      '"type_1" and "type_3": share the concurrency limit "browser", but the first allows 1 at a time and the second 3 at a time',
    );
  });

  it("may share limits with the same numbers, a burst of 1 being the one by default, and names across the two kinds", () => {
    const types = [
      limited("first", { rate, concurrency: { name: "browser", limit: 1 } }),
      limited("second", { rate: { ...rate, burst: 1 }, concurrency: { name: "browser", limit: 1 } }),
      limited("third", { concurrency: { name: "newswire", limit: 9 } }),
    ];
    expect(() => checkCatalog(types, 1)).not.toThrow();
  });
});

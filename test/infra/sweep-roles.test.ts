import { beforeAll, describe, expect, it } from "@jest/globals";

import { jobdata, keep, ownAndNewJobs, ownData, readRecords, records, sendTo } from "./support/expected-permissions.ts";
import { environmentOf, functionNames, type Permission, permissionsOf } from "./support/permissions.ts";
import { type Synthesised, synthesised } from "./support/synthesised.ts";

let app: Synthesised;
beforeAll(async () => {
  app = await synthesised({ rules: "none" });
});

const ofKinds = (...kinds: string[]) => ({
  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": kinds.map((kind) => `${kind}#*`) },
});

const readLists = (...kinds: string[]): Permission => ({
  sid: "ReadLists",
  actions: ["dynamodb:Query"],
  on: ["<RecordsTableArn>/index/gsi1", "<RecordsTableArn>/index/gsi2"],
  when: ofKinds(...kinds),
});

const permission = (type: string, sid: string): Permission | undefined =>
  permissionsOf(app.jobs, `backline-${type}`).find((found) => found.sid === sid);

/** What each function may do with an action, by the function's name. */
const whoMay = (action: string): Record<string, readonly string[]> =>
  Object.fromEntries(
    functionNames(app.jobs).flatMap((name) => {
      const allowed = permissionsOf(app.jobs, name).filter(({ actions }) => actions.includes(action));
      return allowed.length === 0 ? [] : [[name, allowed.flatMap(({ on }) => on)]];
    }),
  );

describe("a sweep's role", () => {
  it("lets cleanup_old_notifications go through notifications and delete them, and nothing else", () => {
    expect(permissionsOf(app.jobs, "backline-cleanup_old_notifications")).toEqual([
      ...ownAndNewJobs("JobsCleanupOldNotifications"),
      sendTo("WakeWaiters", "cleanup"),
      sendTo("EnqueueJobs", "email"),
      keep("KeepDebounces", "debounce"),
      jobdata("StorePayloads", ["PutObject"], "payloads/email"),
      readRecords("receipt", "pause", "sweep_lock", "settings", "notification"),
      records("WriteRecords", ["PutItem", "UpdateItem"], ["sweep_lock", "notification"]),
      records("RemoveRecords", ["DeleteItem"], ["notification"]),
      readLists("notification"),
      ...ownData("cleanup_old_notifications"),
      jobdata("ReadChildResults", ["GetObject"], "steps/email"),
    ]);
  });

  it("lets store_cleanup delete what it goes through, and read the orders and products that it looks for", () => {
    const removed = [
      "cart_item",
      "order_product",
      "session",
      "password_reset_token",
      "support_attachment",
      "store_log",
    ];
    expect(permission("store_cleanup", "RemoveRecords")?.when).toEqual(ofKinds(...removed));
    expect(permission("store_cleanup", "WriteRecords")?.when).toEqual(ofKinds("sweep_lock", ...removed, "schedule"));
    expect(permission("store_cleanup", "ReadLists")).toEqual(readLists(...removed));
  });

  it("lets a parent enqueue its sweeps and read what they returned, and no record of theirs", () => {
    const sweeps = ["booking_reminders", "payment_reminders"];
    expect(permission("reminders", "EnqueueJobs")).toEqual(sendTo("EnqueueJobs", ...sweeps));
    expect(permission("reminders", "ReadChildResults")).toEqual(
      jobdata("ReadChildResults", ["GetObject"], ...sweeps.map((type) => `steps/${type}`)),
    );
    expect(permission("reminders", "ReadRecords")).toEqual(readRecords("receipt", "pause", "schedule"));
    expect(permission("reminders", "ReadLists")).toBeUndefined();
  });
});

describe("of all functions", () => {
  it("only these may delete records, each of its own kinds", () => {
    const kindsOf = Object.fromEntries(
      functionNames(app.jobs).flatMap((name) =>
        permissionsOf(app.jobs, name)
          .filter(({ actions }) => actions.includes("dynamodb:DeleteItem"))
          .map(({ when }) => [name, when]),
      ),
    );
    expect(kindsOf).toEqual({
      "backline-analytics_aggregation": ofKinds("analytics_draft", "changed_day"),
      "backline-cleanup_expired_otps": ofKinds("one_time_code"),
      "backline-cleanup_old_audit_logs": ofKinds("audit"),
      "backline-cleanup_old_notifications": ofKinds("notification"),
      "backline-store_cleanup": ofKinds(
        "cart_item",
        "order_product",
        "session",
        "password_reset_token",
        "support_attachment",
        "store_log",
      ),
    });
  });

  it("only store_cleanup may delete files, and only attachments", () => {
    expect(whoMay("s3:DeleteObject")).toEqual({ "backline-store_cleanup": ["<AttachmentsBucketArn>/*"] });
  });

  it("none may delete a job's row, a queue or a version of a file", () => {
    for (const action of ["s3:DeleteObjectVersion", "sqs:PurgeQueue", "sqs:DeleteQueue"]) {
      expect(whoMay(action)).toEqual({});
    }
    expect(Object.values(whoMay("dynamodb:DeleteItem")).flat()).not.toContain("<JobsTableArn>");
  });

  it("whoever queries an index of the records is limited to kinds", () => {
    const queries = functionNames(app.jobs)
      .flatMap((name) => permissionsOf(app.jobs, name))
      .filter(({ on }) => on.some((resource) => resource.startsWith("<RecordsTableArn>/index/")));
    expect(queries.length).toBeGreaterThan(0);
    for (const { actions, when } of queries) {
      expect(actions).toEqual(["dynamodb:Query"]);
      expect(when).toEqual({
        "ForAllValues:StringLike": {
          "dynamodb:LeadingKeys": expect.arrayContaining([expect.stringMatching(/^[a-z_]+#\*$/)]),
        },
      });
    }
  });

  it("nobody scans a table", () => {
    expect(whoMay("dynamodb:Scan")).toEqual({});
  });
});

describe("a subscription's grace period", () => {
  it("is known to those who go by it, where the installation says one", async () => {
    const { jobs } = await synthesised({ config: { subscriptionGracePeriodDays: 14 }, rules: "none" });
    const concerned = functionNames(jobs).filter(
      (name) => environmentOf(jobs, name)["SUBSCRIPTION_GRACE_PERIOD_DAYS"] === "14",
    );
    expect(concerned).toEqual(["backline-subscription_expiry_check", "backline-subscription_payment_reminders"]);
  });

  it("is what the sweeps' settings say, or 7 days, where it does not", () => {
    for (const name of functionNames(app.jobs)) {
      expect(environmentOf(app.jobs, name)).not.toHaveProperty("SUBSCRIPTION_GRACE_PERIOD_DAYS");
    }
  });
});

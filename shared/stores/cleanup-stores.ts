import type { SweepPayload } from "../contracts/sweep-payload.ts";
import type { SweepSettings } from "../contracts/sweep-settings.ts";
import type { JobContext } from "../engine/job-context.ts";
import { SKIPPED, type SweepTotals } from "../engine/sweep.ts";
import type { EpochMs } from "../job/job.ts";
import type { Services } from "../lambda/compose-services.ts";
import { passwordResetTokens, sessions } from "../records/short-lived.ts";
import { CART_ITEM_LISTS, cartItems, storeProductKey, storeProducts } from "../records/store-goods.ts";
import { ORDER_PRODUCT_LISTS, orderProducts, storeOrderKey, storeOrders } from "../records/store-order.ts";
import { STORE_LOG_LISTS, storeLogs, SUPPORT_ATTACHMENT_LISTS, supportAttachments } from "../records/store-support.ts";
import { archivePrefix, archiveRecords } from "../sweeps/archive-records.ts";
import { deleteExpired } from "../sweeps/delete-expired.ts";
import { sweepRecords } from "../sweeps/sweep-records.ts";
import { sweepResultOf, type SweepResult } from "../sweeps/sweep-result.ts";
import { sweepOrphans } from "./cleanup-orphans.ts";
import { DAY_MS, HOUR_MS } from "../job/durations.ts";

/** What a clean-up of the stores came to. */
export interface StoreCleanupResult extends SweepResult {
  /** All of `deleted`. */
  readonly deletedCount: number;
  /** The same, as every store sweep says it. */
  readonly processed: number;
  readonly deleted: {
    readonly cartItems: number;
    readonly orderProducts: number;
    readonly sessions: number;
    readonly resetTokens: number;
    readonly attachments: number;
    readonly logs: number;
  };
  /** How the keys begin of the files in the bucket `archives` that hold the deleted log lines; absent where there are none. */
  readonly archivePrefix?: string;
}

/** What is older goes; see `sweepSettings`. */
interface CutOffs {
  readonly carts: EpochMs;
  readonly orphans: EpochMs;
  readonly attachments: EpochMs;
  readonly logs: EpochMs;
}

/** A clean-up at work. */
interface Cleanup {
  readonly job: JobContext<SweepPayload>;
  readonly services: Pick<Services, "records" | "files">;
  readonly asOf: EpochMs;
  readonly cutOffs: CutOffs;
}

/** Deletes what stores need no more, kind by kind, each in a sweep of its own. What could not be deleted stops nothing else. */
export async function cleanUpStores(
  job: JobContext<SweepPayload>,
  services: Pick<Services, "records" | "files" | "sweepSettings">,
  asOf: EpochMs,
): Promise<StoreCleanupResult> {
  // Kept: the bounds of a list that is read over several claims must not move with the settings.
  const cutOffs = await job.step("cut-offs", async () => cutOffsOf((await services.sweepSettings.read()).stores, asOf));
  const cleanup = { job, services, asOf, cutOffs };
  const { records } = services;
  const totals = {
    cartItems: await sweepCartItems(cleanup),
    orderProducts: await sweepOrderProducts(cleanup),
    sessions: await deleteExpired(job, "sessions", { records, model: sessions, asOf }),
    resetTokens: await deleteExpired(job, "reset-tokens", { records, model: passwordResetTokens, asOf }),
    attachments: await sweepAttachments(cleanup),
    logs: await archiveLogs(cleanup),
  };
  return resultOf(cleanup, totals);
}

const cutOffsOf = (settings: SweepSettings["stores"], asOf: EpochMs): CutOffs => ({
  carts: asOf - settings.cartRetentionDays * DAY_MS,
  orphans: asOf - settings.orphanAgeHours * HOUR_MS,
  attachments: asOf - settings.attachmentRetentionDays * DAY_MS,
  logs: asOf - settings.logRetentionDays * DAY_MS,
});

/** Those that nobody has touched for long, and those whose product is gone. */
function sweepCartItems({ job, services: { records }, cutOffs: { carts, orphans } }: Cleanup): Promise<SweepTotals> {
  return sweepOrphans(job, "cart-items", {
    records,
    model: cartItems,
    list: CART_ITEM_LISTS.all,
    to: Math.max(carts, orphans) - 1,
    verdictOf: ({ tenantId, productId, updatedAt }) => {
      const at = Date.parse(updatedAt);
      const whenGone = { kind: storeProducts.kind, ...storeProductKey(tenantId, productId) };
      return at < carts || (at < orphans && { whenGone });
    },
  });
}

/** Those whose order is gone. */
function sweepOrderProducts({ job, services: { records }, cutOffs: { orphans } }: Cleanup): Promise<SweepTotals> {
  return sweepOrphans(job, "order-products", {
    records,
    model: orderProducts,
    list: ORDER_PRODUCT_LISTS.all,
    to: orphans - 1,
    verdictOf: ({ tenantId, orderId, createdAt }) => {
      const whenGone = { kind: storeOrders.kind, ...storeOrderKey(tenantId, orderId) };
      return Date.parse(createdAt) < orphans && { whenGone };
    },
  });
}

/** Of support requests: their files too. */
function sweepAttachments({ job, services, cutOffs: { attachments } }: Cleanup): Promise<SweepTotals> {
  const { records, files } = services;
  return sweepRecords(job, "attachments", {
    records,
    model: supportAttachments,
    list: SUPPORT_ATTACHMENT_LISTS.all,
    to: attachments - 1,
    isDue: ({ createdAt }) => Date.parse(createdAt) < attachments,
    each: async ({ key, version, body }) => {
      await files.remove("attachments", body.fileKey);
      // Died here: the record still leads here, and a file that is gone is deleted once more. The other way round nobody
      // would know of the file.
      return (await supportAttachments.remove(records, key, version)) ? undefined : SKIPPED;
    },
  });
}

/** Old lines of the stores' logs, archived first. */
function archiveLogs({ job, services: { records, files }, asOf, cutOffs: { logs } }: Cleanup): Promise<SweepTotals> {
  return archiveRecords(job, "logs", {
    records,
    files,
    model: storeLogs,
    list: STORE_LOG_LISTS.all,
    to: logs - 1,
    asOf,
    isDue: ({ at }) => Date.parse(at) < logs,
  });
}

type Totals = Record<keyof StoreCleanupResult["deleted"], SweepTotals>;

function resultOf({ job, asOf }: Cleanup, totals: Totals): StoreCleanupResult {
  const all = Object.values(totals);
  const deletedCount = all.reduce((sum, { done }) => sum + done, 0);
  const hasArchived = totals.logs.done > 0 && !job.payload.dryRun;
  return {
    ...sweepResultOf(...all),
    deletedCount,
    processed: deletedCount,
    deleted: {
      cartItems: totals.cartItems.done,
      orderProducts: totals.orderProducts.done,
      sessions: totals.sessions.done,
      resetTokens: totals.resetTokens.done,
      attachments: totals.attachments.done,
      logs: totals.logs.done,
    },
    ...(hasArchived && { archivePrefix: archivePrefix(storeLogs.kind, asOf, job.id) }),
  };
}

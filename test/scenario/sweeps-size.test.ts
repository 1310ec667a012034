import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";

import { expect, it } from "@jest/globals";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** A fiftieth of what `npm run sweeps:check` checks, without the comparison with a smaller table. */
const SCALE = ["--bookings", "2000", "--due", "100", "--tenants", "200", "--due-tenants", "10", "--failing", "0.05"];

it("sweeps 2,000 bookings and 200 tenants over several claims, with 5 % of what is due broken, and nothing twice", async () => {
  const command = ["--import", "tsx", "bench/sweeps.ts", ...SCALE, "--no-tenth", "--one-process", "--json"];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: ROOT });
  const { problems, sweeps } = JSON.parse(stdout) as { problems: string[]; sweeps: { type: string; claims: number }[] };
  expect(problems).toEqual([]);
  expect(sweeps.map(({ type, claims }) => [type, claims])).toEqual([
    ["cleanup_stale_bookings", 3],
    ["booking_reminders", 3],
    ["payment_reminders", 3],
    ["cleanup_old_notifications", 3],
    ["subscription_expiry_check", 3],
    ["subscription_payment_reminders", 3],
  ]);
  expect(sweeps).toContainEqual(
    expect.objectContaining({
      type: "cleanup_stale_bookings",
      result: expect.objectContaining({ success: false, cancelledCount: 95, errorCount: 5 }),
      unitsPerDueItem: { reads: expect.any(Number), writes: expect.any(Number) },
    }),
  );
}, 120_000);

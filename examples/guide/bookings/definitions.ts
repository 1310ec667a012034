import * as z from "zod";

import { identifier } from "../../../shared/contracts/fields.ts";
import { defineJob } from "../../../shared/job/define-job.ts";
import { exponential } from "../../../shared/job/retry-policy.ts";

const retry = { maxAttempts: 5, backoff: exponential() };
const run = { timeoutSeconds: 30, memoryMb: 256, batchSize: 1 };

export const bookingMade = defineJob({
  type: "booking_made",
  summary: "Plans what follows from a booking.",
  payload: z.object({ bookingId: identifier, roomId: identifier, startsAt: z.int() }),
  retry,
  run,
  needs: { enqueues: ["booking_reminder", "calendar_update"] },
});

export const bookingReminder = defineJob({
  type: "booking_reminder",
  summary: "Reminds a guest of the day before.",
  payload: z.object({ bookingId: identifier }),
  retry,
  run,
  needs: { records: { booking: "read" } },
});

export const calendarUpdate = defineJob({
  type: "calendar_update",
  summary: "Puts a room's bookings into its public calendar.",
  payload: z.object({ roomId: identifier }),
  retry,
  run,
});

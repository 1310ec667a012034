import { runParts } from "../../shared/bookings/run-parts.ts";
import { bookingReminders, paymentReminders, reminders } from "../../shared/catalog/bookings.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";

export const handler = jobFunction(reminders, (job, { clock }) =>
  runParts(job, clock, {
    bookingReminders: { definition: bookingReminders, count: "sent", countOf: "remindersSent" },
    paymentReminders: { definition: paymentReminders, count: "sent", countOf: "remindersSent" },
  }),
);

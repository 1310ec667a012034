import {
  crashAfter,
  crashBefore,
  runJob,
  type AnyTested,
  type MailAttempt,
  type MailOutcome,
} from "../../testing/index.ts"; // before the handlers
import { expect, it } from "@jest/globals";

import { handler as broadcastPage } from "../../functions/messaging/broadcast-page.ts";
import { handler as emailBroadcast } from "../../functions/messaging/email-broadcast.ts";
import { moveBroadcast } from "../../shared/broadcast/broadcast-record.ts";
import { recipientIdOf } from "../../shared/contracts/recipient-id.ts";

const RECIPIENTS = 500;
const people = Array.from({ length: RECIPIENTS }, (_, index) => `p${index + 1}@example.com`);
/** Each twenty-fifth is on the list: those that have bounced, and those that have left. */
const suppressed = people.filter((_, index) => index % 25 === 0);
const listed = suppressed.map((email, index) => ({
  kind: "suppression",
  id: recipientIdOf(email),
  body:
    index % 2 === 0
      ? { all: { reason: "hard_bounce", at: "2025-12-01T00:00:00Z" } }
      : { marketing: { reason: "unsubscribed", at: "2025-12-01T00:00:00Z" } },
}));

/** One in a hundred: SES fails (nobody knows what it did), takes the mail and its answer is lost, or wants less haste. */
const TROUBLES: readonly MailOutcome[] = ["timeout", "lost", "throttled"];
const troubleOf = ({ number }: MailAttempt): MailOutcome =>
  number % 100 === 40 ? (TROUBLES[Math.floor(number / 100) % TROUBLES.length] ?? "sent") : "sent";

/** The page's handler; after half of the mails somebody pauses the broadcast, and resumes it two hours later. */
function pausedInTheMiddle(): AnyTested {
  const { definition, handle } = broadcastPage;
  let turns = 0;
  let resumeAt = Number.POSITIVE_INFINITY;
  return {
    definition,
    handle: async (job: Parameters<typeof handle>[0], services) => {
      const { mailPace, records, clock } = services;
      const at = () => new Date(clock.now()).toISOString();
      if (clock.now() >= resumeAt) {
        resumeAt = Number.POSITIVE_INFINITY;
        await moveBroadcast(records, "spring", "resume", at());
      }
      const turn: typeof mailPace.turn = async (wanted) => {
        turns += 1;
        if (turns === RECIPIENTS / 2) {
          await moveBroadcast(records, "spring", "pause", at());
          resumeAt = clock.now() + 2 * 60 * 60_000;
        }
        return mailPace.turn(wanted);
      };
      return handle(job, { ...services, mailPace: { turn } });
    },
  };
}

it("mails each of 500 once, whatever becomes of sends, with two kills and a pause, and nobody on the list", async () => {
  const csv = ["email", ...people, ""].join("\n");
  const run = await runJob(
    emailBroadcast,
    {
      broadcastId: "spring",
      audience: { csv: "audiences/spring.csv" },
      mail: { type: "marketing", data: { subject: "Spring", heading: "New glazes", paragraphs: ["Come and see."] } },
    },
    {
      files: [{ bucket: "broadcasts", key: "audiences/spring.csv", body: csv }],
      records: listed,
      others: [pausedInTheMiddle()],
      mail: troubleOf,
      mailTurnsMs: () => 2, // 500 a second
      faults: [crashAfter("mailer.send", 77), crashBefore("mailer.send", 350)],
    },
  );
  expect(run.status).toBe("completed");
  const expected = people.filter((email) => !suppressed.includes(email));
  expect(run.mails.map(({ to }) => to).toSorted()).toEqual(expected.toSorted());
  const statuses = run.records
    .filter(({ kind, part }) => kind === "broadcast" && part !== "-")
    .map(({ body }) => body["status"]);
  expect(statuses.filter((status) => status === "not_sent")).toHaveLength(suppressed.length);
  expect(statuses.filter((status) => status === "sent")).toHaveLength(expected.length);
}, 120_000);

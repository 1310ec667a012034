import type { BroadcastAudience, BroadcastPayload } from "../contracts/broadcast.ts";
import { PermanentError } from "../errors/job-errors.ts";
import { isMissingFile } from "../errors/missing-file.ts";
import type { Services } from "../lambda/compose-services.ts";
import type { Audience } from "./audience.ts";
import { contentHashOf, storePages } from "./broadcast-files.ts";
import { changeBroadcast, createBroadcast, readBroadcast, type Broadcast } from "./broadcast-record.ts";
import { readCsvAudience } from "./csv-audience.ts";
import { readCustomerAudience } from "./customer-audience.ts";

/** More would not fit the lists that a report goes through; split the audience. */
const MOST_RECIPIENTS = 200_000;

type Needed = Pick<Services, "files" | "records" | "settings" | "clock">;

/**
 * Fixes whom a broadcast goes to, once: its record names the pages, and whoever comes later takes those.
 *
 * ```
 * read the audience ──► pages into a folder of their own ──► record
 * died before the record:  the next attempt reads the audience again, whatever it is by then
 * died after it:           the next attempt finds the record, and reads no audience
 * ```
 *
 * @throws PermanentError `BROADCAST_CHANGED`, or what is wrong with the audience: codes begin with `AUDIENCE_`.
 */
export async function prepareBroadcast(services: Needed, payload: BroadcastPayload, jobId: string): Promise<Broadcast> {
  const { records } = services;
  const known = await readBroadcast(records, payload.broadcastId);
  const broadcast = known?.body ?? (await recordBroadcast(services, payload, jobId));
  if (broadcast.contentHash !== contentHashOf(payload)) {
    throw new PermanentError(
      "BROADCAST_CHANGED",
      "There is a broadcast with this id, with another mail or audience. Give yours an id of its own.",
    );
  }
  return broadcast.jobId === jobId ? broadcast : takenOver(services, payload.broadcastId, jobId, broadcast);
}

/** A job after the first one, over the same broadcast: it runs again, for those who are not on record yet. */
async function takenOver(
  { records, clock }: Needed,
  broadcastId: string,
  jobId: string,
  broadcast: Broadcast,
): Promise<Broadcast> {
  const stateSince = new Date(clock.now()).toISOString();
  const changed = await changeBroadcast(records, broadcastId, (known) => {
    const isAgain = known.state === "done" ? ({ state: "running", stateSince } as const) : {};
    return known.jobId === jobId ? known : { ...known, ...isAgain, jobId };
  });
  return changed ?? broadcast;
}

async function recordBroadcast(services: Needed, payload: BroadcastPayload, jobId: string): Promise<Broadcast> {
  const { files, records, clock } = services;
  const { broadcastId, mail } = payload;
  const { recipients, duplicates, invalid, invalidLines } = checked(await readAudience(services, payload.audience));
  const pages = await storePages(files, payload, recipients);
  const startedAt = new Date(clock.now()).toISOString();
  // Died here: pages that no record names; they go with their bucket's lifetime.
  return createBroadcast(records, broadcastId, {
    state: "running",
    stateSince: startedAt,
    audience: payload.audience,
    mail: { type: mail.type, subject: mail.data.subject },
    contentHash: contentHashOf(payload),
    ...pages,
    recipients: recipients.length,
    duplicates,
    invalid,
    invalidLines: [...invalidLines],
    startedAt,
    jobId,
  });
}

async function readAudience({ files, records, settings }: Needed, audience: BroadcastAudience): Promise<Audience> {
  if ("csv" in audience) return readCsvAudience(await readFile(files, audience.csv));
  const { locale } = await settings.read();
  return readCustomerAudience(records, { filter: audience.customers, defaultLocale: locale });
}

async function readFile(files: Services["files"], key: string): Promise<Uint8Array> {
  try {
    return await files.get("broadcasts", key);
  } catch (error) {
    if (!isMissingFile(error)) throw error;
    const message = `There is no file ${key} in the \`broadcasts\` bucket. Store it there, then replay the job.`;
    throw new PermanentError("AUDIENCE_MISSING", message, { cause: error });
  }
}

function checked(audience: Audience): Audience {
  const { recipients, invalid } = audience;
  if (recipients.length === 0) {
    throw new PermanentError(
      "AUDIENCE_EMPTY",
      `There is nobody to mail; ${invalid} rows were left out because they are not right. Correct the audience, then replay the job.`,
    );
  }
  if (recipients.length > MOST_RECIPIENTS) {
    throw new PermanentError(
      "AUDIENCE_TOO_LARGE",
      `The audience has ${recipients.length} people; a broadcast goes to ${MOST_RECIPIENTS} at most. Split it, by tags or countries say.`,
    );
  }
  return audience;
}

import { contentHashOf } from "../../shared/broadcast/broadcast-files.ts";
import type { Broadcast } from "../../shared/broadcast/broadcast-record.ts";
import { broadcastPayload } from "../../shared/contracts/broadcast.ts";
import { rootIdOf } from "./root-job.ts";
import type { Subject } from "./subject.ts";

const BEGAN = "2026-01-01T00:00:00.000Z";
const PAGES = [
  ["ada", "bob"],
  ["eve", "zoe"],
].map((names) => names.map((name) => ({ email: `${name}@example.com` })));
const PAGES_KEY = "pages/spring-2026/two-small-ones";

/**
 * A broadcast whose audience is already fixed, in two pages of two: real pages hold fifty at least, too many for
 * schedules. And the same with its job's type paused at first.
 */
export function broadcastsOf(subject: Subject): Subject[] {
  const payload = broadcastPayload.parse(subject.payload);
  const { broadcastId, audience, mail } = payload;
  const body: Broadcast = {
    state: "running",
    stateSince: BEGAN,
    audience,
    mail: { type: mail.type, subject: mail.data.subject },
    contentHash: contentHashOf(payload),
    pagesKey: PAGES_KEY,
    pages: PAGES.length,
    recipients: PAGES.flat().length,
    duplicates: 0,
    invalid: 0,
    invalidLines: [],
    startedAt: BEGAN,
    jobId: rootIdOf(subject),
  };
  const fileOf = (name: string, content: unknown) => ({
    bucket: "broadcasts",
    key: `${PAGES_KEY}/${name}.json`,
    text: JSON.stringify(content),
  });
  const prepared: Subject = {
    ...subject,
    name: `${subject.name}/two-pages`,
    isLong: true,
    files: [...PAGES.map((page, number) => fileOf(`${number}`, page)), fileOf("mail", mail)],
    records: [...subject.records, { kind: "broadcast", id: broadcastId, body }],
  };
  return [prepared, { ...prepared, name: `${subject.name}/paused`, pause: { from: "start", forMs: 2 * 60_000 } }];
}

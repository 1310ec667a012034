import type { Clock } from "../ports/clock.ts";
import type { HttpAnswer } from "../lambda/http-function.ts";
import type { Links } from "../ports/links.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { SettingsReader } from "../records/settings-cache.ts";
import { followFileLink, type LinkedFile } from "./file-links.ts";
import { linkPage } from "./link-page.ts";

export interface FileAnswerPorts {
  readonly links: Links;
  readonly records: RecordStore;
  readonly settings: SettingsReader;
  readonly clock: Clock;
  /** A URL that gives the file for a minute. */
  readonly presign: (file: LinkedFile) => Promise<string>;
}

/**
 * What `GET /files/{token}` answers: 302 to the file, 410 for a link that is over, and 404 for whatever we have not signed,
 * before any record is read.
 */
export async function fileAnswer(ports: FileAnswerPorts, token: string): Promise<HttpAnswer> {
  const { links, records, clock, presign } = ports;
  const id = await links.verify("file", token);
  if (id === undefined) return { status: 404, html: NOT_FOUND };
  const followed = await followFileLink(records, id, clock.now());
  if (followed.state === "over") return { status: 410, html: await overPage(ports) };
  return { status: 302, location: await presign(followed.file) };
}

const NOT_FOUND = linkPage({
  title: "There is nothing here",
  paragraphs: ["The address is not complete. Copy the whole link from the mail, or ask whoever sent it."],
});

async function overPage({ settings }: Pick<FileAnswerPorts, "settings">): Promise<string> {
  return linkPage({
    title: "This link is no longer valid",
    paragraphs: ["Links to files are valid for seven days.", await whomToAsk(settings)],
  });
}

/** Whoever follows an old link shall know whom to ask; but an answer without a name is better than none. */
async function whomToAsk(settings: SettingsReader): Promise<string> {
  try {
    const { name, email } = await settings.read();
    return `Write to ${name} (${email.support}) for a new one.`;
  } catch {
    return "Ask whoever sent the mail for a new one.";
  }
}

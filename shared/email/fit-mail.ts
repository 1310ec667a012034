import { PermanentError } from "../errors/job-errors.ts";
import { createFileLink } from "../links/file-links.ts";
import { composeMail, type MailAttachment } from "./compose-mail.ts";
import type { FileLink } from "./mail-template.ts";
import { senderOf, type MailServices, type MailToSend } from "./mail-to-send.ts";

/** Bytes of files and images that become 9.6 MB in base64, which leaves room for the words. */
const MOST_ATTACHED_BYTES = 7_000_000;
/** SendRawEmail takes 10 MB, all of it counted (SES's quotas; the larger of its two megabytes may be meant). */
const LARGEST_MAIL_BYTES = 10_000_000;

export interface FittedMail {
  readonly subject: string;
  readonly raw: Uint8Array;
}

/**
 * Writes a mail that SES takes: the largest of its files become links until the rest fits in.
 *
 * @throws PermanentError `MAIL_TOO_LARGE` when nothing that is left can become a link; MailRefusedError.
 */
export async function fitMail(
  { records, links, clock }: Pick<MailServices, "records" | "links" | "clock">,
  jobId: string,
  mail: MailToSend,
): Promise<FittedMail> {
  const linkTo = async ({ filename, contentType, content, stored }: StoredAttachment): Promise<FileLink> => {
    const file = { ...stored, filename, contentType };
    const { id, until } = await createFileLink(records, { jobId, file, now: clock.now() });
    // Died here: the record waits for the next attempt, which makes the same link.
    const day = new Intl.DateTimeFormat("en-CA", { timeZone: mail.settings.timeZone }).format(Date.parse(until));
    return { filename, url: await links.url("file", id), sizeBytes: content.length, until: day };
  };
  let { attached, linked } = withinLimit({ attached: mail.attachments ?? [], linked: [] });
  for (;;) {
    const { subject, html, text } = await mail.render(await Promise.all(linked.map(linkTo)));
    const raw = await composeMail({
      ...headOf(mail, clock.now()),
      subject,
      html,
      text,
      attachments: attached,
    });
    if (raw.length <= LARGEST_MAIL_BYTES) return { subject, raw };
    // The words are many: a smaller file may still make the room.
    const next = largestStored(attached);
    if (next === undefined) throw tooLarge(raw.length);
    ({ attached, linked } = moved({ attached, linked }, next));
  }
}

type StoredAttachment = MailAttachment & Required<Pick<MailAttachment, "stored">>;

/** A mail's files: those that go with it, and those that it only names. */
interface Files {
  readonly attached: readonly MailAttachment[];
  readonly linked: readonly StoredAttachment[];
}

function withinLimit(files: Files): Files {
  const sizeBytes = files.attached.reduce((sum, { content }) => sum + content.length, 0);
  if (sizeBytes <= MOST_ATTACHED_BYTES) return files;
  const next = largestStored(files.attached);
  if (next === undefined) throw tooLarge(sizeBytes);
  return withinLimit(moved(files, next));
}

const isStored = (file: MailAttachment): file is StoredAttachment =>
  file.stored !== undefined && file.contentId === undefined;

function largestStored(files: readonly MailAttachment[]): StoredAttachment | undefined {
  return files.filter(isStored).toSorted((one, other) => other.content.length - one.content.length)[0];
}

const moved = ({ attached, linked }: Files, file: StoredAttachment): Files => ({
  attached: attached.filter((each) => each !== file),
  linked: [...linked, file],
});

const tooLarge = (sizeBytes: number) =>
  new PermanentError(
    "MAIL_TOO_LARGE",
    `The mail would have ${sizeBytes} bytes and nothing in it can become a link: SES takes 10 MB, about 7 MB of files. ` +
      "Make its files smaller, or store them in a bucket and say so in `stored`; then replay the job.",
  );

/** Sender, recipient, and what mail programs want to know. */
function headOf(mail: MailToSend, now: number) {
  const { to, settings, broadcast } = mail;
  return {
    from: senderOf(mail),
    to,
    replyTo: settings.email.support,
    date: new Date(now),
    headers:
      broadcast === undefined
        ? { "Auto-Submitted": "auto-generated" } // RFC 3834: nobody's out-of-office note answers it
        : unsubscribeHeaders(broadcast.unsubscribeUrl),
  };
}

/** RFC 8058: one click in the mail program, without a page. SES's DKIM signature covers both, as it must. */
const unsubscribeHeaders = (url: string) => ({
  "List-Unsubscribe": `<${url}>`,
  "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
});

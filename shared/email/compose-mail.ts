import MailComposer from "nodemailer/lib/mail-composer";

import type { BucketName } from "../contracts/buckets.ts";
import { hasControlCharacters } from "../contracts/fields.ts";
import { PermanentError } from "../errors/job-errors.ts";
import { type Mailbox, mailboxProblem, parseMailbox } from "./mailbox.ts";

/** A file that goes with a mail: bytes only, never a path or URL that somebody would have to read. */
export interface MailAttachment {
  readonly filename: string;
  /** Media type such as `application/pdf`. */
  readonly contentType: string;
  readonly content: Uint8Array;
  /** For an image that the HTML shows as `cid:<this>`; it is no attachment then. */
  readonly contentId?: string;
  /** Where the file lies, for a link in its place when it is too large for a mail. */
  readonly stored?: { readonly bucket: BucketName; readonly key: string };
}

export interface MailMessage {
  /** `name@host`, `Name <name@host>` or both parts apart; exactly one address each. */
  readonly from: Mailbox | string;
  readonly to: Mailbox | string;
  readonly replyTo?: Mailbox | string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly attachments?: readonly MailAttachment[];
  /** Further headers, such as `Auto-Submitted` and `List-Unsubscribe`; those that this module writes itself are refused. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The `Date` header; now when left out. */
  readonly date?: Date;
}

/** A mail that must not be composed as it is. Retrying cannot help: mend the data that `problems` names. */
export class MailRefusedError extends PermanentError {
  /** Everything that is wrong; fields by name, never their content, which is personal data. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      "MAIL_REFUSED",
      `The mail cannot be composed: ${problems.join("; ")}. Correct these fields and enqueue the mail again.`,
    );
    this.problems = problems;
  }
}

const MEDIA_TYPE = /^[a-z]+\/[a-z0-9.+-]+$/i;
/** A part of `msg-id` (RFC 5322, 3.6.4) that needs no quotes. */
const CONTENT_ID = /^[A-Za-z0-9_.+-]{1,100}(?:@[A-Za-z0-9.-]{1,100})?$/;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,75}$/;

/** Headers that follow from the message's own fields, or would add recipients. */
const OWN_HEADERS: ReadonlySet<string> = new Set(
  (
    "from sender to cc bcc reply-to subject date message-id mime-version " +
    "content-type content-transfer-encoding content-disposition return-path"
  ).split(" "),
);

/**
 * Writes a mail as raw MIME (RFC 5322), for SES's SendRawEmail or any SMTP server: text and HTML as alternatives, images
 * that the HTML shows related to it (RFC 2387), files beside them, lines ended by CRLF. Text outside ASCII in headers is encoded by RFC 2047.
 *
 * The `Message-ID` is random and ends in the sender's domain. SES replaces it with its own, so nothing is found by it.
 *
 * @throws MailRefusedError listing every field that is not safe to send.
 */
export async function composeMail(message: MailMessage): Promise<Uint8Array> {
  const { from, to, replyTo } = checked(message);
  const { subject, html, text, attachments = [], headers = {}, date } = message;
  const composer = new MailComposer({
    from,
    to,
    ...(replyTo && { replyTo }),
    ...(date && { date }),
    subject,
    html,
    text,
    headers: { ...headers },
    attachments: attachments.map((file) => ({ ...described(file), content: bytesOf(file) })),
    newline: "windows",
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

/** Only the fields we know: an object from elsewhere may carry `path` or `href`, which nodemailer would read. */
function described({ filename, contentType, contentId }: MailAttachment) {
  return contentId === undefined
    ? { filename, contentType, contentDisposition: "attachment" as const }
    : { filename, contentType, contentDisposition: "inline" as const, cid: contentId };
}

/** The same bytes, not a copy: files may be large. */
const bytesOf = ({ content: { buffer, byteOffset, byteLength } }: MailAttachment): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

interface Parties {
  readonly from: AddressObject;
  readonly to: AddressObject;
  readonly replyTo: AddressObject | undefined;
}

/** nodemailer's form of a mailbox; the name is required there. */
interface AddressObject {
  readonly name: string;
  readonly address: string;
}

function checked(message: MailMessage): Parties {
  const problems = [...headerProblems(message), ...attachmentProblems(message.attachments ?? [])];
  const mailbox = (field: "from" | "to" | "replyTo", value: Mailbox | string): AddressObject => {
    const parsed = typeof value === "string" ? parseMailbox(value) : value;
    const problem = parsed === undefined ? "is not exactly one plain address" : mailboxProblem(parsed);
    if (problem !== undefined) problems.push(`\`${field}\` ${problem}`);
    return { name: parsed?.name ?? "", address: parsed?.address ?? "" };
  };
  const parties = {
    from: mailbox("from", message.from),
    to: mailbox("to", message.to),
    replyTo: message.replyTo === undefined ? undefined : mailbox("replyTo", message.replyTo),
  };
  if (problems.length > 0) throw new MailRefusedError(problems);
  return parties;
}

function headerProblems({ subject, headers = {} }: MailMessage): string[] {
  const problems: string[] = [];
  if (subject.trim() === "") problems.push("`subject` is empty");
  if (hasControlCharacters(subject)) problems.push("`subject` has a line break or control character");
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) problems.push("a header's name is not a header name");
    else if (OWN_HEADERS.has(name.toLowerCase())) problems.push(`header \`${name}\` is set by the mail's own fields`);
    else if (hasControlCharacters(value)) problems.push(`header \`${name}\` has a line break or control character`);
  }
  return problems;
}

function attachmentProblems(attachments: readonly MailAttachment[]): string[] {
  const contentIds = attachments.flatMap(({ contentId }) => contentId ?? []);
  const isTwice = new Set(contentIds).size < contentIds.length;
  const ofAll = isTwice ? ["two attachments have the same `contentId`"] : [];
  return [...ofAll, ...attachments.flatMap(problemsOfOne)];
}

function problemsOfOne({ filename, contentType, content, contentId }: MailAttachment, index: number): string[] {
  const problems: string[] = [];
  const problem = (field: string, what: string) => problems.push(`attachment ${index + 1}'s \`${field}\` ${what}`);
  const isPlainName = filename.trim() !== "" && !hasControlCharacters(filename) && !/[/\\]/.test(filename);
  if (!isPlainName) problem("filename", "is not a plain file name");
  if (!MEDIA_TYPE.test(contentType)) problem("contentType", "is not a media type");
  if (!(content instanceof Uint8Array)) problem("content", "is not bytes");
  if (contentId !== undefined && !CONTENT_ID.test(contentId)) problem("contentId", "is not a content id");
  return problems;
}

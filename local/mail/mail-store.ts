import { EventEmitter } from "node:events";

import PostalMime, { type Email } from "postal-mime";

/** One mail as SES took it over. */
export interface Mail {
  readonly messageId: string;
  /** When SES accepted it. */
  readonly at: Date;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  /** SES message tags, with which events lead back to the job. */
  readonly tags: Readonly<Record<string, string>>;
  readonly configurationSet: string | undefined;
  /** Physical name of the function that sent it; undefined when a person's program did. */
  readonly functionName: string | undefined;
  /** The whole MIME message, byte by byte. */
  readonly raw: Buffer;
}

/** Every mail that was sent since the start, oldest first. */
export class MailStore {
  readonly #mails: Mail[] = [];
  readonly #events = new EventEmitter<{ mail: [Mail] }>();

  add(mail: Mail): void {
    this.#mails.push(mail);
    this.#events.emit("mail", mail);
  }

  all(): readonly Mail[] {
    return [...this.#mails];
  }

  find(messageId: string): Mail | undefined {
    return this.#mails.find((mail) => mail.messageId === messageId);
  }

  onMail(listener: (mail: Mail) => void): void {
    this.#events.on("mail", listener);
  }
}

/** The parts of a message; never throws on a broken one, shows what can be read. */
export function parseMime(raw: Buffer): Promise<Email> {
  return PostalMime.parse(raw, { attachmentEncoding: "arraybuffer" });
}

/** Plain addresses of a header's mailboxes, groups unrolled. */
export function addressesOf(mailboxes: Email["to"]): string[] {
  return (mailboxes ?? []).flatMap(({ address, group }) =>
    group === undefined ? (address ?? []) : group.map((member) => member.address ?? ""),
  );
}

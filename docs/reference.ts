/** Makes `docs/reference.md` of what the public files export. A new public file is one more row of `ENTRIES`. */
import { fileURLToPath } from "node:url";

import Slugger from "github-slugger";

import { declarationsOf, type Declaration, type DocumentedMember } from "./declarations.ts";
import { pageLines } from "./page-lines.ts";

export interface ReferenceEntry {
  readonly title: string;
  /** From the repository's root. */
  readonly file: string;
  /** What is shown of the file, in this order; everything it exports when left out. */
  readonly names?: readonly string[];
}

export const ENTRIES: readonly ReferenceEntry[] = [
  { title: "Defining a job type", file: "shared/job/define-job.ts" },
  {
    title: "Retries and backoff",
    file: "shared/job/retry-policy.ts",
    names: ["Backoff", "RetryPolicy", "fixed", "linear", "exponential"],
  },
  { title: "Schedules", file: "shared/job/schedule.ts" },
  { title: "A job type's function", file: "shared/lambda/job-function.ts" },
  { title: "What a function is made of", file: "shared/lambda/compose-engine.ts", names: ["Engine"] },
  { title: "The job in a handler", file: "shared/engine/job-context.ts", names: ["JobContext"] },
  {
    title: "Children",
    file: "shared/engine/flow/children.ts",
    names: ["Child", "toChild", "SpawnOptions", "WaitOptions", "ChildOutcome"],
  },
  { title: "Sweeps", file: "shared/engine/sweep.ts", names: ["Sweep", "SweepPage", "ItemContext", "SweepTotals"] },
  { title: "Effects", file: "shared/engine/effects.ts", names: ["EffectOptions", "ReceiptSearch"] },
  { title: "Progress", file: "shared/engine/notes.ts", names: ["ProgressUpdate"] },
  { title: "Log lines", file: "shared/ports/log.ts" },
  { title: "Ways to run later", file: "shared/errors/postponements.ts" },
  { title: "What a handler may use besides", file: "shared/lambda/compose-services.ts", names: ["Services"] },
  { title: "Files", file: "shared/ports/file-store.ts" },
  { title: "Business records", file: "shared/ports/record-store.ts" },
  { title: "Lists of records", file: "shared/job/record-lists.ts" },
  { title: "Models of records", file: "shared/records/record-model.ts" },
  { title: "A record as it was read", file: "shared/records/record.ts", names: ["Parsed", "ReadRecord"] },
  { title: "Pages of the web", file: "shared/ports/page-fetcher.ts" },
  { title: "Sending a mail", file: "shared/email/send-mail.ts", names: ["sendMail", "MailOutcome", "MailEffect"] },
  { title: "Why a mail was not sent", file: "shared/records/suppression.ts", names: ["NotSent"] },
  { title: "A mail to send", file: "shared/email/mail-to-send.ts", names: ["MailToSend", "MailServices"] },
  { title: "A mail of one of the kinds", file: "shared/email/mail-of-kind.ts" },
  { title: "Kinds of mail", file: "shared/contracts/mail-kinds.ts", names: ["MailKind", "MailData"] },
  { title: "Templates", file: "shared/email/mail-template.ts" },
  { title: "Mailboxes", file: "shared/email/mailbox.ts", names: ["Mailbox"] },
  { title: "Settings", file: "shared/records/settings-cache.ts", names: ["SettingsReader"] },
  {
    title: "The sweeps' settings",
    file: "shared/records/sweep-settings.ts",
    names: ["SweepSettingsReader", "EffectiveSweepSettings"],
  },
  { title: "What of them is stored", file: "shared/contracts/sweep-settings.ts", names: ["SweepSettings"] },
  { title: "The seller's settings", file: "shared/contracts/seller.ts", names: ["sellerSettings", "SellerSettings"] },
  { title: "Writing a mail", file: "shared/email/compose-mail.ts" },
  { title: "Time", file: "shared/ports/clock.ts" },
  { title: "Mails", file: "shared/ports/mailer.ts" },
  { title: "The account's pace", file: "shared/ports/mail-pace.ts" },
  { title: "Signed links", file: "shared/ports/links.ts" },
  { title: "WhatsApp and SMS", file: "shared/ports/messenger.ts" },
  { title: "Reported receipts", file: "shared/ports/receipt-store.ts" },
  { title: "What to enqueue, and how", file: "shared/engine/enqueue.ts", names: ["Enqueue", "Enqueued"] },
  { title: "Options of an enqueue", file: "shared/engine/new-job.ts", names: ["EnqueueOptions", "Debounce"] },
  {
    title: "Batches",
    file: "shared/engine/flow/batch.ts",
    names: ["Batch", "Completion", "CompletionOptions", "EnqueuedBatch", "BatchConflictError"],
  },
  { title: "Errors", file: "shared/errors/job-errors.ts" },
  { title: "What all errors have", file: "shared/errors/backline-error.ts" },
  {
    title: "Words of a job's row",
    file: "shared/job/job.ts",
    names: ["EpochMs", "Receipt", "OnDependencyFailed", "Progress", "SweepState", "SweepCounts", "SweepError"],
  },
  {
    title: "States",
    file: "shared/job/job-state.ts",
    names: ["JobStatus", "JOB_STATUSES", "EndStatus", "TERMINAL_STATUSES"],
  },
  { title: "Buckets", file: "shared/contracts/buckets.ts", names: ["BucketName", "BUCKETS"] },
  { title: "The client", file: "client/index.ts" },
  { title: "The client's stack", file: "client/open-stack.ts", names: ["StackSettings"] },
  { title: "The client's lists", file: "shared/engine/insight/job-query.ts", names: ["JobQuery"] },
  { title: "The testing kit", file: "testing/index.ts" },
  { title: "The testing kit's mails", file: "test/support/memory-mailer.ts", names: ["SentMail"] },
];

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Section extends ReferenceEntry {
  readonly anchor: string;
  readonly items: readonly Item[];
}

/** A declaration under its heading, or, where an earlier section has it, a link to it. */
interface Item {
  readonly declaration: Declaration;
  readonly anchor: string;
  readonly isRepeated: boolean;
}

export function referencePage(entries: readonly ReferenceEntry[] = ENTRIES, root = ROOT): string {
  const slugger = new Slugger();
  slugger.slug(TITLE);
  const anchors = new Map<string, string>();
  const sections = entries.map((entry) => sectionOf(entry, root, slugger, anchors));
  const named = sections.flatMap(({ items }) => items.map(linkOf));
  // Of a name that two sections have, the first one's.
  const links = new Map([...named, ...named.toReversed()]);
  return [
    `# ${TITLE}`,
    "",
    "Made from the types and docstrings of the files named below by `npm run docs:pages`; do not edit.",
    "",
    ...sections.map(contentsLine),
    ...sections.flatMap((section) => sectionLines(section, new Map([...links, ...section.items.map(linkOf)]))),
    "",
  ].join("\n");
}

const TITLE = "Reference";

/** @param anchors of what is documented so far; what is new is added */
function sectionOf(entry: ReferenceEntry, root: string, slugger: Slugger, anchors: Map<string, string>): Section {
  const anchor = slugger.slug(entry.title);
  const items = shownOf(entry, root).map((declaration): Item => {
    const key = `${declaration.file}#${declaration.name}`;
    const known = anchors.get(key);
    const item = { declaration, anchor: known ?? slugger.slug(declaration.name), isRepeated: known !== undefined };
    anchors.set(key, item.anchor);
    return item;
  });
  return { ...entry, anchor, items };
}

/** @throws Error when the file does not export what the entry names */
function shownOf({ file, names }: ReferenceEntry, root: string): Declaration[] {
  const declarations = declarationsOf(root, file);
  return (names ?? declarations.map(({ name }) => name)).map((name) => {
    const declaration = declarations.find((candidate) => candidate.name === name);
    if (declaration !== undefined) return declaration;
    throw new Error(`${file} does not export ${name}. Correct its entry in docs/reference.ts.`);
  });
}

const linkOf = ({ declaration, anchor }: Item): [name: string, anchor: string] => [declaration.name, anchor];

function contentsLine({ title, anchor, items }: Section): string {
  return `- [${title}](#${anchor}): ${items.map(linkTo).join(", ")}`;
}

const linkTo = ({ declaration, anchor }: Item): string => `[\`${declaration.name}\`](#${anchor})`;

function sectionLines({ title, file, items }: Section, links: ReadonlyMap<string, string>): string[] {
  const repeated = items.filter(({ isRepeated }) => isRepeated);
  const also = repeated.length === 0 ? [] : ["", `Also: ${repeated.map(linkTo).join(", ")}.`];
  const own = items.filter(({ isRepeated }) => !isRepeated);
  const lines = own.flatMap(({ declaration }) => declarationLines(declaration, links));
  return ["", `## ${title}`, "", `From [\`${file}\`](../${file}).`, ...also, ...lines];
}

function declarationLines(
  { name, signatures, doc, members }: Declaration,
  links: ReadonlyMap<string, string>,
): string[] {
  const { text, tags } = parsedDoc(doc);
  const others = new Map([...links].filter(([other]) => other !== name));
  const description = text === "" ? [] : ["", linked(text, others)];
  const used = [...others].filter(([other]) => isTypeName(other) && hasWord(signatures.join("\n"), other));
  const types = used.map(([other, anchor]) => `[\`${other}\`](#${anchor})`).join(", ");
  return [
    "",
    `### ${name}`,
    ...description,
    "",
    "```ts",
    ...signatures,
    "```",
    ...(members.length === 0 ? [] : ["", ...members.map((member) => memberItem(member, others))]),
    ...tags.flatMap((tag) => ["", linked(tagText(tag), others)]),
    ...(types === "" ? [] : ["", `See also ${types}.`]),
  ];
}

function memberItem({ name, doc }: DocumentedMember, links: ReadonlyMap<string, string>): string {
  const { text, tags } = parsedDoc(doc);
  const paragraphs = [text, ...tags.map(tagText)].filter((paragraph) => paragraph !== "");
  const [first = "", ...others] = linked(paragraphs.join("\n\n"), links).split("\n");
  return [`- \`${name}\`: ${first}`, ...others.map((line) => (line === "" ? "" : `  ${line}`))].join("\n");
}

interface DocTag {
  readonly tag: string;
  readonly text: string;
}

/** A docstring's description, and its tags; a tag goes on to the next. */
function parsedDoc(doc: string): { readonly text: string; readonly tags: readonly DocTag[] } {
  const [text = "", ...tags] = pageLines(doc)
    .map((line) => (!line.isCode && line.text.startsWith("@") ? `\0${line.text}` : line.text))
    .join("\n")
    .split("\0");
  const parsed = tags.map((tag) => {
    const [, name = "", rest = ""] = /^@(\w+)\s*(.*)$/s.exec(tag.trim()) ?? [];
    return { tag: name, text: rest };
  });
  return { text: text.trim(), tags: parsed };
}

function tagText({ tag, text }: DocTag): string {
  switch (tag) {
    case "param": {
      const [, name = "", what = ""] = /^(\S+)\s*(?:- )?(.*)$/s.exec(text) ?? [];
      return `- \`${name}\`: ${what}`;
    }
    case "returns":
      return `Returns ${text}`;
    case "throws":
      return `Throws ${text}`;
    case "example":
      return text.includes("```") ? text : `\`\`\`ts\n${text}\n\`\`\``;
    default:
      return `${tag.charAt(0).toUpperCase()}${tag.slice(1)}: ${text}`;
  }
}

/** Links the names that the page documents: in backticks anywhere, error classes without them, too. */
function linked(markdown: string, links: ReadonlyMap<string, string>): string {
  return pageLines(markdown)
    .map(({ text, isCode }) => (isCode ? text : linkedLine(text, links)))
    .join("\n");
}

function linkedLine(line: string, links: ReadonlyMap<string, string>): string {
  return line.replace(/`([^`]+)`|\b[A-Z]\w+Error\b/g, (found, quoted: string | undefined) => {
    const anchor = links.get(quoted ?? found);
    return anchor === undefined ? found : `[\`${quoted ?? found}\`](#${anchor})`;
  });
}

/** Functions' names are ordinary words, which properties may have too. */
const isTypeName = (name: string): boolean => /^[A-Z]/.test(name);

const hasWord = (text: string, word: string): boolean => new RegExp(`\\b${word}\\b`).test(text);

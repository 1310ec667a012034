import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";

import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";

import { jobIdFor } from "../shared/engine/new-job.ts";
import type { CompletedJob, Job } from "../shared/job/job.ts";
import { exampleOrder, paidEvent, postStripeEvent, storeOrder, totalOf } from "./example-payment.ts";
import type { InterceptedRequest } from "./front/interception.ts";
import { parseMime, type Mail } from "./mail/mail-store.ts";
import { startRuntime, type Runtime } from "./runtime.ts";
import { openStores } from "./runtime-stores.ts";
import { seed } from "./seed.ts";

/** What the demo found; printed by `npm run demo -- --json`. */
export interface DemoReport {
  readonly ok: boolean;
  readonly ms: number;
  readonly job: { readonly id: string; readonly status: string; readonly attempts: number };
  readonly pdf: { readonly path: string; readonly bytes: number; readonly pages: number };
  readonly email: {
    readonly path: string;
    readonly to: string;
    readonly subject: string;
    readonly attachments: number;
  };
  /**
   * Requests of the job's own function, which has run before: what it has read a moment ago (pauses for ten seconds, the
   * settings for a minute) it does not read again. `sqs` is the permit that its enqueue sent.
   */
  readonly calls: Record<"dynamodb" | "sqs" | "s3" | "ses", number>;
}

export interface DemoOptions {
  /** Folder for the PDF and the mail. */
  readonly outdir: string;
  /** Told each step as it happens. */
  readonly tell: (line: string) => void;
}

const DEADLINE_MS = 45_000;
const POLL_MS = 50;

/** An order of art is mailed an invoice and a confirmation. */
const MAILS_OF_AN_ORDER = 2;

/**
 * Starts a stack, pays two orders, waits for the second one's invoice, saves what arrived, and stops the stack. The first
 * order's functions have read what later ones find in their caches: what is counted is what an invoice costs every day.
 */
export async function runDemo({ outdir, tell }: DemoOptions): Promise<DemoReport> {
  const startedAt = Date.now();
  const calls = new InvoiceCalls();
  tell("Starting the embedded stack on free ports …");
  await using runtime = await startRuntime({ quiet: true, print: () => {}, seed, intercept: calls.see });
  tell(`Ready after ${Date.now() - startedAt} ms: API ${runtime.info.api}, mailbox ${runtime.info.mailbox}.`);
  tell("A first order, so that the functions have run before:");
  const first = exampleOrder();
  await payOrder(runtime, first, tell);
  await mailsOf(runtime, first);
  const order = exampleOrder();
  const invoiceJobId = jobIdFor("invoice_email", order.orderId);
  calls.watch(invoiceJobId);
  tell("The order that counts:");
  await payOrder(runtime, order, tell);
  const { job, mail } = (await mailsOf(runtime, order)).invoice;
  tell(`Job ${job.id} is ${job.status} after ${job.attempts} attempt(s).`);
  const saved = await save(runtime, job, mail, outdir);
  tell(`Invoice: ${saved.pdf.path} (${saved.pdf.bytes} bytes, ${saved.pdf.pages} page(s)).`);
  tell(`Mail to ${saved.email.to}, “${saved.email.subject}”: ${saved.email.path}`);
  const ok = saved.isSamePdf && isWithinBudget(calls.counts) && runtime.mails().length === 2 * MAILS_OF_AN_ORDER;
  tell(
    `AWS requests for this invoice: ${Object.entries(calls.counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")}.`,
  );
  const { pdf, email } = saved;
  const ms = Date.now() - startedAt;
  return { ok, ms, job: { id: job.id, status: job.status, attempts: job.attempts }, pdf, email, calls: calls.counts };
}

async function payOrder(
  runtime: Runtime,
  order: ReturnType<typeof exampleOrder>,
  tell: DemoOptions["tell"],
): Promise<void> {
  await storeOrder(runtime.info, order);
  tell(
    `Order ${order.orderId} stored: ${order.lines.length} lines, ${totalOf(order)} minor units of ${order.currency}.`,
  );
  const { eventId, body } = paidEvent(order);
  const response = await postStripeEvent(runtime.info, body);
  tell(`Stripe event ${eventId} posted, signed: ${response.status} ${await response.text()}`);
}

interface MailedJob {
  readonly job: CompletedJob;
  readonly mail: Mail;
}

/** The jobs that mail something about an order, each once it has ended and its mail is there. */
async function mailsOf(
  runtime: Runtime,
  { orderId }: { readonly orderId: string },
): Promise<{ readonly invoice: MailedJob; readonly confirmation: MailedJob }> {
  const mailed = async (type: string): Promise<MailedJob> => {
    const job = await waitFor(`the end of ${type}`, () => completedJob(runtime, jobIdFor(type, orderId)));
    const mail = await waitFor(`the mail of ${type}`, () =>
      Promise.resolve(runtime.mails().find(({ tags }) => tags["backline_job"] === job.id)),
    );
    return { job, mail };
  };
  const [invoice, confirmation] = await Promise.all([mailed("invoice_email"), mailed("order_confirmation")]);
  return { invoice, confirmation };
}

async function completedJob(runtime: Runtime, jobId: string): Promise<CompletedJob | undefined> {
  const job: Job | undefined = await openStores(runtime.info).jobs.get(jobId);
  if (job?.status === "failed") throw new Error(`Job ${jobId} failed: ${job.error.code} ${job.error.message}`);
  return job?.status === "completed" ? job : undefined;
}

async function save(runtime: Runtime, job: CompletedJob, mail: Mail, outdir: string) {
  await mkdir(outdir, { recursive: true });
  const key = pdfKeyOf(job);
  const stored = await openStores(runtime.info).files.get("invoices", key);
  const { attachments } = await parseMime(mail.raw);
  const pdfPath = path.join(outdir, path.basename(key));
  const mailPath = path.join(outdir, `${path.basename(key, ".pdf")}.eml`);
  await writeFile(pdfPath, stored);
  await writeFile(mailPath, mail.raw);
  const [attached] = attachments;
  return {
    pdf: { path: pdfPath, bytes: stored.length, pages: await countPages(stored) },
    email: { path: mailPath, to: mail.to.join(", "), subject: mail.subject, attachments: attachments.length },
    isSamePdf:
      attachments.length === 1 && attached !== undefined && Buffer.from(attached.content as ArrayBuffer).equals(stored),
  };
}

/** The handler's result says where the PDF lies. */
function pdfKeyOf({ id, result }: CompletedJob): string {
  const value: unknown = result !== undefined && "json" in result ? JSON.parse(result.json ?? "null") : undefined;
  if (typeof value === "object" && value !== null && "pdf" in value && typeof value.pdf === "string") return value.pdf;
  throw new Error(`The result of job ${id} does not name its PDF.`);
}

async function countPages(pdf: Uint8Array): Promise<number> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: 0 }); // a copy: pdf.js takes the buffer over
  const { numPages } = await task.promise;
  await task.destroy();
  return numPages;
}

/** What an undisturbed invoice may cost; `docs/costs.md`. */
function isWithinBudget({ dynamodb, sqs, s3, ses }: DemoReport["calls"]): boolean {
  return dynamodb <= 6 && sqs === 1 && s3 === 1 && ses === 1;
}

/** Counts the requests for one invoice job, from when it is watched: no other may run then. */
class InvoiceCalls {
  readonly counts = { dynamodb: 0, sqs: 0, s3: 0, ses: 0 };
  #jobId: string | undefined;

  watch(jobId: string): void {
    this.#jobId = jobId;
  }

  readonly see = ({ functionName, service, operation, body }: InterceptedRequest): "pass" => {
    if (this.#jobId === undefined) return "pass";
    const isOwn = functionName.endsWith("-invoice_email");
    const isEnqueue =
      functionName.endsWith("-stripe_event") && operation === "SendMessage" && body.includes(this.#jobId);
    if ((isOwn || isEnqueue) && service in this.counts) this.counts[service as keyof DemoReport["calls"]] += 1;
    return "pass";
  };
}

/** Asks until there is an answer. */
async function waitFor<Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
  const end = Date.now() + DEADLINE_MS;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`Waited ${DEADLINE_MS / 1000} s for ${what}.`);
}

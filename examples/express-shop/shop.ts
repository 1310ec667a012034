import express, { type ErrorRequestHandler, type Express, type Response } from "express";

// In a program of your own: "@backline/client" and "@backline/client/catalog/billing".
import type { BacklineClient } from "../../client/index.ts";
import { invoiceEmail } from "../../shared/catalog/billing.ts";
import {
  accepted,
  errorAnswer,
  InvalidRequestError,
  jobAnswer,
  notJson,
  tooLarge,
  unreadable,
  type Answer,
} from "../shop/answer.ts";
import { findInvoiceJob, followInvoiceJob } from "../shop/invoice-job.ts";
import { invoiceOf, parseOrder } from "../shop/order.ts";

/**
 * The shop as an Express app.
 *
 * @param stopping aborts when the process is told to end: whoever waits for a job gets it as it is.
 */
export function createShop(backline: BacklineClient, stopping: AbortSignal): Express {
  const app = express();
  app.disable("x-powered-by");
  app.use(express.json({ limit: "20kb" }));

  app.post("/orders", async (request, response) => {
    if (request.body === undefined) throw notJson();
    const order = parseOrder(request.body);
    // The order's own id is the key: however often this comes, there is one job, and one mail.
    const { id } = await backline.enqueue(invoiceEmail, invoiceOf(order), { idempotencyKey: order.orderId });
    send(response, accepted(id, "/jobs"));
  });

  app.get("/jobs/:id", async (request, response) => {
    send(response, jobAnswer(await findInvoiceJob(backline, request.params.id)));
  });

  app.get("/jobs/:id/wait", async (request, response) => {
    const gone = new AbortController();
    response.once("close", () => gone.abort()); // also after an answer, when nothing waits any more
    const signal = AbortSignal.any([gone.signal, stopping]);
    send(response, jobAnswer(await followInvoiceJob(backline, request.params.id, signal)));
  });

  app.use(() => {
    throw new InvalidRequestError(404, "There is nothing at this address.");
  });
  app.use(onError);
  return app;
}

function send(response: Response, { status, headers, body }: Answer): void {
  response.status(status).set(headers).json(body);
}

// Express knows it by its four parameters.
const onError: ErrorRequestHandler = (error: unknown, _request, response, _next) =>
  send(response, errorAnswer(isRefusedByExpress(error) ? refusalOf(error) : error, "/jobs"));

/** What Express and its body parser throw; the message may quote the body, so it goes nowhere. */
interface ExpressRefusal {
  readonly status: number;
}
const isRefusedByExpress = (error: unknown): error is ExpressRefusal =>
  error instanceof Error &&
  !(error instanceof InvalidRequestError) &&
  "status" in error &&
  typeof error.status === "number" &&
  error.status < 500;

const refusalOf = ({ status }: ExpressRefusal) => (status === 413 ? tooLarge() : unreadable());

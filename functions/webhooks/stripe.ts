import * as z from "zod";

import { secretsClient } from "../../shared/aws/clients.ts";
import { SigningSecrets } from "../../shared/aws/signing-secrets.ts";
import { stripeEvent, stripeEventPayload } from "../../shared/catalog/billing.ts";
import { identifier } from "../../shared/contracts/fields.ts";
import { IdempotencyConflictError } from "../../shared/errors/job-errors.ts";
import { composeEngine } from "../../shared/lambda/compose-engine.ts";
import { errorAnswer, httpFunction, type HttpAnswer, type HttpRequest } from "../../shared/lambda/http-function.ts";
import { verifyStripeSignature } from "../../shared/payments/stripe-signature.ts";

/** Stripe's events are a few KB; whatever is larger is not from Stripe. */
const LARGEST_BODY_BYTES = 256 * 1024;

const engine = composeEngine(process.env);
const { log, metrics, clock, clientSettings, environment } = engine;
const secrets = new SigningSecrets(secretsClient(clientSettings), environment.STRIPE_WEBHOOK_SECRET_ID ?? "", clock);

const anyEvent = z.object({ id: z.string(), type: z.string().max(100) });
const paymentEvent = z.object({
  id: z.string(),
  type: z.literal("payment_intent.succeeded"),
  created: z.number(),
  data: z.object({
    object: z.object({
      id: z.string(),
      amount_received: z.number(),
      currency: z.string(),
      metadata: z.record(z.string(), z.string()).nullish(),
    }),
  }),
});

export const handler = httpFunction(engine, async ({ headers, body, requestId }) => {
  if (body.length > LARGEST_BODY_BYTES) {
    return errorAnswer(413, "BODY_TOO_LARGE", `The body is over ${LARGEST_BODY_BYTES} bytes.`);
  }
  const verified = verifyStripeSignature(body, headers["stripe-signature"], await secrets.values(), clock.now());
  if (!verified.isValid) {
    return errorAnswer(
      400,
      "INVALID_SIGNATURE",
      "The Stripe-Signature header is missing, expired or not for this body.",
    );
  }
  const event = anyEvent.safeParse(verified.event);
  if (!event.success) return errorAnswer(400, "INVALID_EVENT", "The body is signed, but it is not a Stripe event.");
  if (event.data.type !== "payment_intent.succeeded") return ignore(event.data.type);
  return accept(verified.event, requestId);
});

function ignore(eventType: string): HttpAnswer {
  metrics.count("webhookIgnored", { EventType: eventType });
  return { status: 200, body: { received: true, handled: false } };
}

/** Recorded, queued, answered: everything else is the consumer's. */
async function accept(event: unknown, requestId: HttpRequest["requestId"]): Promise<HttpAnswer> {
  const payment = toPayload(event);
  if (payment === undefined) {
    log.warn("A signed Stripe event could not be read.", { correlationId: requestId });
    return errorAnswer(400, "INVALID_EVENT", "The event does not hold a payment intent as Stripe's API describes it.");
  }
  try {
    const options = { idempotencyKey: payment.eventId, correlationId: requestId };
    const { id, isNew } = await engine.enqueue(stripeEvent, payment, options);
    log.info("Stripe event received.", { jobId: id, isNew, correlationId: requestId });
  } catch (error) {
    // The same event in other words (another API version, say): what came first counts.
    if (!(error instanceof IdempotencyConflictError)) throw error;
    log.warn("Stripe event received again with another content; the first one counts.", { correlationId: requestId });
  }
  return { status: 200, body: { received: true, handled: true } };
}

function toPayload(event: unknown): z.infer<typeof stripeEventPayload> | undefined {
  const parsed = paymentEvent.safeParse(event);
  if (!parsed.success) return undefined;
  const { id, type, created, data } = parsed.data;
  const { metadata } = data.object;
  const payload = stripeEventPayload.safeParse({
    eventId: id,
    eventType: type,
    createdSeconds: created,
    paymentIntentId: data.object.id,
    // A payment without a usable order id is recorded all the same: its job fails with a code, and a person looks.
    orderId: identifier.safeParse(metadata?.order_id).data,
    amountReceived: data.object.amount_received,
    currency: data.object.currency,
  });
  return payload.success ? payload.data : undefined;
}

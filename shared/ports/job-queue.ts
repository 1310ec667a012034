import type { Permit, TickMessage } from "../contracts/messages.ts";

export interface OutgoingPermit {
  readonly permit: Permit;
  /** The tenant, so that a fair queue can serve quiet tenants first. */
  readonly tenant: string;
  /** Whole seconds, 0 to 900 (SQS's limit). */
  readonly delaySeconds: number;
}

/** Longest `delaySeconds` that SQS takes. */
export const LONGEST_DELAY_SECONDS = 900;

/** The queues, one per job type, each with its DLQ. At-least-once, in no order. */
export interface JobQueue {
  send(outgoing: OutgoingPermit): Promise<void>;
  /** Sends the tick of a schedule, as the scheduler does. */
  sendTick(tick: TickMessage): Promise<void>;
  /** Sends permits of one type; returns those that were certainly accepted. */
  sendAll(type: string, outgoing: readonly OutgoingPermit[]): Promise<readonly OutgoingPermit[]>;
  /** Puts a body into the type's DLQ. */
  deadLetter(type: string, body: string, tenant: string): Promise<void>;
  /** Hides a received message for so many whole seconds, 0 to 43,200 (SQS's limit), from now. */
  hide(type: string, receiptHandle: string, seconds: number): Promise<void>;
  /** About how many messages wait to be received. */
  depth(type: string): Promise<number>;
}

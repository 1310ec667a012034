import { randomUUID } from "node:crypto";

import type { Resource } from "../template/resources.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../template/intrinsics.ts";
import { matchesPattern } from "./event-pattern.ts";
import { readPath, transformInput } from "./input-transformer.ts";

/** What a source puts on the bus. */
export interface EventEntry {
  readonly source: string;
  readonly detailType: string;
  readonly resources?: readonly string[];
  readonly at: Date;
  readonly detail: object;
}

/** Delivers a rule's input to the queue or function with that ARN. */
export type DeliverToTarget = (targetArn: string, input: string) => Promise<void>;

type Rule = Resource<"AWS::Events::Rule">;
type Target = Rule["properties"]["Targets"][number];

/** The account's default EventBridge bus with the rules of the template. */
export class EventBus {
  readonly #rules: readonly Rule[];
  readonly #deliver: DeliverToTarget;

  constructor(rules: readonly Rule[], deliver: DeliverToTarget) {
    this.#rules = rules;
    this.#deliver = deliver;
  }

  /** Delivers to every target of every rule that matches; a target that fails does not keep the others from theirs. */
  async publish(entry: EventEntry): Promise<void> {
    const event = envelope(entry);
    const targets = this.#rules
      .filter(
        ({ properties }) => properties.EventPattern !== undefined && matchesPattern(event, properties.EventPattern),
      )
      .flatMap(({ properties }) => properties.Targets);
    const outcomes = await Promise.allSettled(
      targets.map((target) => this.#deliver(target.Arn, inputOf(target, event))),
    );
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    if (failed.length > 0) {
      throw new AggregateError(
        failed.map(({ reason }) => reason),
        `EventBridge could not deliver "${entry.detailType}" to ${failed.length} of ${targets.length} targets.`,
      );
    }
  }
}

function envelope({ source, detailType, resources = [], at, detail }: EventEntry): object {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": detailType,
    source,
    account: LOCAL_ACCOUNT,
    // EventBridge's times have whole seconds.
    time: at.toISOString().replace(/\.\d+Z$/, "Z"),
    region: LOCAL_REGION,
    resources,
    detail,
  };
}

function inputOf({ Input, InputPath, InputTransformer }: Target, event: object): string {
  if (InputTransformer !== undefined) return transformInput(event, InputTransformer);
  if (Input !== undefined) return Input;
  return JSON.stringify(InputPath === undefined ? event : readPath(event, InputPath));
}

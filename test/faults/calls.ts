import type { EpochMs } from "../../shared/job/job.ts";
import type { Process } from "./process.ts";

/** A call that a process has made and that waits until the world lets it through. */
export interface Call {
  readonly process: Process;
  /** `store.apply(claim)`. */
  readonly name: string;
  /**
   * `job/effect` of a mail or a message, which cannot be fenced: its client asks once, and a process that should be dead
   * cannot send one.
   */
  readonly effect: string | undefined;
  readonly perform: () => unknown;
  readonly issuedAt: EpochMs;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Set once it was done: what the process will get. */
  answer?: { readonly value: unknown } | { readonly error: unknown };
  /** It has met its fault; it meets no other. */
  isStruck?: boolean;
}

export type MakeCall = (name: string, perform: () => unknown, effect?: string) => Promise<unknown>;

/** A port whose every method waits for the world. */
export function gated<Port extends object>(makeCall: MakeCall, portName: string, port: Port): Port {
  return new Proxy(port, {
    get: (target, property) => {
      const member: unknown = Reflect.get(target, property, target);
      if (typeof member !== "function") return member;
      const perform = (args: unknown[]): unknown => Reflect.apply(member, target, args);
      const name = (args: unknown[]) => `${portName}.${String(property)}${isSender(portName) ? "" : detailOf(args)}`;
      if (property === "due") return (...args: unknown[]) => pages(makeCall, name(args), () => perform(args));
      return (...args: unknown[]) => makeCall(name(args), () => perform(args), effectOf(portName, property, args));
    },
  });
}

const isSender = (portName: string): boolean => portName === "mailer" || portName === "messenger";

function effectOf(portName: string, property: string | symbol, [sent]: readonly unknown[]): string | undefined {
  if (!isSender(portName) || property !== "send") return undefined;
  const { jobId, effect } = sent as { jobId: string; effect: string }; // what a mailer takes, and a messenger
  return `${jobId}/${effect}`;
}

/** A paged read is one call: all pages come with the first. */
async function* pages(makeCall: MakeCall, name: string, perform: () => unknown): AsyncGenerator {
  const collect = async () => {
    const found: unknown[] = [];
    for await (const page of perform() as AsyncIterable<unknown>) found.push(page); // what `due` returns
    return found;
  };
  yield* (await makeCall(name, collect)) as unknown[];
}

/** The transition's or the record's name, for traces. */
function detailOf(args: readonly unknown[]): string {
  const named = args.find((arg) => typeof arg === "object" && arg !== null && ("name" in arg || "kind" in arg));
  if (named === undefined) return "";
  const { name, kind } = named as { name?: unknown; kind?: unknown }; // one of them is there
  return `(${String(name ?? kind)})`;
}

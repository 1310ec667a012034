import { rmSync } from "node:fs";
import { tmpdir } from "node:os";

import type { CallCounts, CallFilter } from "./front/call-log.ts";
import type { LogLine } from "./host/function-logs.ts";
import type { InvocationResult } from "./host/invocation.ts";
import { openListeners } from "./listener.ts";
import type { Mail } from "./mail/mail-store.ts";
import type { FailNext } from "./messages/fates.ts";
import type { StoredMessage } from "./messages/message-store.ts";
import type { Listeners } from "./prepare.ts";
import { assemble, type Parts } from "./runtime-parts.ts";
import { makeRuntimeFolder } from "./runtime-folder.ts";
import type { RuntimeInfo } from "./runtime-info.ts";
import { FREE_PORTS, type RuntimeOptions, type RuntimePorts } from "./runtime-options.ts";

export type { RuntimeInfo } from "./runtime-info.ts";
export type { RuntimeOptions, RuntimePorts } from "./runtime-options.ts";

/** A running stack on this machine. */
export interface Runtime extends AsyncDisposable {
  readonly info: RuntimeInfo;
  /** What the template declares and this runtime does not do, one line each. */
  readonly notices: readonly string[];
  /** Requests that functions made to AWS services: of one function, or of all. */
  calls(filter?: CallFilter): CallCounts;
  /** Mails that SES accepted, oldest first. */
  mails(): readonly Mail[];
  /** WhatsApp and SMS messages that the stand-in for Twilio took, oldest first, each as it is now. */
  messages(): readonly StoredMessage[];
  /** Makes the next sends to the stand-in for Twilio fail. */
  failMessages(failNext: FailNext): void;
  /** What functions wrote, oldest first: of one function, or of all. */
  logs(functionName?: string): readonly LogLine[];
  /** Live processes of functions. */
  processes(): readonly { readonly functionName: string; readonly pid: number }[];
  /** Runs a function once, by its physical name. A failure of the function is a result, not an exception. */
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  /** Ends all processes, closes all ports and removes all files. Safe to call twice. */
  stop(): Promise<void>;
  /** For a forced end: kills the functions' processes and removes the files, without waiting for anything. */
  kill(): void;
}

/**
 * Synthesises the app and runs what the template declares, in this process and children of it. State is in memory: each
 * start is a clean one.
 *
 * @throws PortsTakenError; Error that lists all that is wrong with the configuration or the template. Nothing is left
 *   behind then.
 */
export async function startRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const cleanup = new AsyncDisposableStack();
  try {
    const folder = await makeRuntimeFolder(tmpdir());
    const removeFolder = () => rmSync(folder, { recursive: true, force: true });
    // Also if this process ends without a stop.
    process.once("exit", removeFolder);
    cleanup.defer(() => void process.off("exit", removeFolder));
    cleanup.defer(removeFolder);
    const listeners = await listen(options.ports ?? FREE_PORTS);
    for (const listener of Object.values(listeners)) cleanup.defer(() => listener.close());
    const parts = await assemble({ options, folder, listeners, cleanup });
    const runtime = asRuntime(parts, { cleanup, removeFolder });
    await options.seed?.(runtime);
    return runtime;
  } catch (error) {
    await cleanup.disposeAsync();
    throw error;
  }
}

async function listen(ports: RuntimePorts): Promise<Listeners> {
  const [api, mailbox, aws] = await openListeners([
    { purpose: "the HTTP API", port: ports.api },
    { purpose: "the mailbox", port: ports.mailbox },
    { purpose: "the AWS services", port: ports.aws },
  ]);
  if (api === undefined || mailbox === undefined || aws === undefined) throw new Error("A listener is missing.");
  return { api, mailbox, aws };
}

interface Ending {
  readonly cleanup: AsyncDisposableStack;
  readonly removeFolder: () => void;
}

function asRuntime(parts: Parts, ending: Ending): Runtime {
  const { info, installation, callLog, mails, messages, logs, host } = parts;
  const kill = () => {
    host.kill();
    ending.removeFolder();
  };
  // If this process ends without a stop, its children must not stay.
  process.once("exit", kill);
  ending.cleanup.defer(() => void process.off("exit", kill));
  const stop = () => ending.cleanup.disposeAsync();
  return {
    info,
    notices: installation.notices,
    calls: (filter) => callLog.counts(filter),
    mails: () => mails.all(),
    messages: () => messages.store.all(),
    failMessages: (failNext) => messages.failNext(failNext),
    logs: (functionName) => logs.lines(functionName),
    processes: () => host.processes(),
    invoke: (functionName, event) => host.invoke(functionName, event),
    stop,
    kill,
    [Symbol.asyncDispose]: stop,
  };
}

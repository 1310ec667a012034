import type { SynthesisOptions } from "../infra/app.ts";
import type { Intercept } from "./front/interception.ts";
import type { MailLimits } from "./front/services/ses-quota.ts";
import type { Runtime } from "./runtime.ts";
import type { RuntimeInfo } from "./runtime-info.ts";

export interface RuntimePorts {
  readonly api: number;
  readonly mailbox: number;
  readonly aws: number;
}

/** Any free port for each. */
export const FREE_PORTS: RuntimePorts = { api: 0, mailbox: 0, aws: 0 };

export interface RuntimeOptions {
  /** Ports on the loopback interface, 0 for any free one; all free ones by default. */
  readonly ports?: RuntimePorts;
  /** Scales the durations of jobs and the rates of schedules: 1/30 makes 60 s into 2 s. Times of the day stay. 1 by default. */
  readonly timeScale?: number;
  /** Settings of the synthesis: another catalog, other sources of functions, another configuration. */
  readonly synthesis?: Omit<SynthesisOptions, "outdir">;
  /** A cloud assembly that is there already, instead of synthesising one: saves some seconds where many runtimes start. */
  readonly assemblyDir?: string;
  /** Does not show the functions' logs on the console; `runtime.logs()` has them all the same. */
  readonly quiet?: boolean;
  /** Where lines for people go; stderr by default. */
  readonly print?: (line: string) => void;
  /** Delivers messages twice, late and out of order, as this seed says. */
  readonly chaosSeed?: number | undefined;
  /** What the SES account may send; the quotas of a new one by default. */
  readonly mail?: MailLimits;
  /** Milliseconds from a mail to its Send event and from there to its Delivery event; 1,000 by default. */
  readonly mailEventLagMs?: number;
  /** Milliseconds between two status callbacks of a WhatsApp or SMS message; 1,000 by default. */
  readonly messageEventLagMs?: number;
  /** Processes of a function without MaximumConcurrency; 5 by default. */
  readonly defaultConcurrency?: number;
  /** Sees each request of a function before it is carried out, and says what happens to it. */
  readonly intercept?: Intercept;
  /** What the mailbox's button does: pays an example order. Without it there is no button. */
  readonly payExample?: ((info: RuntimeInfo) => Promise<void>) | undefined;
  /** Stores what a first visitor needs; called once, before the runtime counts as started. */
  readonly seed?: ((runtime: Runtime) => Promise<void>) | undefined;
}

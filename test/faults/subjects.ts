import { catalog } from "../../shared/catalog/index.ts";
import { entryOf } from "../../infra/function-entries.ts";
import { broadcastsOf } from "./broadcast-subjects.ts";
import { isSweepType } from "./next-runs.ts";
import { probeSubjects } from "./probe-subjects.ts";
import { scheduledSubjects, withoutSchedules } from "./scheduled-subject.ts";
import { sweepScenariosOf } from "./sweep-subjects.ts";
import type { HandledType, Subject } from "./subject.ts";

/** Handlers read their environment when they are loaded; none of it is used here. */
const ENVIRONMENT = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
  JOBS_TABLE: "jobs",
  RECORDS_TABLE: "records",
  QUEUE_URL_PREFIX: "https://sqs.us-east-1.amazonaws.com/000000000000/backline-",
};

/** Every subject there is: each type of the catalog with its example, its scenarios, and the harness's own probes. */
export async function loadSubjects(): Promise<readonly Subject[]> {
  Object.assign(process.env, { ...ENVIRONMENT, ...process.env });
  const scheduled = await Promise.all(catalog.map(loadHandler));
  const types = withoutSchedules(scheduled);
  const plain = types.map((root) => exampleOf(root, types));
  // How its tick or permit comes makes no difference to a sweep: one of them has its schedule, among the scenarios.
  const bySchedule = plain.flatMap((subject, index) =>
    subject.isSweep === true ? [] : scheduledSubjects(subject, scheduled[index]?.definition.schedules),
  );
  return [
    ...plain,
    ...bySchedule,
    ...plain.filter((subject) => isEnqueued(subject) && subject.isSweep !== true).map(withoutPermit),
    ...plain.flatMap(scenariosOf),
    ...probeSubjects,
  ];
}

async function loadHandler(entry: (typeof catalog)[number]): Promise<HandledType> {
  const file = `functions/${entryOf(entry)}.ts`;
  const { handler } = (await import(`../../${file}`)) as { readonly handler?: Partial<HandledType> };
  const { definition, handle } = handler ?? {};
  if (definition !== undefined && handle !== undefined) return { definition, handle };
  throw new Error(`${file} does not export a \`handler\` made by \`jobFunction\`.`);
}

/** @throws Error when the type has no example. */
export function exampleOf(root: HandledType, types: readonly HandledType[]): Subject {
  const { type, example } = root.definition;
  if (example === undefined) {
    throw new Error(
      `The job type "${type}" has no \`example\`. Add one to its definition in shared/catalog: a payload that its handler ` +
        "does to the end, and the records and files that must be there first. The fault harness runs it.",
    );
  }
  const { payload, records = [], files = [] } = example;
  const isSweep = isSweepType(root.definition);
  const isLong = isSweep && root.definition.needs.records === undefined; // it runs several sweeps
  return { name: type, root, types, payload, records, files, isSweep, isLong, isOfCatalog: true, mustComplete: true };
}

const isEnqueued = ({ root }: Subject): boolean => root.definition.triggers === undefined;

/** The ticker alone brings the job: its calls meet faults too. */
export const withoutPermit = (subject: Subject): Subject => ({
  ...subject,
  name: `${subject.name}/permit-lost`,
  isPermitLost: true,
});

/** What the examples do not show of a type. */
function scenariosOf(subject: Subject): Subject[] {
  if (subject.isSweep === true) return sweepScenariosOf(subject);
  if (subject.name === "stripe_event") return [unpaid(subject)];
  return subject.name === "email_broadcast" ? broadcastsOf(subject) : [];
}

/** The amount is not the order's: its job fails, and nothing is ever sent for it. */
const unpaid = (subject: Subject): Subject => ({
  ...subject,
  name: "stripe_event/unpaid",
  payload: { ...(subject.payload as object), amountReceived: 1 },
  mustComplete: false,
});

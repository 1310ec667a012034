import type { RuntimeInfo } from "./runtime-info.ts";

export interface BannerInput {
  readonly info: RuntimeInfo;
  readonly notices: readonly string[];
  readonly startedInMs: number;
  readonly chaosSeed: number | undefined;
}

/** What a person sees once all is ready. */
export function banner({ info, notices, startedInMs, chaosSeed }: BannerInput): string {
  const lines = [
    "",
    `  Backline is ready (${(startedInMs / 1000).toFixed(1)} s). Nothing leaves this machine; what it stores ends with it.`,
    "",
    `  HTTP API      ${info.api}`,
    `  Mailbox       ${info.mailbox}`,
    `  Messages      ${info.messages}`,
    `  AWS services  ${info.endpoints.sqs}  (DynamoDB, SQS, S3, SES)`,
    "",
    `  Try:  the button on the mailbox page: it pays an example order`,
    `        curl ${info.api}/health`,
    `        curl -H "Authorization: Bearer ${info.cronSecret}" "${info.api}/api/cron/cleanup?dryRun=true"`,
    "        npx tsx examples/store-records.ts bookings   (or: stores) something for such calls to do; after the exports below",
    "        npm run demo                  one paid invoice from Stripe's event to the mail, with a stack of its own",
    "        npm start -- --port 0 --json  another stack that says every address on one line, for programs",
    "",
    "  Commands in another terminal (npm run job -- --help) find this stack after:",
    ...exportsOf(info.environment),
    "",
    ...(chaosSeed === undefined ? [] : [`  Chaos is on: --chaos=${chaosSeed} gives the same disorder again.`]),
    ...notices.map((notice) => `  Note: ${notice}`),
    "  Ctrl-C stops everything; a second Ctrl-C does not wait.",
    "",
  ];
  return lines.join("\n");
}

/** Lines for a shell. */
function exportsOf({ JOBS_TABLE, RECORDS_TABLE, QUEUE_URL_PREFIX, ...aws }: RuntimeInfo["environment"]): string[] {
  const line = (variables: object) =>
    `        export ${Object.entries(variables)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ")}`;
  const isBucket = ([name]: readonly [string, string]) => name.startsWith("BUCKET_");
  const others = Object.entries(aws).filter((variable) => !isBucket(variable));
  return [
    line(Object.fromEntries(others)),
    line({ JOBS_TABLE, RECORDS_TABLE }),
    line({ QUEUE_URL_PREFIX }),
    ...Object.entries(aws)
      .filter(isBucket)
      .map(([name, value]) => line({ [name]: value })),
  ];
}

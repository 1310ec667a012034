import type { JobDefinition } from "../shared/job/define-job.ts";
import { PermanentError } from "../shared/errors/job-errors.ts";
import type { Services } from "../shared/lambda/compose-services.ts";

/** Says that a role made from the definition's `needs` would not allow something. Fails the job, and then the test. */
export type Deny = (problem: string) => never;

/** What a definition's `needs` lack is denied, as AWS would deny it. */
export function denying(definition: Pick<JobDefinition, "type">, problems: Set<string>): Deny {
  return (problem) => {
    const text = `The role of ${definition.type} does not allow this: ${problem}`;
    problems.add(text);
    throw new PermanentError("ACCESS_DENIED", text);
  };
}

/** The services as the definition's role allows them. */
export function allowedServices({ needs }: JobDefinition, services: Services, deny: Deny): Services {
  const { files, mailer, records, receipts } = services;
  const useBucket = (bucket: string) =>
    needs.files?.includes(bucket) === true || deny(`add "${bucket}" to \`needs.files\`.`);
  const useKind = (kind: string, access: "read" | "write") => {
    const given = needs.records?.[kind];
    const isAllowed = given === "write" || given === access;
    return isAllowed || deny(`add \`${kind}: "${access}"\` to \`needs.records\`.`);
  };
  return {
    files: {
      putOnce: async (file) => useBucket(file.bucket) && files.putOnce(file),
      get: async (bucket, key) => {
        useBucket(bucket);
        return files.get(bucket, key);
      },
    },
    mailer: {
      send: async (mail) => {
        if (needs.email !== true) deny("set `needs.email` to true.");
        return mailer.send(mail);
      },
    },
    records: {
      get: async (key) => {
        useKind(key.kind, "read");
        return records.get(key);
      },
      create: async (key, body) => {
        useKind(key.kind, "write");
        return records.create(key, body);
      },
      replace: async (key, version, body) => useKind(key.kind, "write") && records.replace(key, version, body),
    },
    receipts: {
      find: (jobId, effect, since) => receipts.find(jobId, effect, since),
      list: (jobId) => receipts.list(jobId),
      put: async (report) => {
        useKind("receipt", "write");
        return receipts.put(report);
      },
    },
  };
}

/** Whether the type may enqueue jobs of another. */
export function useQueue({ needs }: JobDefinition, type: string, deny: Deny): void {
  if (needs.enqueues?.includes(type) !== true) deny(`add "${type}" to \`needs.enqueues\`.`);
}

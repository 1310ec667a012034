import type { JobDefinition, JobNeeds, RecordAccess } from "../shared/job/define-job.ts";
import { PermanentError } from "../shared/errors/job-errors.ts";
import type { Services } from "../shared/lambda/compose-services.ts";
import { SettingsCache } from "../shared/records/settings-cache.ts";
import { SweepSettingsCache } from "../shared/records/sweep-settings.ts";

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

/** Kinds of records that every function which mails may use; `messaging-permissions.ts` of the infrastructure says the same. */
export const MAIL_RECORDS: Readonly<Record<string, RecordAccess>> = {
  settings: "read",
  suppression: "read",
  file_link: "write",
};

/** The services as the definition's role allows them; the settings are read from the records, once for each process. */
export function allowedServices(
  { needs }: Pick<JobDefinition, "needs">,
  services: Omit<Services, "settings" | "sweepSettings">,
  deny: Deny,
): Services {
  const records = allowedRecords(needs, services.records, deny);
  return {
    files: allowedFiles(needs, services.files, deny),
    ...mailServices(needs, services, deny),
    messenger: allowedMessenger(needs, services.messenger, deny),
    records,
    settings: new SettingsCache(records, services.clock),
    sweepSettings: new SweepSettingsCache(records, services.clock),
    pages: allowedPages(needs, services.pages, deny),
    receipts: allowedReceipts(needs, services.receipts, deny),
    clock: services.clock,
  };
}

function allowedFiles(needs: JobNeeds, files: Services["files"], deny: Deny): Services["files"] {
  const useBucket = (bucket: string) =>
    needs.files?.includes(bucket) === true || deny(`add "${bucket}" to \`needs.files\`.`);
  return {
    putOnce: async (file) => useBucket(file.bucket) && files.putOnce(file),
    get: async (bucket, key) => {
      useBucket(bucket);
      return files.get(bucket, key);
    },
    remove: async (bucket, key) => {
      useBucket(bucket);
      if (needs.removesFiles?.includes(bucket) !== true) deny(`add "${bucket}" to \`needs.removesFiles\`.`);
      return files.remove(bucket, key);
    },
  };
}

function allowedPages(needs: JobNeeds, pages: Services["pages"], deny: Deny): Services["pages"] {
  return {
    fetch: async (request) => {
      if (needs.fetches !== true) deny("set `needs.fetches` to true.");
      return pages.fetch(request);
    },
  };
}

type MailServices = Pick<Services, "mailer" | "mailPace" | "links">;

function mailServices(needs: JobNeeds, { mailer, mailPace, links }: MailServices, deny: Deny): MailServices {
  const useMail = () => needs.email === true || deny("set `needs.email` to true.");
  return {
    mailer: {
      send: async (mail) => {
        useMail();
        return mailer.send(mail);
      },
    },
    mailPace: {
      turn: async (turn) => {
        useMail();
        return mailPace.turn(turn);
      },
    },
    links: {
      url: async (purpose, id) => {
        useMail();
        return links.url(purpose, id);
      },
      verify: async (purpose, token) => {
        useMail();
        return links.verify(purpose, token);
      },
    },
  };
}

function allowedMessenger(needs: JobNeeds, messenger: Services["messenger"], deny: Deny): Services["messenger"] {
  const useMessages = () => needs.messages === true || deny("set `needs.messages` to true.");
  return {
    send: async (message) => {
      useMessages();
      return messenger.send(message);
    },
    report: async (id) => {
      useMessages();
      return messenger.report(id);
    },
    findSent: async (message, since) => {
      useMessages();
      return messenger.findSent(message, since);
    },
  };
}

function allowedRecords(needs: JobNeeds, records: Services["records"], deny: Deny): Services["records"] {
  const useKind = usingKinds(needs, deny);
  return {
    get: async (key) => {
      useKind(key.kind, "read");
      return records.get(key);
    },
    list: async (key, options) => {
      useKind(key.kind, "read");
      return records.list(key, options);
    },
    entries: async (list, options) => {
      if (needs.lists?.includes(list.kind) !== true) deny(`add "${list.kind}" to \`needs.lists\`.`);
      return records.entries(list, options);
    },
    create: async (key, body, lists) => {
      useKind(key.kind, "write");
      return records.create(key, body, lists);
    },
    replace: async (key, version, body, lists) =>
      useKind(key.kind, "write") && records.replace(key, version, body, lists),
    remove: async (key, version) => useKind(key.kind, "remove") && records.remove(key, version),
  };
}

function allowedReceipts(needs: JobNeeds, receipts: Services["receipts"], deny: Deny): Services["receipts"] {
  const useKind = usingKinds(needs, deny);
  return {
    find: (jobId, effect, since) => receipts.find(jobId, effect, since),
    list: (jobId) => receipts.list(jobId),
    put: async (report) => {
      useKind("receipt", "write");
      return receipts.put(report);
    },
  };
}

/** Each includes those before it. */
const RANK: Readonly<Record<RecordAccess, number>> = { read: 0, write: 1, remove: 2 };

function usingKinds({ records = {}, email }: JobNeeds, deny: Deny) {
  const ofMail = email === true ? MAIL_RECORDS : {};
  return (kind: string, access: RecordAccess): true => {
    const isGiven = (given: RecordAccess | undefined) => given !== undefined && RANK[given] >= RANK[access];
    const isAllowed = isGiven(records[kind]) || isGiven(ofMail[kind]);
    return isAllowed || deny(`add \`${kind}: "${access}"\` to \`needs.records\`.`);
  };
}

/** Whether the type may enqueue jobs of another. */
export function useQueue({ needs }: JobDefinition, type: string, deny: Deny): void {
  if (needs.enqueues?.includes(type) !== true) deny(`add "${type}" to \`needs.enqueues\`.`);
}

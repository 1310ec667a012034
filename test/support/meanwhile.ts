import type { Services } from "../../shared/lambda/compose-services.ts";
import type { JobHandle } from "../../shared/lambda/job-function.ts";
import type { FileStore } from "../../shared/ports/file-store.ts";
import type { RecordStore } from "../../shared/ports/record-store.ts";
import type { Tested } from "../../testing/index.ts";

/** What somebody else does, with the record store as it is. */
type Deed = (records: RecordStore) => Promise<unknown>;

/** A handler in whose way somebody else comes once: right before its first change, or removal, of a record of that kind. */
export const beforeChangeOf = <Payload>(kind: string, tested: Tested<Payload>, deed: Deed): Tested<Payload> =>
  meanwhile(tested, (records, files) => {
    const act = once(() => deed(records));
    const first = async (key: { readonly kind: string }) => {
      if (key.kind === kind) await act();
    };
    return {
      files,
      records: {
        ...records,
        replace: async (key, ...rest) => {
          await first(key);
          return records.replace(key, ...rest);
        },
        remove: async (key, version) => {
          await first(key);
          return records.remove(key, version);
        },
      },
    };
  });

/** The same, right behind the first file that it has stored. */
export const behindFile = <Payload>(tested: Tested<Payload>, deed: Deed): Tested<Payload> =>
  meanwhile(tested, (records, files) => {
    const act = once(() => deed(records));
    const putOnce: FileStore["putOnce"] = async (file) => {
      const isStored = await files.putOnce(file);
      await act();
      return isStored;
    };
    return { records, files: { ...files, putOnce } };
  });

function meanwhile<Payload>(
  { definition, handle }: Tested<Payload>,
  wrapped: (records: RecordStore, files: FileStore) => Pick<Services, "records" | "files">,
): Tested<Payload> {
  const around: JobHandle<Payload> = (job, services) =>
    handle(job, { ...services, ...wrapped(services.records, services.files) });
  return { definition, handle: around };
}

function once(deed: () => Promise<unknown>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    await deed();
  };
}

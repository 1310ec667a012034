import { sesClient } from "../aws/clients.ts";
import { DynamoReceiptStore } from "../aws/dynamo-receipt-store.ts";
import { SesMailer } from "../aws/ses-mailer.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Mailer } from "../ports/mailer.ts";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import type { RecordStore } from "../ports/record-store.ts";
import type { Engine } from "./compose-engine.ts";

/** What a handler may use besides its job. A function's role decides what of it works: see `needs` in its definition. */
export interface Services {
  /** Buckets; those that `needs.files` names. */
  readonly files: FileStore;
  /** Mail through SES, with `needs.email`. Call `send` from an effect only. */
  readonly mailer: Mailer;
  /** Business records, of the kinds and with the access that `needs.records` names. */
  readonly records: RecordStore;
  /** What others (SES) reported of effects. A mail's effect looks here by itself. */
  readonly receipts: ReceiptStore;
}

/** The services of a job function. */
export const composeServices = ({ environment, clientSettings, dynamo, files, records }: Engine): Services => ({
  files,
  mailer: new SesMailer(sesClient(clientSettings), environment.SES_CONFIGURATION_SET ?? ""),
  records,
  receipts: new DynamoReceiptStore(dynamo, environment.RECORDS_TABLE),
});

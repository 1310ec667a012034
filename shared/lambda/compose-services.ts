import { secretsClient, sesClient } from "../aws/clients.ts";
import { DynamoReceiptStore } from "../aws/dynamo-receipt-store.ts";
import { SesMailPace } from "../aws/ses-mail-pace.ts";
import { SesMailer } from "../aws/ses-mailer.ts";
import { SigningSecrets } from "../aws/signing-secrets.ts";
import { SignedLinks } from "../links/signed-links.ts";
import { HttpsPageFetcher } from "../pages/https-page-fetcher.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileStore } from "../ports/file-store.ts";
import type { Links } from "../ports/links.ts";
import type { MailPace } from "../ports/mail-pace.ts";
import type { Mailer } from "../ports/mailer.ts";
import type { Messenger } from "../ports/messenger.ts";
import type { PageFetcher } from "../ports/page-fetcher.ts";
import type { ReceiptStore } from "../ports/receipt-store.ts";
import type { RecordStore } from "../ports/record-store.ts";
import { SettingsCache, type SettingsReader } from "../records/settings-cache.ts";
import { SweepSettingsCache, type SweepSettingsReader } from "../records/sweep-settings.ts";
import type { Engine } from "./compose-engine.ts";

/** What a handler may use besides its job. A function's role decides what of it works: see `needs` in its definition. */
export interface Services {
  /** Buckets; those that `needs.files` names. */
  readonly files: FileStore;
  /** Mail through SES, with `needs.email`. Call `send` from an effect only; `sendMail` does that, and all that a mail needs. */
  readonly mailer: Mailer;
  /** The SES account's limiter, with `needs.email`. `sendMail` asks it. */
  readonly mailPace: MailPace;
  /** Signed links into the HTTP API, with `needs.email`. */
  readonly links: Links;
  /** WhatsApp and SMS, with `needs.messages`. Call `send` from an effect only. */
  readonly messenger: Messenger;
  /** Business records, of the kinds and with the access that `needs.records` names. */
  readonly records: RecordStore;
  /** The seller's settings, cached for a minute, with `needs.email` or `settings: "read"` among `needs.records`. */
  readonly settings: SettingsReader;
  /** Cut-offs and windows of the sweeps, cached for a minute, with `settings: "read"` among `needs.records`. */
  readonly sweepSettings: SweepSettingsReader;
  /** Public pages of the web, with `needs.fetches`. */
  readonly pages: PageFetcher;
  /** What others (SES) reported of effects. A mail's effect looks here by itself. */
  readonly receipts: ReceiptStore;
  /** What time it is. */
  readonly clock: Clock;
}

/** The services of a job function. */
export function composeServices(engine: Engine, messenger: Messenger): Services {
  const { environment, clientSettings, dynamo, files, records, limiter, clock, log } = engine;
  const ses = sesClient(clientSettings);
  const linkSecrets = new SigningSecrets(secretsClient(clientSettings), environment.LINK_SECRET_ID ?? "", clock);
  return {
    files,
    mailer: new SesMailer(ses, environment.SES_CONFIGURATION_SET ?? ""),
    mailPace: new SesMailPace({ client: ses, limiter, clock, log }),
    links: new SignedLinks({ publicUrl: environment.PUBLIC_URL ?? "", keys: () => linkSecrets.values() }),
    messenger,
    records,
    settings: new SettingsCache(records, clock),
    sweepSettings: new SweepSettingsCache(records, clock, environment.SUBSCRIPTION_GRACE_PERIOD_DAYS),
    pages: new HttpsPageFetcher({ mayFetchPrivate: environment.MAY_FETCH_PRIVATE }),
    receipts: new DynamoReceiptStore(dynamo, environment.RECORDS_TABLE),
    clock,
  };
}

import type { CatalogEntry } from "../shared/catalog/index.ts";

/** Functions that serve no job type. An entry is a file under `functions/` without its extension. */
export const SERVICE_ENTRIES = {
  stripeWebhook: "webhooks/stripe",
  twilioWebhook: "webhooks/twilio",
  files: "api/files",
  unsubscribe: "api/unsubscribe",
  cron: "api/cron",
  analytics: "api/analytics",
  health: "api/health",
  ticker: "ops/ticker",
} as const;

/** The entry of a job type's handler: `functions/<domain>/<type in kebab case>.ts`. */
export function entryOf({ domain, definition }: CatalogEntry): string {
  return `${domain}/${definition.type.replaceAll("_", "-")}`;
}

/** Every entry that a catalog needs. */
export function allEntries(catalog: readonly CatalogEntry[]): string[] {
  return [...catalog.map(entryOf), ...Object.values(SERVICE_ENTRIES)];
}

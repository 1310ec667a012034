import { dynamoClient } from "../../../shared/aws/clients.ts";
import { DynamoRecordStore } from "../../../shared/aws/dynamo-record-store.ts";
import { systemClock } from "../../../shared/aws/system-ports.ts";
import { SweepSettingsCache } from "../../../shared/records/sweep-settings.ts";
import type { AccessPorts } from "../../../shared/stores/tenant-access.ts";

// #region ports
/** Once for the whole program: the settings are cached in it. A handler has all three among its services. */
export function openStores(recordsTable: string): AccessPorts {
  const records = new DynamoRecordStore(dynamoClient({ timeoutMs: 10_000 }), recordsTable);
  return { records, clock: systemClock, sweepSettings: new SweepSettingsCache(records, systemClock) };
}
// #endregion

// In a program of your own: "@backline/client".
import { createClient, type BacklineClient } from "../../../client/index.ts";

/** `next dev` loads this module anew after each change; what hangs on `globalThis` stays. */
const shared: typeof globalThis & { shopBackline?: BacklineClient } = globalThis;

/**
 * The client, one for each process. Made at the first request, not when the module is loaded: `next build` loads it where
 * no stack is named. Next ends its processes itself, so nobody closes it.
 */
export function backline(): BacklineClient {
  return (shared.shopBackline ??= createClient({ timeoutMs: 2_000 })); // a browser does not wait for half a minute
}

declare module "dynalite" {
  import type { Server } from "node:http";

  interface DynaliteOptions {
    /** Milliseconds that a table stays in CREATING, DELETING and UPDATING; 500 each by default. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
    /** Folder of the database; in memory without it. */
    readonly path?: string;
  }

  export default function dynalite(options?: DynaliteOptions): Server;
}

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

import { JOBS_TABLE, RECORDS_TABLE } from "../../../shared/contracts/tables.ts";
import { indexUnits, type MeasuredIndex } from "../index-units.ts";

/** Capacity units, those of the indexes included. */
export interface Units {
  readonly reads: number;
  readonly writes: number;
}

interface Input {
  readonly TableName?: string;
  readonly Item?: Row;
  readonly Key?: Row;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
}

interface Output {
  readonly ConsumedCapacity?: { readonly CapacityUnits?: number };
  readonly Attributes?: Row;
}

type Row = Readonly<Record<string, unknown>>;

/** Rows whose last state is kept, for the index entries that an update changes: those of the job that runs. */
const MOST_ROWS = 200;
const INDEXES: Readonly<Record<string, readonly MeasuredIndex[]>> = {
  jobs: Object.values(JOBS_TABLE.indexes),
  records: Object.values(RECORDS_TABLE.indexes),
};

/**
 * Counts what a client's requests consume. The emulator counts reads, and the tables' own writes; what the indexes add follows
 * from the rows before and after. A refused conditional write counts as one unit.
 */
export class TableMeter {
  #reads = 0;
  #writes = 0;
  readonly #rows = new Map<string, Row>();

  attach(documents: DynamoDBDocumentClient): void {
    documents.middlewareStack.add(
      (next) => async (args) => {
        const asked = args.input as Input; // of any command
        const isPutOrDelete = isWrite(asked) && asked.UpdateExpression === undefined;
        const input = {
          ...args.input,
          ReturnConsumedCapacity: "TOTAL",
          ...(isPutOrDelete && { ReturnValues: "ALL_OLD" }),
        };
        try {
          const answer = await next({ ...args, input });
          this.#count(asked, answer.output as Output); // of the same command
          return answer;
        } catch (error) {
          if (isWrite(asked)) this.#writes += 1;
          throw error;
        }
      },
      { step: "initialize" },
    );
  }

  /** What was consumed since it was asked last. */
  take(): Units {
    const units = { reads: this.#reads, writes: this.#writes };
    this.#reads = 0;
    this.#writes = 0;
    return units;
  }

  #count(asked: Input, { ConsumedCapacity, Attributes }: Output): void {
    const units = ConsumedCapacity?.CapacityUnits ?? 0;
    if (isWrite(asked)) this.#writes += units + this.#indexUnits(asked, Attributes ?? {});
    else this.#reads += units;
  }

  #indexUnits({ TableName = "", Item, Key, UpdateExpression }: Input, returned: Row): number {
    const isUpdate = UpdateExpression !== undefined;
    const name = JSON.stringify([TableName, Item?.["id"] ?? Key?.["id"]]);
    const before = plain(isUpdate ? (this.#rows.get(name) ?? {}) : returned);
    const after = plain(isUpdate ? returned : (Item ?? {}));
    if (TableName === "jobs") this.#keep(name, after);
    return (INDEXES[TableName] ?? []).reduce((sum, index) => sum + indexUnits(index, before, after), 0);
  }

  #keep(name: string, row: Row): void {
    this.#rows.delete(name);
    this.#rows.set(name, row);
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > MOST_ROWS && oldest !== undefined) this.#rows.delete(oldest);
  }
}

const isWrite = ({ Item, UpdateExpression, Key, ConditionExpression }: Input): boolean =>
  Item !== undefined || UpdateExpression !== undefined || (Key !== undefined && ConditionExpression !== undefined);

/** Texts and numbers, whether or not they are in DynamoDB's own form. */
function plain(row: Row): Row {
  const values = Object.entries(row).map(([name, value]) => {
    const { S, N } = (typeof value === "object" && value !== null ? value : {}) as { S?: string; N?: string };
    return [name, S ?? (N === undefined ? value : Number(N))] as const;
  });
  return Object.fromEntries(values);
}

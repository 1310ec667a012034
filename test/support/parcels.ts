import * as z from "zod";

import { RecordModel } from "../../shared/records/record-model.ts";

const parcel = z.object({
  parcelId: z.string(),
  dueAt: z.number(),
  note: z.string().optional(),
  /** Once it was sent it stands in no list. */
  sentAt: z.number().optional(),
  /** Where it was seen. */
  trail: z.array(z.string()).default([]),
});
export type Parcel = z.infer<typeof parcel>;

/** A kind of records for tests of models and sweeps. */
export const parcels = new RecordModel<Parcel>({
  kind: "parcel",
  schema: parcel,
  keyOf: ({ parcelId }) => ({ id: parcelId }),
  listsOf: ({ sentAt, dueAt, note }) =>
    sentAt === undefined
      ? { gsi1: { list: "open", at: dueAt }, ...(note !== undefined && { gsi2: { list: "noted", at: dueAt } }) }
      : {},
});

export const OPEN_PARCELS = { index: "gsi1", list: "open" } as const;
export const NOTED_PARCELS = { index: "gsi2", list: "noted" } as const;

import * as z from "zod";

const jsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.output<typeof jsonObject>;

/** The JSON object in a body; undefined for anything else. */
export function parseJsonObject(body: Buffer | string): JsonObject | undefined {
  try {
    return jsonObject.safeParse(JSON.parse(body.toString())).data;
  } catch {
    return undefined;
  }
}

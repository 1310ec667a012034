import { describe, expect, test } from "@jest/globals";
import * as z from "zod";

import { mailSamples } from "../../local/emails/samples.ts";
import { MAIL_DATA, MAIL_KINDS, mailPayload } from "../../shared/contracts/mail-kinds.ts";
import { leavesOf } from "../support/text-leaves.ts";

interface Field {
  readonly path: string;
  readonly schema: z.core.$ZodType;
}

/** Every field of a schema, however deep, without what wraps it. */
function fieldsOf(schema: z.core.$ZodType, path: string): Field[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([name, field]) => fieldsOf(field, `${path}.${name}`));
  }
  if (schema instanceof z.ZodArray) return [{ path, schema }, ...fieldsOf(schema.element, `${path}[]`)];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) return fieldsOf(schema.unwrap(), path);
  // A transform comes first in a pipe; what it may give is what the second half allows.
  if (schema instanceof z.ZodPipe) return fieldsOf(schema.out, path);
  return [{ path, schema }];
}

const FIELDS = MAIL_KINDS.flatMap((kind) => fieldsOf(MAIL_DATA[kind], kind));

/** Whether a pattern matches texts of any length; `\+` and `[+]` are no repetitions. */
const isUnbounded = ({ source }: RegExp): boolean =>
  /[+*]|\{\d+,\}/.test(source.replaceAll(/\\./g, "x").replaceAll(/\[[^\]]*\]/g, "x"));

/** Limits of a text or list: its own format's and those of the checks on it. */
function limitsOf({ def }: z.ZodArray | z.ZodString | z.ZodStringFormat): readonly object[] {
  // eslint-disable-next-line no-underscore-dangle -- where Zod keeps what a check was made of
  return [def, ...(def.checks ?? []).map(({ _zod: { def: check } }) => check)];
}

function isBounded({ schema }: Field): boolean {
  if (!(schema instanceof z.ZodArray || schema instanceof z.ZodString || schema instanceof z.ZodStringFormat))
    return true;
  return limitsOf(schema).some(
    (limit) =>
      ("check" in limit && limit.check === "max_length") ||
      ("pattern" in limit && limit.pattern instanceof RegExp && !isUnbounded(limit.pattern)),
  );
}

describe("the data of mails", () => {
  test("has a greatest length for every text and every list", () => {
    expect(FIELDS.length).toBeGreaterThan(150);
    expect(FIELDS.filter((field) => !isBounded(field)).map(({ path }) => path)).toEqual([]);
  });

  test("is made of kinds of fields that this test can judge", () => {
    const known = [z.ZodArray, z.ZodString, z.ZodStringFormat, z.ZodNumber, z.ZodBoolean, z.ZodEnum];
    const unknown = FIELDS.filter(({ schema }) => !known.some((type) => schema instanceof type));
    expect(unknown.map(({ path, schema }) => `${path}: ${schema.constructor.name}`)).toEqual([]);
  });

  test.each(MAIL_KINDS)("has a sample of kind %s with every text filled in, which its schema accepts", (kind) => {
    const inSample = new Set(leavesOf(mailSamples[kind]).map(({ path }) => path.join(".").replaceAll(/\.\d+/g, "[]")));
    const missing = FIELDS.filter(({ path, schema }) => path.startsWith(`${kind}.`) && schema instanceof z.ZodString)
      .map(({ path }) => path.slice(kind.length + 1))
      .filter((path) => !inSample.has(path));
    expect(missing).toEqual([]);
    expect(mailPayload.safeParse({ type: kind, data: mailSamples[kind] }).error).toBeUndefined();
  });

  test("is refused with the name of the field, and never with what stood in it", () => {
    const { error } = mailPayload.safeParse({
      type: "generic",
      data: { email: "ada lovelace, eve", subject: "", paragraphs: [] },
    });
    expect(error?.issues.map(({ path }) => path.join("."))).toEqual(["data.email", "data.subject", "data.paragraphs"]);
    expect(error?.message).not.toContain("lovelace");
  });
});

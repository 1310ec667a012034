import { build } from "esbuild";
import { expect, test } from "@jest/globals";

/** Measured 880 KB, nearly all of it the AWS SDK, zod and telephone numbers. */
const LARGEST_BYTES = 1_000_000;

test.each(["cron", "analytics"])("the function api/%s carries no mails, no documents and no handlers", async (name) => {
  const { metafile } = await build({
    entryPoints: [`functions/api/${name}.ts`],
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minify: true,
    mainFields: ["module", "main"],
    metafile: true,
    write: false,
    outdir: "unwritten",
  });
  const [output] = Object.values(metafile.outputs);
  const carried = Object.entries(output?.inputs ?? {}).flatMap(([input, { bytesInOutput }]) =>
    bytesInOutput > 0 ? [input] : [],
  );
  expect(carried.filter((input) => /shared\/(email|pdf|messaging|billing)\/|react|twilio|\.ttf$/.test(input))).toEqual(
    [],
  );
  expect(output?.bytes).toBeLessThan(LARGEST_BYTES);
});

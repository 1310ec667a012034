/**
 * `npm run emails`: writes a gallery of every kind of mail with sample data to `.backline/emails/`: HTML, text, and
 * pictures at phone and desktop width, light and dark.
 */
import path from "node:path";
import { parseArgs } from "node:util";

import { writeGallery } from "./emails/gallery.ts";

const USAGE = `Usage: npm run emails -- [--no-png] [--locale TAG]

  --no-png      Writes no pictures, which take half a minute.
  --locale TAG  Language of the mails to customers, such as de-DE; en-GB by default.
`;

const FOLDER = path.resolve(import.meta.dirname, "..", ".backline", "emails");

interface Settings {
  readonly withPng: boolean;
  readonly locale: string;
}

function readArguments(): Settings | undefined {
  try {
    const { values } = parseArgs({
      options: { "no-png": { type: "boolean", default: false }, locale: { type: "string", default: "en-GB" } },
    });
    return { withPng: !values["no-png"], locale: new Intl.Locale(values.locale).toString() };
  } catch {
    return undefined;
  }
}

const settings = readArguments();
if (settings === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  const mails = await writeGallery({ folder: FOLDER, ...settings });
  process.stdout.write(`${mails.length} mails: ${path.join(FOLDER, "index.html")}\n`);
}

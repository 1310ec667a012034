import { beforeAll, describe, expect, test } from "@jest/globals";
import type * as z from "zod";

import { mailSamples, sampleContext, sampleGiftCard, sampleOrder, sampleSeller } from "../../local/emails/samples.ts";
import { MAIL_DATA, MAIL_KINDS, type MailKind } from "../../shared/contracts/mail-kinds.ts";
import { sellerSettings } from "../../shared/contracts/seller.ts";
import { displayText } from "../../shared/email/display-text.ts";
import type { RenderedMail } from "../../shared/email/mail-template.ts";
import { renderMail } from "../../shared/email/render-mail.tsx";
import { giftCard } from "../../shared/records/gift-card.ts";
import { newOrder } from "../../shared/records/order.ts";
import { leavesOf, type Path, replaced } from "../support/text-leaves.ts";
import { attributeValues, elementsOf, visibleText } from "../support/mail-reader.ts";

// Every text of every kind, of its records and of the settings is replaced by something hostile, wherever its schema lets
// it: what it refuses never comes to a template.

/** Where texts come from, with the schema that has let them in. */
interface Source {
  readonly schema: z.ZodType;
  readonly sample: unknown;
}

const RECORDS = {
  order: { schema: newOrder, sample: sampleOrder },
  card: { schema: giftCard, sample: sampleGiftCard },
} as const satisfies Record<string, Source>;

function sourcesOf(kind: MailKind): Readonly<Record<string, Source>> {
  const records = Object.entries(RECORDS).filter(([name]) => name in mailSamples[kind]);
  return {
    data: { schema: MAIL_DATA[kind], sample: mailSamples[kind] },
    settings: { schema: sellerSettings, sample: sampleSeller },
    ...Object.fromEntries(records),
  };
}

/** What nobody types: our own code and key of a gift card. A kind's data stands without the records beside it. */
const NOT_TYPED: ReadonlySet<string> = new Set([...Object.keys(RECORDS), "code", "pdfKey"]);
const typedLeaves = (sample: unknown) => leavesOf(sample).filter(({ path: [first = ""] }) => !NOT_TYPED.has(first));

/** A sample of which every text that may be anything is hostile, and what went in where, as the schema let it in. */
interface HostileSample {
  readonly sample: unknown;
  readonly texts: readonly (readonly [where: string, text: string])[];
  readonly links: readonly string[];
}

function hostileSample(name: string, { schema, sample }: Source, hostile: string): HostileSample {
  const texts: [string, string][] = [];
  const links: string[] = [];
  const changed = typedLeaves(sample).reduce((value: unknown, { path }, index) => {
    const where = [name, ...path].join(".");
    const parsed = schema.safeParse(replaced(value, path, `${hostile} ${name}${index}.`));
    const stored = leavesOf(parsed.data).find((leaf) => [name, ...leaf.path].join(".") === where)?.text;
    if (stored === undefined) return value;
    if (isLink(path)) links.push(stored);
    else texts.push([where, stored]);
    return replaced(value, path, stored);
  }, sample);
  return { sample: changed, texts, links };
}

/** Settings and records are the same for all kinds: parsing them again would be most of the time. */
const known = new Map<string, HostileSample>();

function hostileSampleOnce(name: string, source: Source, hostile: string): HostileSample {
  if (name === "data") return hostileSample(name, source, hostile);
  const key = `${name} ${hostile}`;
  const made = known.get(key) ?? hostileSample(name, source, hostile);
  known.set(key, made);
  return made;
}

interface HostileMail {
  readonly mail: RenderedMail;
  readonly texts: ReadonlyMap<string, string>;
  readonly links: readonly string[];
}

async function hostileMail(kind: MailKind, hostile: string): Promise<HostileMail> {
  const parts = Object.entries(sourcesOf(kind)).map(
    ([name, source]) => [name, hostileSampleOnce(name, source, hostile)] as const,
  );
  // What the schemas let in has the shape of the samples: only texts were replaced.
  const samples = Object.fromEntries(parts.map(([name, { sample }]) => [name, sample])) as Record<string, object>;
  const { data, settings, ...records } = samples;
  const context = { ...sampleContext(), settings: settings as typeof sampleSeller };
  return {
    mail: await renderMail(kind, { ...data, ...records } as never, context),
    texts: new Map(parts.flatMap(([, { texts }]) => texts)),
    links: parts.flatMap(([, { links }]) => links),
  };
}

const isLink = (path: Path): boolean => /url$|^website$/i.test(path.at(-1) ?? "");

const HOSTILE: readonly (readonly [name: string, text: string])[] = [
  ["markup", `<script>alert(1)</script><img src=x onerror=x>`],
  ["an end of an attribute", `"><a href='https://evil.example'>x</a>`],
  ["character references", `&lt;b&gt; &amp;amp; &#39; &nbsp;`],
  ["a comment and a conditional", `--><!--[if mso]><b>x</b><![endif]-->`],
  ["template syntax", "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}"],
  ["several addresses", "a, Eve <eve@evil.example>; c@d.example"],
  ["a right-to-left override", "\u202Egpj.exe \u2066x\u2069 \u200Fy"],
  ["an emoji sequence", "👩‍👩‍👧‍👦 🏳️‍🌈 👨🏽‍💻 ❤️‍🔥"],
  ["lone surrogates", "a\uD83D lone \uDE00 b"],
];

describe.each(MAIL_KINDS)("a mail of kind %s", (kind) => {
  let plain: HostileMail;
  beforeAll(async () => {
    plain = await hostileMail(kind, "Plain");
  });

  test.each(HOSTILE)("shows %s as the text it is", async (_, hostile) => {
    const { mail, texts } = await hostileMail(kind, hostile);
    const seen = visibleText(mail.html);
    const shown = [...texts].filter(([where]) => plain.mail.text.includes(plain.texts.get(where) ?? "-"));
    expect(shown.length).toBeGreaterThan(0);
    for (const text of shown.map(([, typed]) => displayText(typed))) {
      expect(seen).toContain(text);
      expect(mail.text).toContain(text);
    }
    expect(elementsOf(mail.html)).toEqual(elementsOf(plain.mail.html));
  });

  test("keeps the line ends of what may have lines, and refuses them elsewhere", async () => {
    const { mail, texts } = await hostileMail(kind, "one\r\nBcc: eve@evil.example");
    expect(mail.subject).not.toMatch(/[\r\n]/);
    for (const text of [...texts.values()].filter((typed) => mail.text.includes(typed))) {
      expect(text).toMatch(/^one\nBcc: eve@evil\.example \w+\.$/);
      expect(visibleText(mail.html)).toContain(text);
    }
    expect(mail.html + mail.text).not.toContain("\r");
  });

  test("links where it should, whatever stands in a link", async () => {
    const { mail, links } = await hostileMail(kind, `https://shop.example.com/"><script>\u202E</script>`);
    const expected = new Set([...links.map((link) => new URL(link).href), `mailto:${sampleSeller.email.support}`]);
    for (const href of attributeValues(mail.html, "href")) expect(expected).toContain(href);
    expect(mail.html).not.toContain("<script");
  });

  test.each(["javascript:alert(1)", "data:text/html,x", "http://shop.example.com/", "//evil.example"])(
    "takes no link such as %s",
    async (link) => {
      const { links } = await hostileMail(kind, link);
      expect(links).toEqual([]);
    },
  );

  test("breaks long words", async () => {
    const { mail } = await hostileMail(kind, "a".repeat(900));
    expect(mail.text).not.toMatch(/a{501}/);
  });
});

describe.each([
  ...MAIL_KINDS.map((kind) => [kind, { schema: MAIL_DATA[kind], sample: mailSamples[kind] }] as const),
  ...Object.entries(RECORDS),
  ["settings", { schema: sellerSettings, sample: sampleSeller }] as const,
])("a word of 1 MB in %s", (_, { schema, sample }: Source) => {
  test.each(typedLeaves(sample).map(({ path }) => path.join(".")))("is refused in %s, by the field's name", (where) => {
    const { data, error } = schema.safeParse(replaced(sample, where.split("."), "a".repeat(1_000_000)));
    const isStored = leavesOf(data).some(({ path }) => path.join(".") === where);
    expect(isStored).toBe(false); // a field that the schema does not know is dropped
    for (const { path } of error?.issues ?? []) expect(path.join(".")).toBe(where);
    expect(error?.message.length ?? 0).toBeLessThan(1_000);
  });
});

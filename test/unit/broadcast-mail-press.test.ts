import { describe, expect, it } from "@jest/globals";

import { MailPress, type Reader } from "../../shared/broadcast/mail-press.ts";

/** Renders as a template that greets its reader would, and counts how often it was asked. */
function press() {
  const rendered: string[] = [];
  const mailPress = new MailPress(async ({ name, locale, unsubscribeUrl }) => {
    rendered.push(`${locale} ${name === undefined ? "unnamed" : "named"}`);
    const greeting = name === undefined ? "Hello" : `Hello ${name}`;
    return Promise.resolve({
      subject: "News",
      html: `<p>${greeting}</p><a href="${unsubscribeUrl}">Leave</a>`,
      text: `${greeting}\nLeave: ${unsubscribeUrl}`,
    });
  });
  return { rendered, mailPress };
}

const ada: Reader = { name: "Ada", locale: "en", unsubscribeUrl: "https://x.example/unsubscribe/a.1" };

describe("a press for a broadcast's mails", () => {
  it("gives each reader their own name and link", async () => {
    const { mailPress } = press();
    await mailPress.print({ ...ada, name: "Bob", unsubscribeUrl: "https://x.example/unsubscribe/b.2" });
    await expect(mailPress.print(ada)).resolves.toEqual({
      subject: "News",
      html: '<p>Hello Ada</p><a href="https://x.example/unsubscribe/a.1">Leave</a>',
      text: "Hello Ada\nLeave: https://x.example/unsubscribe/a.1",
    });
  });

  it("renders once for each language, with a name and without", async () => {
    const { mailPress, rendered } = press();
    const readers = [ada, { ...ada, name: "Bob" }, { ...ada, name: undefined }, { ...ada, locale: "de" }];
    await Promise.all([...readers, ...readers].map((reader) => mailPress.print(reader)));
    expect(rendered).toEqual(["en named", "en unnamed", "de named"]);
  });

  it.each([
    ["markup", "<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"],
    ["an attribute's end", `"'&`, "&quot;&#39;&amp;"],
    ["a pattern of String.replace", "$& $1 $`", "$&amp; $1 $`"],
    ["a right-to-left override", "a\u202Eb", "ab"],
    ["a lone surrogate", "a\uD800b", "a\uFFFDb"],
  ])("shows %s in a name as text", async (_, name, shown) => {
    const { html } = await press().mailPress.print({ ...ada, name });
    expect(html).toContain(`<p>Hello ${shown}</p>`);
  });

  it("fills in nothing that stands in a name", async () => {
    const { text } = await press().mailPress.print({ ...ada, name: "https://unsubscribe.invalid/link" });
    expect(text).toBe("Hello https://unsubscribe.invalid/link\nLeave: https://x.example/unsubscribe/a.1");
  });
});

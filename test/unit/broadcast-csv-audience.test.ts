import { describe, expect, it } from "@jest/globals";

import { readCsvAudience } from "../../shared/broadcast/csv-audience.ts";

const read = (text: string) => readCsvAudience(Buffer.from(text, "utf8"));
const emailsOf = (text: string) => read(text).recipients.map(({ email }) => email);

describe("a file of addresses", () => {
  it("is read with a byte order mark, CRLF, quotes, and columns in any order and case", () => {
    const text =
      '\uFEFFName,EMAIL,shoe size,Locale\r\n"Lovelace, ""Ada""",ada@example.com,38,en-GB\r\n,bob@example.com,,\r\n';
    expect(read(text)).toEqual({
      recipients: [
        { email: "ada@example.com", name: 'Lovelace, "Ada"', locale: "en-GB" },
        { email: "bob@example.com" },
      ],
      duplicates: 0,
      invalid: 0,
      invalidLines: [],
    });
  });

  it("may be parted by semicolons where its header is", () => {
    expect(read("email;name\nada@example.com;Lovelace, Ada\n").recipients).toEqual([
      { email: "ada@example.com", name: "Lovelace, Ada" },
    ]);
  });

  it("gives each address once, whatever its case and the spaces around it, as it stood first", () => {
    const audience = read("email,name\nAda@example.com,Ada\n ada@EXAMPLE.com ,Countess\nbob@example.com,\n");
    expect(audience.recipients).toEqual([{ email: "Ada@example.com", name: "Ada" }, { email: "bob@example.com" }]);
    expect(audience.duplicates).toBe(1);
  });

  it("leaves rows out that are not right, and says on which lines they stand", () => {
    const text = [
      "email,name,locale",
      "ada@example.com,Ada,en", // 2
      "not an address,Bob,en",
      "",
      "eve@example.com,Eve,no locale!", // 5
      `long@example.com,${"x".repeat(201)},en`,
      ",Nobody,", // 7
      ",,",
      "two@example.com;three@example.com,,",
    ].join("\n");
    const audience = read(text);
    expect(audience.recipients.map(({ email }) => email)).toEqual(["ada@example.com"]);
    expect(audience).toMatchObject({ invalid: 5, invalidLines: [3, 5, 6, 7, 9] });
  });

  it("names the first hundred lines that are not right, and counts all", () => {
    const audience = read(`email\nada@example.com\n${"nobody\n".repeat(150)}`);
    expect(audience.invalid).toBe(150);
    expect(audience.invalidLines).toHaveLength(100);
    expect(audience.invalidLines.slice(0, 2)).toEqual([3, 4]);
  });

  it.each([
    ["a header of its own in a name", 'eve@example.com,"Eve\u0000Bcc: all@example.com"'],
    ["an address with a display name", '"Eve <eve@example.com>",Eve'],
    ["a list of addresses", '"eve@example.com, mallory@example.com",Eve'],
    ["an address with a control character", "eve\u0007@example.com,Eve"],
    ["an address of 300 characters", `${"e".repeat(290)}@example.com,Eve`],
  ])("leaves out %s", (_, row) => {
    const audience = read(`email,name\nada@example.com,Ada\n${row}\n`);
    expect(audience.recipients.map(({ email }) => email)).toEqual(["ada@example.com"]);
    expect(audience.invalidLines).toEqual([3]);
  });

  it("takes a quote within a cell as it stands", () => {
    expect(read('email,name\neve@example.com,Eve "the Eve" Smith\n').recipients).toEqual([
      { email: "eve@example.com", name: 'Eve "the Eve" Smith' },
    ]);
  });

  it.each([
    ["is never closed", 'email,name\neve@example.com,"Eve\nbob@example.com,Bob\n'],
    ["is closed in another row", 'email,name\neve@example.com,"Eve\nbob@example.com,"Bob"\n'],
    ["takes the next row into a name", 'email,name\neve@example.com,"Eve\nbob@example.com,Bob"\n'],
    ["takes everything in", `email,name\neve@example.com,"Eve\n${"bob@example.com,Bob\n".repeat(2_000)}`],
  ])("is refused when a quote %s: nobody can say where its rows begin", (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "AUDIENCE_QUOTES" }));
  });

  it("says where the quote stands, and nothing of what it holds", () => {
    const attempt = () => read('email,name\nada@example.com,Ada\neve@example.com,"Eve\n');
    expect(attempt).toThrow(/line 3/);
    expect(attempt).not.toThrow(/eve/i);
  });

  it.each([
    ["it is empty", ""],
    ["its first line names no email", "ada@example.com\nbob@example.com\n"],
  ])("is refused when %s", (_, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "AUDIENCE_HEADER" }));
  });

  it("is refused in another encoding than UTF-8", () => {
    const text = Buffer.from("email,name\nzoe@example.com,Zo\u00EB\n", "latin1");
    expect(() => readCsvAudience(text)).toThrow(expect.objectContaining({ code: "AUDIENCE_NOT_UTF8" }));
  });

  it("is refused over 20 MB", () => {
    const file = Buffer.alloc(20 * 1024 * 1024 + 1, "a");
    expect(() => readCsvAudience(file)).toThrow(expect.objectContaining({ code: "AUDIENCE_TOO_LARGE" }));
  });

  it("is read to its end where lines are parted by CR alone, as old programs do", () => {
    expect(emailsOf("email\rada@example.com\rbob@example.com")).toEqual(["ada@example.com", "bob@example.com"]);
  });
});

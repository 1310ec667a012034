import { describe, expect, test } from "@jest/globals";

import { contrastRatio, textColourOn } from "../../shared/email/contrast.ts";
import { Action, Amount, Divider, Heading, Note, Paragraph, Subheading } from "../../shared/email/mail-components.tsx";
import { Facts, Grid, Lines } from "../../shared/email/mail-tables.tsx";
import { mailText } from "../../shared/email/mail-text.ts";

function Both({ first }: { readonly first: string }) {
  return (
    <>
      <Paragraph text={first} />
      {false}
      {[<Paragraph key="2" text="two" />]}
    </>
  );
}

describe("the text of a mail", () => {
  test("has a block for each part, also of parts made of parts", () => {
    const body = (
      <>
        <Heading text="Heading" />
        <Both first="one" />
        <Amount value="€1.00" note="paid" />
        <Divider />
        <Action label="Go" url="https://example.com/a b" />
      </>
    );
    expect(mailText(body)).toBe(
      "Heading\n\none\n\ntwo\n\n€1.00\npaid\n\n--------------------------------\n\nGo: https://example.com/a%20b",
    );
  });

  test("leaves out what has nothing to say", () => {
    expect(
      mailText([<Facts key="1" facts={[["Carrier", undefined]]} />, undefined, <Paragraph key="2" text="x" />]),
    ).toBe("x");
  });

  test("sets tables line by line", () => {
    expect(
      mailText(<Lines lines={[{ what: "1 × Vase", amount: "€1.00" }, { what: "2 × Bowl" }]} more="and more" />),
    ).toBe("1 × Vase: €1.00\n2 × Bowl\nand more");
    expect(mailText(<Grid columns={["Product", "In stock"]} rows={[["Vase\nV-1", "2"]]} />)).toBe(
      "Vase, V-1: In stock 2",
    );
    expect(mailText(<Subheading text="Low" />)).toBe("Low\n---");
    expect(mailText(<Note title="Ada writes" text={"one\ntwo"} />)).toBe("Ada writes:\none\ntwo");
  });

  test("refuses what it could not say", () => {
    expect(() => mailText(<div>lost</div>)).toThrow("holds <div>, which has no text form");
    expect(() => mailText("lost")).toThrow("holds bare text");
  });
});

describe("the text on a button", () => {
  test.each([
    ["#1D4ED8", "#FFFFFF"],
    ["#000000", "#FFFFFF"],
    ["#FACC15", "#111827"],
    ["#FFFFFF", "#111827"],
    ["#FF0000", "#111827"],
  ])("can be read on %s in %s", (ground, ink) => {
    expect(textColourOn(ground)).toBe(ink);
  });

  test("has a contrast of at least 4.2 on every grey", () => {
    for (let level = 0; level < 256; level += 1) {
      const ground = `#${level.toString(16).padStart(2, "0").repeat(3)}`;
      expect(contrastRatio(ground, textColourOn(ground))).toBeGreaterThanOrEqual(4.19);
    }
    expect(contrastRatio("#000000", "#FFFFFF")).toBe(21);
  });
});

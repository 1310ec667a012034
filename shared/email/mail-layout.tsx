import { Body } from "@react-email/body";
import { Container } from "@react-email/container";
import { Head } from "@react-email/head";
import { Html } from "@react-email/html";
import { Img } from "@react-email/img";
import { Link } from "@react-email/link";
import { Preview } from "@react-email/preview";
import { Section } from "@react-email/section";
import { Text } from "@react-email/text";
import type { ReactNode } from "react";

import { shortened } from "./display-text.ts";
import { linkHref, MailLookContext, Words } from "./mail-components.tsx";
import { MAIL_CSS, mailStyles } from "./mail-design.ts";
import { mailText } from "./mail-text.ts";

/** Words below a mail, with a link where there is one. */
export interface FooterLine {
  readonly text: string;
  readonly link?: { readonly label: string; readonly url: string };
}

export interface MailLayoutProps {
  /** BCP 47 tag of the text, for screen readers and hyphenation. */
  readonly language: string;
  readonly title: string;
  /** What an inbox shows behind the subject. */
  readonly preview: string;
  /** A line across the card in the seller's colour. */
  readonly accentColour: string;
  /** Content ids of the images that go with the mail, by their key. */
  readonly images: ReadonlyMap<string, string>;
  readonly brand: { readonly name: string; readonly logoKey: string | undefined };
  readonly body: ReactNode;
  /** In the card, below the body: files, where to ask. */
  readonly afterword: readonly FooterLine[];
  /** Who writes: name, address, register; small, below the card. */
  readonly imprint: readonly FooterLine[];
}

/** Below React Email's own limit of 150, where it would cut a letter in two. */
const PREVIEW_LENGTH = 140;

/** The frame of every mail: one card on a plain ground, 600 px at most, light or dark as the reader's device is. */
export function MailLayout({ accentColour, images, ...mail }: MailLayoutProps) {
  return (
    <Html lang={mail.language}>
      <Head>
        <title>{mail.title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <style>{MAIL_CSS}</style>
      </Head>
      <Body style={mailStyles.page} className="page">
        <Preview>{shortened(mail.preview, PREVIEW_LENGTH)}</Preview>
        <Container style={{ maxWidth: 600 }}>
          <Section className="card" style={{ ...mailStyles.card, borderTop: `4px solid ${accentColour}` }}>
            <Brand {...mail.brand} images={images} />
            <MailLookContext value={{ accentColour, images }}>{mail.body}</MailLookContext>
            <FooterLines lines={mail.afterword} style={{ marginTop: 24 }} />
          </Section>
          <Section style={{ padding: "20px 12px" }}>
            <FooterLines lines={mail.imprint} style={{ textAlign: "center" }} />
          </Section>
        </Container>
      </Body>
    </Html>
  );
}

/** The same mail as plain text. */
export function mailLayoutText({ body, afterword, imprint }: MailLayoutProps): string {
  return [
    mailText(body),
    "",
    ...afterword.map(footerText),
    "",
    "-- ", // The mark of a signature, with its space: RFC 3676, 4.3
    ...imprint.map(footerText),
    "",
  ].join("\n");
}

function Brand({ name, logoKey, images }: MailLayoutProps["brand"] & Pick<MailLayoutProps, "images">) {
  const contentId = logoKey === undefined ? undefined : images.get(logoKey);
  if (contentId !== undefined) {
    return <Img className="logo" src={`cid:${contentId}`} alt={name} height={40} style={mailStyles.logo} />;
  }
  return (
    <Text className="ink" style={mailStyles.brand}>
      <Words text={name} />
    </Text>
  );
}

interface FooterLinesProps {
  readonly lines: readonly FooterLine[];
  readonly style: { readonly marginTop?: number; readonly textAlign?: "center" };
}

function FooterLines({ lines, style }: FooterLinesProps) {
  return lines.map(({ text, link }, index) => (
    // eslint-disable-next-line react/no-array-index-key -- lines may be equal, and nothing is ever reordered
    <Text key={index} className="muted" style={{ ...mailStyles.muted, ...style }}>
      {text !== "" && <Words text={text} />}
      {text !== "" && link && " "}
      {link && (
        <Link
          href={linkHref(link.url)}
          className="ink"
          style={{ color: mailStyles.text.color, textDecoration: "underline" }}
        >
          <Words text={link.label} />
        </Link>
      )}
    </Text>
  ));
}

/** An address is its own link in text; a link's words stand before it. */
function footerText({ text, link }: FooterLine): string {
  if (link === undefined) return text;
  const target = link.url.startsWith("mailto:") ? link.label : `${link.label}: ${linkHref(link.url)}`;
  return [text, target].filter(Boolean).join(" ");
}

import { Body } from "@react-email/body";
import { Container } from "@react-email/container";
import { Head } from "@react-email/head";
import { Html } from "@react-email/html";
import { Preview } from "@react-email/preview";
import { Section } from "@react-email/section";
import { Text } from "@react-email/text";
import type { ReactNode } from "react";

import { MAIL_CSS, mailStyles } from "./mail-design.ts";

export interface MailLayoutProps {
  /** BCP 47 tag of the text, for screen readers and hyphenation. */
  readonly language: string;
  readonly title: string;
  /** What an inbox shows behind the subject. */
  readonly preview: string;
  /** A line across the card in the seller's colour. */
  readonly accentColour: string;
  /** Who writes: name, address, register; small, below the card. */
  readonly imprint: readonly string[];
  readonly children: ReactNode;
}

/** The frame of every mail: one card on a plain ground, 600 px at most, light or dark as the reader's device is. */
export function MailLayout({ language, title, preview, accentColour, imprint, children }: MailLayoutProps) {
  return (
    <Html lang={language}>
      <Head>
        <title>{title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="supported-color-schemes" content="light dark" />
        <style>{MAIL_CSS}</style>
      </Head>
      <Body style={mailStyles.page} className="page">
        <Preview>{preview}</Preview>
        <Container style={{ maxWidth: 600 }}>
          <Section className="card" style={{ ...mailStyles.card, borderTop: `4px solid ${accentColour}` }}>
            {children}
          </Section>
          <Section style={{ padding: "20px 12px" }}>
            {imprint.map((line) => (
              <Text key={line} className="muted" style={{ ...mailStyles.muted, textAlign: "center" }}>
                <bdi>{line}</bdi>
              </Text>
            ))}
          </Section>
        </Container>
      </Body>
    </Html>
  );
}

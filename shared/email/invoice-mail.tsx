import { Column } from "@react-email/column";
import { Heading } from "@react-email/heading";
import { Hr } from "@react-email/hr";
import { Row } from "@react-email/row";
import { Section } from "@react-email/section";
import { Text } from "@react-email/text";
import type { CSSProperties } from "react";

import type { InvoiceMailContent } from "./invoice-mail-content.ts";
import { mailStyles } from "./mail-design.ts";
import { MailLayout } from "./mail-layout.tsx";

const rightCell: CSSProperties = { textAlign: "right", verticalAlign: "top", whiteSpace: "nowrap", paddingLeft: 16 };
const leftCell: CSSProperties = { verticalAlign: "top" };
const label: CSSProperties = { ...mailStyles.text, ...leftCell, color: mailStyles.muted.color, whiteSpace: "nowrap" };

/** The mail that goes with an invoice PDF: amount, facts and lines at a glance. */
export function InvoiceMail(content: InvoiceMailContent) {
  const { subject, preview, language, accentColour, imprint } = content;
  return (
    <MailLayout title={subject} {...{ preview, language, accentColour, imprint }}>
      <Heading as="h1" className="ink" style={mailStyles.heading}>
        {content.heading}
      </Heading>
      <Text className="ink" style={{ ...mailStyles.text, marginTop: 16 }}>
        <bdi>{content.greeting}</bdi>
      </Text>
      <Text className="ink" style={{ ...mailStyles.text, marginTop: 12 }}>
        {content.intro}
      </Text>
      <PaidAmount {...content} />
      <Pairs pairs={content.facts} />
      <Hr className="line" style={mailStyles.line} />
      <Lines {...content} />
      <Hr className="line" style={mailStyles.line} />
      <Pairs pairs={content.totals} />
      <Questions {...content} />
    </MailLayout>
  );
}

function PaidAmount({ total, paid }: InvoiceMailContent) {
  return (
    <Section style={{ margin: "24px 0" }}>
      <Text className="ink" style={mailStyles.amount}>
        {total}
      </Text>
      <Text className="muted" style={mailStyles.muted}>
        {paid}
      </Text>
    </Section>
  );
}

function Pairs({ pairs }: { readonly pairs: InvoiceMailContent["facts"] }) {
  return pairs.map(([name, value]) => (
    <Row key={name}>
      <Column className="muted" style={label}>
        {name}
      </Column>
      <Column className="ink" style={{ ...mailStyles.text, ...leftCell, textAlign: "right", paddingLeft: 16 }}>
        <bdi>{value}</bdi>
      </Column>
    </Row>
  ));
}

function Lines({ lines, moreLines }: InvoiceMailContent) {
  const rows = lines.map(({ what, amount }, index) => (
    // eslint-disable-next-line react/no-array-index-key -- two lines may be equal, and nothing is ever reordered
    <Row key={index}>
      <Column className="ink" style={{ ...mailStyles.text, ...leftCell, paddingBottom: 6 }}>
        <bdi>{what}</bdi>
      </Column>
      <Column className="ink" style={{ ...mailStyles.text, ...rightCell }}>
        {amount}
      </Column>
    </Row>
  ));
  if (moreLines === undefined) return rows;
  return [
    ...rows,
    <Text key="more" className="muted" style={{ ...mailStyles.muted, marginTop: 8 }}>
      {moreLines}
    </Text>,
  ];
}

function Questions({ questions, supportEmail }: InvoiceMailContent) {
  return (
    <Text className="muted" style={{ ...mailStyles.muted, marginTop: 28 }}>
      {questions}{" "}
      <a href={`mailto:${supportEmail}`} className="ink" style={{ color: mailStyles.text.color }}>
        {supportEmail}
      </a>
    </Text>
  );
}

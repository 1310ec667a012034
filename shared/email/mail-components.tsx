import { Button } from "@react-email/button";
import { Heading as EmailHeading } from "@react-email/heading";
import { Hr } from "@react-email/hr";
import { Img } from "@react-email/img";
import { Section } from "@react-email/section";
import { Text } from "@react-email/text";
import { createContext, Fragment, type ReactNode, useContext } from "react";

import { textColourOn } from "./contrast.ts";
import { mailStyles, SEVERITY_COLOURS } from "./mail-design.ts";
import { mailComponent } from "./mail-text.ts";

// What the bodies of mails are made of. Each part has its HTML and its text side by side; the layout is in
// `mail-layout.tsx`, tables in `mail-tables.tsx`.

/** What parts need to know of the mail that they stand in, to be shown. */
export interface MailLook {
  readonly accentColour: string;
  /** Content ids by key in the `assets` bucket. */
  readonly images: ReadonlyMap<string, string>;
}
export const MailLookContext = createContext<MailLook>({ accentColour: "#1D4ED8", images: new Map() });

/** Text of one or more lines; each is set in its own direction, so that none can turn another. */
export function Words({ text }: { readonly text: string }): ReactNode {
  return text.split("\n").map((line, index) => (
    // eslint-disable-next-line react/no-array-index-key -- lines may be equal, and nothing is ever reordered
    <Fragment key={index}>
      {index > 0 && <br />}
      <bdi>{line}</bdi>
    </Fragment>
  ));
}

interface TextProps {
  readonly text: string;
}
const asItIs = ({ text }: TextProps) => text;

export const Heading = mailComponent<TextProps>(
  ({ text }) => (
    <EmailHeading as="h1" className="ink" style={mailStyles.heading}>
      <Words text={text} />
    </EmailHeading>
  ),
  asItIs,
);

export const Subheading = mailComponent<TextProps>(
  ({ text }) => (
    <EmailHeading as="h2" className="ink" style={mailStyles.subheading}>
      <Words text={text} />
    </EmailHeading>
  ),
  ({ text }) => `${text}\n${"-".repeat(Math.min(text.length, 32))}`,
);

/** Text as it was typed, its line breaks kept. */
export const Paragraph = mailComponent<TextProps>(
  ({ text }) => (
    <Text className="ink" style={{ ...mailStyles.text, marginTop: 14 }}>
      <Words text={text} />
    </Text>
  ),
  asItIs,
);

export const Paragraphs = mailComponent<{ readonly texts: readonly string[] }>(
  ({ texts }) =>
    // eslint-disable-next-line react/no-array-index-key -- as in `Words`
    texts.map((text, index) => <Paragraph key={index} text={text} />),
  ({ texts }) => texts.join("\n\n"),
);

/** Something that need not be read. */
export const SmallPrint = mailComponent<TextProps>(
  ({ text }) => (
    <Text className="muted" style={{ ...mailStyles.muted, marginTop: 14 }}>
      <Words text={text} />
    </Text>
  ),
  asItIs,
);

/** The one number that the mail is about. */
export const Amount = mailComponent<{ readonly value: string; readonly note?: string | undefined }>(
  ({ value, note }) => (
    <Section style={{ marginTop: 20 }}>
      <Text className="ink" style={mailStyles.amount}>
        {value}
      </Text>
      {note !== undefined && (
        <Text className="muted" style={mailStyles.muted}>
          {note}
        </Text>
      )}
    </Section>
  ),
  ({ value, note }) => [value, note].filter(Boolean).join("\n"),
);

/** A link as a button, that Outlook shows as one, too. */
export const Action = mailComponent<{ readonly label: string; readonly url: string }>(
  function Action({ label, url }) {
    const { accentColour } = useContext(MailLookContext);
    const colours = { backgroundColor: accentColour, color: textColourOn(accentColour) };
    return (
      <Button href={linkHref(url)} className="action" style={{ ...mailStyles.action, ...colours }}>
        <Words text={label} />
      </Button>
    );
  },
  ({ label, url }) => `${label}: ${linkHref(url)}`,
);

/** A code to be typed or shown, such as a gift card's. */
export const Code = mailComponent<{ readonly label: string; readonly code: string }>(
  ({ label, code }) => (
    <Section className="well" style={mailStyles.well}>
      <Text className="muted" style={mailStyles.muted}>
        {label}
      </Text>
      <Text className="ink code" style={mailStyles.code} translate="no">
        {code}
      </Text>
    </Section>
  ),
  ({ label, code }) => `${label}: ${code}`,
);

/** Words that are not ours: a message, a reason, a note. */
export const Note = mailComponent<{ readonly title?: string; readonly text: string }>(
  function Note({ title, text }) {
    const { accentColour } = useContext(MailLookContext);
    return (
      <Section className="well" style={{ ...mailStyles.well, borderLeft: `3px solid ${accentColour}` }}>
        {title !== undefined && (
          <Text className="muted" style={mailStyles.muted}>
            <Words text={title} />
          </Text>
        )}
        <Text className="ink" style={mailStyles.text}>
          <Words text={text} />
        </Text>
      </Section>
    );
  },
  ({ title, text }) => (title === undefined ? text : `${title}:\n${text}`),
);

/** Lines under a title, such as a postal address. */
export const Address = mailComponent<{ readonly title: string; readonly lines: readonly string[] }>(
  ({ title, lines }) => (
    <Section style={{ marginTop: 20 }}>
      <Text className="muted" style={mailStyles.muted}>
        {title}
      </Text>
      <Text className="ink" style={mailStyles.text}>
        <Words text={lines.join("\n")} />
      </Text>
    </Section>
  ),
  ({ title, lines }) => [`${title}:`, ...lines].join("\n"),
);

export const Divider = mailComponent(
  () => <Hr className="line" style={mailStyles.line} />,
  () => "-".repeat(32), // a longer one wraps on a phone
);

export type Severity = keyof typeof SEVERITY_COLOURS;

export const Badge = mailComponent<{ readonly severity: Severity; readonly text: string }>(
  ({ severity, text }) => (
    <Text style={{ margin: "0 0 12px" }}>
      <span
        style={{
          ...mailStyles.muted,
          ...SEVERITY_COLOURS[severity],
          display: "inline-block",
          fontWeight: 600,
          borderRadius: 4,
          padding: "2px 10px",
        }}
      >
        {text}
      </span>
    </Text>
  ),
  ({ text }) => `[${text}]`,
);

/** A picture over the whole width; nothing where it does not go with the mail. */
export const Picture = mailComponent<{ readonly imageKey: string | undefined; readonly alt: string }>(
  function Picture({ imageKey, alt }) {
    const { images } = useContext(MailLookContext);
    const contentId = imageKey === undefined ? undefined : images.get(imageKey);
    return contentId && <Img src={`cid:${contentId}`} alt={alt} width={520} style={mailStyles.picture} />;
  },
  () => "",
);

/** A link as URLs are written, in ASCII and with nothing that ends an attribute. */
export const linkHref = (url: string): string => new URL(url).href;

import type { CSSProperties } from "react";

// Inline styles are the light design, because many mail programs drop style sheets. Classes carry what they cannot:
// dark mode and small screens. Programs that ignore them (Gmail, Outlook) darken the light design by themselves.

const LIGHT = { page: "#F3F4F6", card: "#FFFFFF", ink: "#111827", muted: "#4B5563", line: "#E5E7EB" } as const;
const DARK = { page: "#0B0F17", card: "#161C27", ink: "#F3F4F6", muted: "#AEB6C2", line: "#2F3846" } as const;

const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";
const FIXED_WIDTH_FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Courier New', monospace";

/** The cell that React Email's `Body` puts all content in, which takes the body's inline style. */
const PAGE_CELL = ".page > table > tbody > tr > td";

/** Outlook's apps and web mail know no media query: they mark what they darken with these attributes. */
const OUTLOOK = { text: "[data-ogsc]", ground: "[data-ogsb]" } as const;

/** Style sheet of every mail. */
export const MAIL_CSS = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) {
  .card { padding: 24px 20px !important; }
  ${PAGE_CELL} { padding: 0 !important; }
  .code { font-size: 18px !important; }
}
@media (prefers-color-scheme: dark) {
  .page, ${PAGE_CELL} { background-color: ${DARK.page} !important; }
  .card { background-color: ${DARK.card} !important; }
  .well { background-color: ${DARK.page} !important; }
  .ink { color: ${DARK.ink} !important; }
  .muted { color: ${DARK.muted} !important; }
  .line { border-color: ${DARK.line} !important; }
  .action { border-color: ${DARK.muted} !important; }
  .logo { background-color: ${LIGHT.card} !important; padding: 8px !important; border-radius: 6px !important; }
}
${OUTLOOK.ground} .page { background-color: ${DARK.page} !important; }
${OUTLOOK.ground} .card { background-color: ${DARK.card} !important; }
${OUTLOOK.ground} .well { background-color: ${DARK.page} !important; }
${OUTLOOK.text} .ink { color: ${DARK.ink} !important; }
${OUTLOOK.text} .muted { color: ${DARK.muted} !important; }
`;

const text: CSSProperties = {
  fontFamily: FONT,
  fontSize: 15,
  lineHeight: "24px",
  margin: 0,
  color: LIGHT.ink,
  wordBreak: "break-word", // a long word must not make the mail wider than a phone
};

/** Inline styles by role; an element with `ink`, `muted`, `line` … also takes the class of that name. */
export const mailStyles = {
  page: { backgroundColor: LIGHT.page, margin: 0, padding: "32px 12px" },
  card: { backgroundColor: LIGHT.card, padding: "36px 40px" },
  brand: { ...text, fontSize: 16, fontWeight: 600, marginBottom: 24 },
  logo: { display: "inline-block", height: 40, maxWidth: 240, marginBottom: 24 },
  heading: { ...text, fontSize: 22, lineHeight: "30px", fontWeight: 700 },
  subheading: { ...text, fontSize: 16, fontWeight: 600, marginTop: 28 },
  text,
  muted: { ...text, fontSize: 13, lineHeight: "20px", color: LIGHT.muted },
  label: { ...text, fontSize: 14, color: LIGHT.muted, hyphens: "auto" }, // German labels are long words
  amount: { ...text, fontSize: 28, lineHeight: "36px", fontWeight: 700 },
  code: { ...text, fontFamily: FIXED_WIDTH_FONT, fontSize: 22, lineHeight: "32px", fontWeight: 700 },
  well: { backgroundColor: LIGHT.page, borderRadius: 8, padding: "16px 20px", marginTop: 20 },
  line: { borderTop: `1px solid ${LIGHT.line}`, margin: "20px 0" },
  picture: { width: "100%", height: "auto", borderRadius: 8, marginTop: 20 },
  thumbnail: { width: 56, height: "auto", borderRadius: 4 },
  action: {
    ...text,
    fontWeight: 600,
    padding: "11px 22px",
    borderRadius: 6,
    border: "1px solid transparent",
    marginTop: 24,
  },
} as const satisfies Record<string, CSSProperties>;

/** How urgent a mail to the owner is; dark on pale, so that it can be read on either ground. */
export const SEVERITY_COLOURS = {
  info: { color: "#1E3A8A", backgroundColor: "#DBEAFE" },
  warning: { color: "#78350F", backgroundColor: "#FDE68A" },
  critical: { color: "#7F1D1D", backgroundColor: "#FECACA" },
} as const satisfies Record<string, CSSProperties>;

import type { CSSProperties } from "react";

// Inline styles are the light design, because many mail programs drop style sheets. Classes carry what they cannot:
// dark mode and small screens. Programs that ignore them (Gmail, Outlook) darken the light design by themselves.

const LIGHT = { page: "#F3F4F6", card: "#FFFFFF", ink: "#111827", muted: "#4B5563", line: "#E5E7EB" } as const;
const DARK = { page: "#0B0F17", card: "#161C27", ink: "#F3F4F6", muted: "#AEB6C2", line: "#2F3846" } as const;

const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** The cell that React Email's `Body` puts all content in, which takes the body's inline style. */
const PAGE_CELL = ".page > table > tbody > tr > td";

/** Style sheet of every mail. */
export const MAIL_CSS = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (max-width: 480px) {
  .card { padding: 24px 20px !important; }
  ${PAGE_CELL} { padding: 0 !important; }
}
@media (prefers-color-scheme: dark) {
  .page, ${PAGE_CELL} { background-color: ${DARK.page} !important; }
  .card { background-color: ${DARK.card} !important; }
  .ink { color: ${DARK.ink} !important; }
  .muted { color: ${DARK.muted} !important; }
  .line { border-color: ${DARK.line} !important; }
}
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
  heading: { ...text, fontSize: 22, lineHeight: "30px", fontWeight: 700 },
  text,
  muted: { ...text, fontSize: 13, lineHeight: "20px", color: LIGHT.muted },
  amount: { ...text, fontSize: 28, lineHeight: "36px", fontWeight: 700 },
  line: { borderTop: `1px solid ${LIGHT.line}`, margin: "20px 0" },
} as const satisfies Record<string, CSSProperties>;

/** The mailbox's whole look; inline, so that the page needs nothing from elsewhere. */
export const MAILBOX_STYLE = `
:root {
  --ink: #1d2433; --soft: #5b6579; --line: #dfe3ea; --page: #f5f6f9; --card: #ffffff; --accent: #2557d6; --chip: #edf1fb;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7eaf1; --soft: #9aa4b8; --line: #2c3445; --page: #12161f; --card: #1a202c; --accent: #86a8ff; --chip: #263150; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); }
main { max-width: 56rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
header { margin-bottom: 1.5rem; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .6rem; font-size: 1rem; color: var(--soft); }
a { color: var(--accent); }
button { margin-top: .9rem; padding: .45rem 1rem; border: 0; border-radius: .5rem; background: var(--accent); color: var(--card); font: inherit; font-weight: 600; cursor: pointer; }
button:hover { filter: brightness(1.1); }
a:focus-visible, button:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.empty { padding: 4rem 1rem; text-align: center; color: var(--soft); border: 1px dashed var(--line); border-radius: .75rem; }
.list { list-style: none; margin: 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; overflow: hidden; }
.list li + li { border-top: 1px solid var(--line); }
.list a { display: grid; grid-template-columns: 1fr auto; gap: .15rem 1rem; padding: .85rem 1.1rem; color: inherit; text-decoration: none; }
.list a:hover { background: var(--chip); }
.subject { font-weight: 600; overflow-wrap: anywhere; }
time { color: var(--soft); font-variant-numeric: tabular-nums; }
.who, .list .chips { grid-column: 1 / -1; color: var(--soft); overflow-wrap: anywhere; }
.list .chips { margin-top: .25rem; }
.chips { display: flex; align-items: center; flex-wrap: wrap; gap: .35rem; }
.chip { padding: 0 .55rem; border-radius: 1rem; background: var(--chip); color: var(--ink); font-size: .85rem; line-height: 1.6rem; overflow-wrap: anywhere; }
.chip.tag { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .78rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 0; padding: 1rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.files { margin: 0; padding-left: 0; list-style: none; }
.files small { color: var(--soft); }
iframe { width: 100%; height: 56rem; resize: vertical; background: #ffffff; border: 1px solid var(--line); border-radius: .75rem; }
pre { margin: 0; padding: 1rem 1.1rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--card); border: 1px solid var(--line); border-radius: .75rem; font: .9rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
details { margin-top: 2rem; }
summary { cursor: pointer; color: var(--soft); }
table { width: 100%; border-collapse: collapse; margin-top: .6rem; font-size: .88rem; }
th, td { padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
th { width: 14rem; font-weight: 500; color: var(--soft); }
.links { margin-top: 1.5rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } th { width: 8rem; } }
`;

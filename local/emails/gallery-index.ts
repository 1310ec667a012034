import { html } from "../mail/html.ts";
import type { GalleryMail } from "./gallery.ts";
import { VIEWS, viewFile } from "./photograph.ts";

const STYLE = html`<style>
  :root {
    color-scheme: light dark;
  }
  body {
    font:
      15px/1.5 system-ui,
      sans-serif;
    margin: 2rem auto;
    max-width: 72rem;
    padding: 0 1rem;
  }
  section {
    border-top: 1px solid #8886;
    padding: 1rem 0;
  }
  h2 {
    font-size: 1.1rem;
    margin: 0;
  }
  p {
    margin: 0.2rem 0 0.6rem;
  }
  .views {
    display: flex;
    gap: 1rem;
    align-items: flex-start;
    overflow-x: auto;
  }
  img {
    height: 20rem;
    border: 1px solid #8886;
  }
</style>`;

/** A page with every mail of the gallery: its subject, its files, its pictures. */
export function galleryIndex(mails: readonly GalleryMail[], withPng: boolean): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>Mails</title>
        ${STYLE}
      </head>
      <body>
        <h1>Every kind of mail</h1>
        ${mails.map((mail) => entry(mail, withPng))}
      </body>
    </html> `.markup;
}

const entry = ({ kind, subject }: GalleryMail, withPng: boolean) =>
  html`<section>
    <h2>${kind}</h2>
    <p>${subject}<br /><a href="${kind}.html">HTML</a> · <a href="${kind}.txt">Text</a></p>
    ${withPng ? [pictures(kind)] : []}
  </section>`;

const pictures = (kind: string) =>
  html`<div class="views">
    ${VIEWS.map(
      (view) =>
        html`<a href="${viewFile(kind, view)}"
          ><img loading="lazy" src="${viewFile(kind, view)}" alt="${view.name}"
        /></a>`,
    )}
  </div>`;

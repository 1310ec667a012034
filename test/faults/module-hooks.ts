import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/**
 * Pure functions that take far longer than the rest of a schedule: an invoice's PDF takes some 120 ms, its mail 10 ms.
 * Their modules are wrapped so that the same arguments give the first result; what they make is theirs.
 */
const SLOW_AND_PURE: Readonly<Record<string, string>> = {
  "/shared/pdf/render-invoice-pdf.ts": "renderInvoicePdf",
  "/shared/pdf/render-gift-card-pdf.ts": "renderGiftCardPdf",
  "/shared/email/render-mail.tsx": "renderMail",
  "/shared/email/render-invoice-mail.tsx": "renderInvoiceMail",
};

/** Lets Node load what the bundler loads otherwise (fonts as bytes), and remember what is slow. Call before importing handlers. */
export function registerModuleHooks(): void {
  registerHooks({
    load: (url, context, next) => {
      if (url.endsWith(".ttf")) return { format: "module", shortCircuit: true, source: bytesModule(url) };
      const slow = Object.entries(SLOW_AND_PURE).find(([path]) => url.endsWith(path));
      if (slow === undefined) return next(url, context);
      return { format: "module", shortCircuit: true, source: memoModule(`${url}?real`, slow[1]) };
    },
  });
}

const bytesModule = (url: string): string =>
  `export default Buffer.from("${readFileSync(fileURLToPath(url)).toString("base64")}", "base64");`;

function memoModule(url: string, name: string): string {
  return `
    import { ${name} as slow } from ${JSON.stringify(url)};
    export * from ${JSON.stringify(url)};
    const known = new Map();
    // Maps (of images) have no JSON of their own; and a gift card's code, drawn anew each time, looks like any other.
    const plain = (name, value) => (value instanceof Map ? [...value] : name === "code" ? "" : value);
    export const ${name} = (...args) => {
      const key = JSON.stringify(args, plain);
      if (!known.has(key)) known.set(key, slow(...args));
      return known.get(key);
    };`;
}

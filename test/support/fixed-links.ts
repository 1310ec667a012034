import { SignedLinks } from "../../shared/links/signed-links.ts";
import type { Links } from "../../shared/ports/links.ts";

/** Links into an HTTP API at `https://api.example.com`, signed with a key that everybody knows. */
export const fixedLinks: Links = new SignedLinks({
  publicUrl: "https://api.example.com",
  keys: () => Promise.resolve(["a key that everybody knows"]),
});

/** What a reader of a mail's HTML sees: no tags, entities resolved, a line for each block. */
export function visibleText(html: string): string {
  return html
    .replaceAll(/<(style|title)>.*?<\/\1>|<!--.*?-->/gs, "")
    .replaceAll(/<\/?(?:bdi|span)\b[^>]*>/g, "")
    .replaceAll(/<[^>]*>/g, "\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#x27;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}

/** Every element with the names of its attributes, in order; line breaks left out. */
export function elementsOf(html: string): string[] {
  return [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-zA-Z-]+(?:="[^"]*")?)*)\s*\/?>/g)]
    .filter(([, name]) => name !== "br")
    .map(([, name = "", attributes = ""]) => `${name}${attributes.replaceAll(/="[^"]*"/g, "")}`);
}

/** Values of an attribute, entities resolved. */
export function attributeValues(html: string, attribute: "href" | "src"): string[] {
  return [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, "g"))].map(([, value = ""]) =>
    value.replaceAll("&amp;", "&").replaceAll("&#x27;", "'"),
  );
}

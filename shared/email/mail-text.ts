import { Fragment, isValidElement, type FunctionComponent, type ReactElement, type ReactNode } from "react";

/** A part of a mail with two forms: HTML for those who see it, text for everybody else. */
export type MailComponent<Props> = FunctionComponent<Props> & { readonly asText: (props: Props) => string };

/** Ties the two forms of a part together, so that a template is written once. */
export function mailComponent<Props>(html: FunctionComponent<Props>, asText: (props: Props) => string) {
  return Object.assign(html, { asText }) satisfies MailComponent<Props>;
}

/**
 * The plain text of a mail, from the same elements as its HTML: each part is a block of lines, blocks are parted by an
 * empty line. A converter from HTML would make a table of amounts into a column of fragments.
 *
 * @throws TypeError for an element that is no mail component, such as `<div>`: it would be missing from the text.
 */
export function mailText(node: ReactNode): string {
  return blocksOf(node)
    .filter((block) => block !== "")
    .join("\n\n");
}

function blocksOf(node: ReactNode): string[] {
  if (node === null || node === undefined || typeof node === "boolean") return [];
  if (Array.isArray(node)) return node.flatMap(blocksOf);
  if (isValidElement(node)) return elementBlocks(node as ReactElement<{ children?: ReactNode }>); // React types props as unknown
  throw new TypeError("The body of a mail holds bare text. Put it into a component, such as Paragraph.");
}

function elementBlocks({ type, props }: ReactElement<{ children?: ReactNode }>): string[] {
  if (type === Fragment) return blocksOf(props.children);
  if (isMailComponent(type)) return [type.asText(props)];
  // Without hooks a component is a function of its props.
  if (typeof type === "function") return blocksOf((type as (props: object) => ReactNode)(props));
  throw new TypeError(`The body of a mail holds <${type}>, which has no text form. Use mail components only.`);
}

function isMailComponent(type: unknown): type is MailComponent<unknown> {
  return typeof type === "function" && "asText" in type;
}

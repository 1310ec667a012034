import { Img } from "@react-email/img";
import { type CSSProperties, type ReactNode, useContext } from "react";

import { MailLookContext, SmallPrint, Words } from "./mail-components.tsx";
import { mailStyles } from "./mail-design.ts";
import { mailComponent } from "./mail-text.ts";

// Parts of mails in rows. One table each, and not React Email's one a row: columns line up, at half the size.

export type LabelledValue = readonly [label: string, value: string];

const top: CSSProperties = { verticalAlign: "top", paddingBottom: 6 };
const right: CSSProperties = { ...top, textAlign: "right", paddingLeft: 16 };

function Table({ children }: { readonly children: ReactNode }) {
  return (
    <table role="presentation" width="100%" cellPadding={0} cellSpacing={0} border={0} style={{ marginTop: 20 }}>
      <tbody>{children}</tbody>
    </table>
  );
}

/** Labels and values; those without a value are left out. */
export const Facts = mailComponent<{
  readonly facts: readonly (readonly [label: string, value: string | undefined])[];
}>(
  ({ facts }) => {
    const known = withValue(facts);
    if (known.length === 0) return undefined;
    return (
      <Table>
        {known.map(([label, value], index) => (
          // eslint-disable-next-line react/no-array-index-key -- labels may be equal, and nothing is ever reordered
          <tr key={index}>
            <td className="muted" width="42%" style={{ ...mailStyles.label, ...top, paddingRight: 12 }}>
              <Words text={label} />
            </td>
            <td className="ink" style={{ ...mailStyles.text, ...top }}>
              <Words text={value} />
            </td>
          </tr>
        ))}
      </Table>
    );
  },
  ({ facts }) =>
    withValue(facts)
      .map(([label, value]) => `${label}: ${inOneLine(value)}`)
      .join("\n"),
);

function withValue(facts: readonly (readonly [label: string, value: string | undefined])[]): LabelledValue[] {
  return facts.flatMap(([label, value]) => (value === undefined ? [] : [[label, value] as const]));
}

/** What was bought, with its price and picture. */
export interface LineItem {
  readonly what: string;
  readonly amount?: string;
  /** In the `assets` bucket. */
  readonly imageKey?: string | undefined;
}

export const Lines = mailComponent<{ readonly lines: readonly LineItem[]; readonly more?: string | undefined }>(
  function Lines({ lines, more }) {
    const { images } = useContext(MailLookContext);
    const hasPictures = lines.some(({ imageKey }) => imageKey !== undefined && images.has(imageKey));
    const rows = lines.map((line, index) => (
      // eslint-disable-next-line react/no-array-index-key -- two lines may be equal, and nothing is ever reordered
      <tr key={index}>
        {hasPictures && (
          <td width="72" style={{ ...top, paddingBottom: 12 }}>
            <Thumbnail imageKey={line.imageKey} />
          </td>
        )}
        <td className="ink" style={{ ...mailStyles.text, ...top }}>
          <Words text={line.what} />
        </td>
        {line.amount !== undefined && (
          <td className="ink" style={{ ...mailStyles.text, ...right, whiteSpace: "nowrap" }}>
            {line.amount}
          </td>
        )}
      </tr>
    ));
    return (
      <>
        <Table>{rows}</Table>
        {more !== undefined && <SmallPrint text={more} />}
      </>
    );
  },
  ({ lines, more }) =>
    [...lines.map(({ what, amount }) => (amount === undefined ? what : `${what}: ${amount}`)), more]
      .filter((line) => line !== undefined)
      .join("\n"),
);

/** Its description stands beside it, so that a reader who sees nothing misses nothing. */
function Thumbnail({ imageKey }: Pick<LineItem, "imageKey">) {
  const { images } = useContext(MailLookContext);
  const contentId = imageKey === undefined ? undefined : images.get(imageKey);
  return contentId && <Img src={`cid:${contentId}`} alt="" width={56} style={mailStyles.thumbnail} />;
}

/** Sums below lines, the last of which is what counts. */
export const Totals = mailComponent<{ readonly totals: readonly LabelledValue[] }>(
  ({ totals }) => (
    <Table>
      {totals.map(([label, value], index) => {
        const weight = index === totals.length - 1 ? { fontWeight: 700 } : {};
        return (
          <tr key={label}>
            <td className="ink" style={{ ...mailStyles.text, ...top, ...weight }}>
              {label}
            </td>
            <td className="ink" style={{ ...mailStyles.text, ...right, ...weight, whiteSpace: "nowrap" }}>
              {value}
            </td>
          </tr>
        );
      })}
    </Table>
  ),
  ({ totals }) => totals.map(([label, value]) => `${label}: ${value}`).join("\n"),
);

/** Several values of each of many things; the first column names the thing, the others are numbers. */
export interface GridProps {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const gridCell = (index: number): CSSProperties =>
  index === 0 ? top : { ...right, paddingLeft: 10, whiteSpace: "nowrap" };

export const Grid = mailComponent<GridProps>(
  ({ columns, rows }) => (
    <table width="100%" cellPadding={0} cellSpacing={0} border={0} style={{ marginTop: 12 }}>
      <thead>
        <tr>
          {columns.map((column, index) => (
            <th key={column} scope="col" className="muted" style={{ ...headStyle, ...gridCell(index) }}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, row) => (
          // eslint-disable-next-line react/no-array-index-key -- as above
          <tr key={row}>
            {cells.map((cell, index) => (
              <td key={columns[index]} className="ink" style={{ ...mailStyles.text, ...gridCell(index) }}>
                <Words text={cell} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  ),
  ({ columns, rows }) =>
    rows
      .map(([first, ...others]) => {
        const numbers = others.map((cell, index) => `${columns[index + 1] ?? ""} ${cell}`);
        return `${inOneLine(first ?? "")}: ${numbers.join(", ")}`;
      })
      .join("\n"),
);

const headStyle: CSSProperties = { ...mailStyles.muted, textAlign: "left", fontWeight: 400 };

const inOneLine = (text: string): string => text.replaceAll("\n", ", ");

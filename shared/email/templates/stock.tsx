import { formatNumber } from "../../billing/locale-format.ts";
import { Heading, Paragraph, Subheading } from "../mail-components.tsx";
import { type MailLocale, ownerLocale } from "../mail-locale.ts";
import { Facts, Grid } from "../mail-tables.tsx";
import type { MailTemplate, TemplateData } from "../mail-template.ts";

export const lowStock: MailTemplate<"low_stock"> = {
  audience: "owner",
  content: ({ items }, context) => {
    const locale = ownerLocale(context.locale);
    const count = items.length === 1 ? "1 product is" : `${formatNumber(items.length, locale.numbers)} products are`;
    return {
      subject: items.length === 1 ? `Low stock: ${items[0]?.name ?? ""}` : `Low stock: ${items.length} products`,
      preview: items.map(({ name, quantity }) => `${name}: ${quantity}`).join(", "),
      language: locale.text,
      body: (
        <>
          <Heading text="Stock is running low" />
          <Paragraph text={`${count} at or below the level at which you want to be told.`} />
          <StockTable items={items} locale={locale} />
        </>
      ),
    };
  },
};

export const inventoryReport: MailTemplate<"inventory_report"> = {
  audience: "owner",
  content: ({ day, products, units, value, currency, lowStock: low, outOfStock: out }, { settings, locale: tag }) => {
    const locale = ownerLocale(tag);
    const number = (count: number) => formatNumber(count, locale.numbers);
    return {
      subject: `Inventory report for ${locale.day(day)}`,
      preview: `${number(products)} products, ${number(low.length)} low, ${number(out.length)} out of stock`,
      language: locale.text,
      body: (
        <>
          <Heading text={`Inventory on ${locale.day(day)}`} />
          <Facts
            facts={[
              ["Products", number(products)],
              ["Units in stock", number(units)],
              ["Value", value === undefined ? undefined : locale.money(value, currency ?? settings.currency)],
            ]}
          />
          {out.length > 0 && <Subheading text={`Out of stock (${number(out.length)})`} />}
          {out.length > 0 && <StockTable items={out} locale={locale} />}
          {low.length > 0 && <Subheading text={`Running low (${number(low.length)})`} />}
          {low.length > 0 && <StockTable items={low} locale={locale} />}
          {low.length + out.length === 0 && <Paragraph text="Nothing is running low." />}
        </>
      ),
    };
  },
};

interface StockTableProps {
  readonly items: TemplateData<"low_stock">["items"];
  readonly locale: MailLocale;
}

function StockTable({ items, locale: { numbers } }: StockTableProps) {
  const rows = items.map(({ sku, name, quantity, threshold }) => [
    `${name}\n${sku}`,
    formatNumber(quantity, numbers),
    threshold === undefined ? "–" : formatNumber(threshold, numbers),
  ]);
  return <Grid columns={["Product", "In stock", "Warn at"]} rows={rows} />;
}

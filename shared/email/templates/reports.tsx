import { Fragment } from "react";

import { formatNumber } from "../../billing/locale-format.ts";
import { Heading, Note, Paragraph, Subheading } from "../mail-components.tsx";
import { ownerLocale } from "../mail-locale.ts";
import { Facts, Grid } from "../mail-tables.tsx";
import type { MailTemplate } from "../mail-template.ts";

export const report: MailTemplate<"report"> = {
  audience: "owner",
  content: ({ title, period, summary, sections }, context) => ({
    subject: period === undefined ? title : `${title}, ${period}`,
    preview: summary.map(({ label, value }) => `${label}: ${value}`).join(" · "),
    language: ownerLocale(context.locale).text,
    body: (
      <>
        <Heading text={title} />
        {period !== undefined && <Paragraph text={period} />}
        <Facts facts={summary.map(({ label, value }) => [label, value])} />
        {sections.map(({ heading, rows }, index) => (
          // eslint-disable-next-line react/no-array-index-key -- headings may be equal, and nothing is ever reordered
          <Fragment key={index}>
            <Subheading text={heading} />
            <Facts facts={rows.map(({ label, value }) => [label, value])} />
          </Fragment>
        ))}
      </>
    ),
  }),
};

export const statusReport: MailTemplate<"status_report"> = {
  audience: "owner",
  content: ({ period, jobs, notes }, context) => {
    const { text, numbers } = ownerLocale(context.locale);
    const number = (count: number) => formatNumber(count, numbers);
    const sum = (field: "completed" | "failed" | "waiting") => number(jobs.reduce((all, job) => all + job[field], 0));
    return {
      subject: `Status report, ${period}: ${sum("failed")} failed`,
      preview: `${sum("completed")} jobs completed, ${sum("failed")} failed, ${sum("waiting")} waiting`,
      language: text,
      body: (
        <>
          <Heading text={`Status report, ${period}`} />
          <Facts
            facts={[
              ["Completed", sum("completed")],
              ["Failed", sum("failed")],
              ["Waiting", sum("waiting")],
            ]}
          />
          {jobs.length > 0 && (
            <Grid
              columns={["Type", "Completed", "Failed", "Waiting"]}
              rows={jobs.map(({ type, completed, failed, waiting }) => [
                type,
                ...[completed, failed, waiting].map(number),
              ])}
            />
          )}
          {notes !== undefined && <Note title="Notes" text={notes} />}
        </>
      ),
    };
  },
};

import { Action, Badge, Heading, Note, Paragraph, type Severity } from "../mail-components.tsx";
import { localMoment, ownerLocale } from "../mail-locale.ts";
import { Facts } from "../mail-tables.tsx";
import type { MailTemplate } from "../mail-template.ts";

const SEVERITY_WORDS: Readonly<Record<Severity, string>> = {
  info: "Information",
  warning: "Warning",
  critical: "Critical",
};

export const systemNotification: MailTemplate<"system_notification"> = {
  audience: "owner",
  content: ({ severity, title, message, facts }, context) => ({
    subject: `${SEVERITY_WORDS[severity]}: ${title}`,
    preview: message,
    language: ownerLocale(context.locale).text,
    body: (
      <>
        <Badge severity={severity} text={SEVERITY_WORDS[severity]} />
        <Heading text={title} />
        <Paragraph text={message} />
        <Facts facts={facts.map(({ label, value }) => [label, value])} />
      </>
    ),
  }),
};

export const jobAlert: MailTemplate<"job_alert"> = {
  audience: "owner",
  content: ({ jobType, jobId, errorCode, message, at, attempts, runbookUrl }, { settings, locale: tag }) => {
    const { text } = ownerLocale(tag);
    const when = localMoment(at, settings.timeZone, text);
    return {
      subject: `Job failed: ${jobType} (${errorCode})`,
      preview: message,
      language: text,
      body: (
        <>
          <Badge severity="critical" text="Job failed" />
          <Heading text={`${jobType} needs your attention`} />
          <Paragraph text="This job has failed for good and will not be tried again by itself. Fix the cause, then replay it." />
          <Note title="Error" text={message} />
          <Facts
            facts={[
              ["Job", jobId],
              ["Type", jobType],
              ["Error code", errorCode],
              ["Attempts", attempts?.toString()],
              ["Failed at", `${when.time}, ${when.zone}`],
            ]}
          />
          {runbookUrl !== undefined && <Action label="Open the runbook" url={runbookUrl} />}
        </>
      ),
    };
  },
};

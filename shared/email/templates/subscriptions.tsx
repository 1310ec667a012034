import { Action, Heading, Paragraph } from "../mail-components.tsx";
import { mailLocale } from "../mail-locale.ts";
import { Facts } from "../mail-tables.tsx";
import type { MailTemplate } from "../mail-template.ts";
import { SUBSCRIPTION_WORDS } from "./subscription-words.ts";

export const renewalReminder: MailTemplate<"renewal_reminder"> = {
  audience: "customer",
  content: ({ name, plan, tenant, renewsOn, amount, currency, manageUrl }, context) => {
    const locale = mailLocale(context.locale);
    const { renewal: words, ...shared } = SUBSCRIPTION_WORDS[locale.language];
    const [money, date] = [locale.money(amount, currency), locale.day(renewsOn)];
    return {
      subject: words.subject(plan, date),
      preview: words.intro(plan, date, money),
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          {name !== undefined && <Paragraph text={locale.labels.greeting(name)} />}
          <Paragraph text={words.intro(plan, date, money)} />
          <Facts
            facts={[
              [shared.plan, plan],
              [shared.account, tenant],
              [words.renewsOn, date],
              [locale.labels.amount, money],
            ]}
          />
          <Paragraph text={words.nothingToDo} />
          {manageUrl !== undefined && <Action label={words.manage} url={manageUrl} />}
        </>
      ),
    };
  },
};

export const subscriptionExpired: MailTemplate<"subscription_expired"> = {
  audience: "customer",
  content: ({ name, plan, tenant, expiredOn, graceEndsOn, renewUrl }, context) => {
    const locale = mailLocale(context.locale);
    const { expired: words, ...shared } = SUBSCRIPTION_WORDS[locale.language];
    const intro = words.intro(plan, locale.day(expiredOn));
    const grace = graceEndsOn === undefined ? undefined : words.grace(locale.day(graceEndsOn));
    return {
      subject: words.subject(plan),
      preview: grace ?? intro,
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          {name !== undefined && <Paragraph text={locale.labels.greeting(name)} />}
          <Paragraph text={intro} />
          {grace !== undefined && <Paragraph text={grace} />}
          <Facts
            facts={[
              [shared.plan, plan],
              [shared.account, tenant],
            ]}
          />
          {renewUrl !== undefined && <Action label={shared.renew} url={renewUrl} />}
        </>
      ),
    };
  },
};

export const subscriptionSuspended: MailTemplate<"subscription_suspended"> = {
  audience: "customer",
  content: ({ name, plan, tenant, suspendedOn, renewUrl }, context) => {
    const locale = mailLocale(context.locale);
    const { suspended: words, ...shared } = SUBSCRIPTION_WORDS[locale.language];
    const intro = words.intro(plan, locale.day(suspendedOn));
    return {
      subject: words.subject(plan),
      preview: intro,
      language: locale.text,
      body: (
        <>
          <Heading text={words.heading} />
          {name !== undefined && <Paragraph text={locale.labels.greeting(name)} />}
          <Paragraph text={intro} />
          <Paragraph text={words.kept} />
          <Facts
            facts={[
              [shared.plan, plan],
              [shared.account, tenant],
            ]}
          />
          {renewUrl !== undefined && <Action label={shared.renew} url={renewUrl} />}
        </>
      ),
    };
  },
};

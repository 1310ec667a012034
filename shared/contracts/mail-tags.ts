/**
 * SES message tags that lead a delivery event back to the effect that sent the mail. Underscores, because EventBridge
 * input paths do not take dashes everywhere. SES allows A-Z, a-z, 0-9, `_` and `-` in values (API_MessageTag), so job
 * ids keep to that alphabet.
 */
export const MAIL_TAGS = { job: "backline_job", effect: "backline_effect" } as const;

/**
 * SES message tags that lead a delivery event back to the effect that sent the mail. Underscores, because EventBridge
 * input paths do not take dashes everywhere. SES allows A-Z, a-z, 0-9, `_` and `-` in values (API_MessageTag), so job
 * ids keep to that alphabet.
 */
export const MAIL_TAGS = {
  job: "backline_job",
  effect: "backline_effect",
  /** Hash of the recipient's address: events pass through queues, which hold no addresses. */
  recipient: "backline_recipient",
  /** What kind of mail it is, for the statistics: one of `MAIL_KINDS`, or `invoice`. */
  kind: "backline_kind",
  /** The broadcast that it belongs to; `none` for others, so that every event has the tag. */
  broadcast: "backline_broadcast",
} as const;

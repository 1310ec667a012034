import { mailOfKind } from "../../../shared/email/mail-of-kind.ts";
import { sendMail } from "../../../shared/email/send-mail.ts";
import { jobFunction } from "../../../shared/lambda/job-function.ts";
import { thankYou } from "./definition.ts";

export const handler = jobFunction(thankYou, async (job, services) => {
  const { name, email } = job.payload;
  const mail = await mailOfKind(job.log, services, {
    kind: "generic",
    to: { name, address: email },
    data: { email, name, subject: "Thank you for your visit", paragraphs: ["It was good to have you in the studio."] },
  });
  return sendMail(job, services, (options) => job.effect("mail", options), mail);
});

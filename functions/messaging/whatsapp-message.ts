import { whatsappMessage } from "../../shared/catalog/messaging.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { sendMessage } from "../../shared/messaging/send-message.ts";
import { twilioMessenger } from "../../shared/messaging/twilio-messenger.ts";

export const handler = jobFunction(whatsappMessage, (job, services) => sendMessage(job, services, "whatsapp"), {
  messengerOf: twilioMessenger,
});

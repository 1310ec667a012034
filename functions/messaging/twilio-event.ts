import { twilioEvent } from "../../shared/catalog/messaging.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";
import { noteMessageEvent } from "../../shared/messaging/note-message-event.ts";
import { twilioMessenger } from "../../shared/messaging/twilio-messenger.ts";

export const handler = jobFunction(twilioEvent, noteMessageEvent, { messengerOf: twilioMessenger });

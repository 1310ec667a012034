import { mailPage } from "../../shared/broadcast/mail-page.ts";
import { broadcastPage } from "../../shared/catalog/messaging.ts";
import { jobFunction } from "../../shared/lambda/job-function.ts";

export const handler = jobFunction(broadcastPage, mailPage);

import { jobAnswer } from "../../../../../../shop/answer.ts";
import { followInvoiceJob } from "../../../../../../shop/invoice-job.ts";
import { backline } from "../../../../../lib/backline.ts";
import { respond } from "../../../../../lib/http.ts";

/** Seconds that a host may let a request last; a wait takes 25. */
export const maxDuration = 30;

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

/** A job once it has settled, or as it is after 25 seconds; ends when the browser goes away. */
export function GET(request: Request, { params }: Context): Promise<Response> {
  return respond(async () => jobAnswer(await followInvoiceJob(backline(), (await params).id, request.signal)));
}

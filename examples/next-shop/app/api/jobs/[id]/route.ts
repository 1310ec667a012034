import { jobAnswer } from "../../../../../shop/answer.ts";
import { findInvoiceJob } from "../../../../../shop/invoice-job.ts";
import { backline } from "../../../../lib/backline.ts";
import { respond } from "../../../../lib/http.ts";

interface Context {
  readonly params: Promise<{ readonly id: string }>;
}

/** A job as it is now. */
export function GET(_request: Request, { params }: Context): Promise<Response> {
  return respond(async () => jobAnswer(await findInvoiceJob(backline(), (await params).id)));
}

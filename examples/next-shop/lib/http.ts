import { errorAnswer, notJson, tooLarge, unreadable, type Answer } from "../../shop/answer.ts";

/** Where the shop shows jobs. */
export const JOBS_URL = "/api/jobs";

const LARGEST_BODY_BYTES = 20 * 1024;

/** Runs a route, and makes a response of its answer or of what it threw. */
export async function respond(route: () => Promise<Answer>): Promise<Response> {
  const { status, headers, body } = await route().catch((error: unknown) => errorAnswer(error, JOBS_URL));
  return Response.json(body, { status, headers });
}

/**
 * The body of a request. Next sets route handlers no limit.
 *
 * @throws InvalidRequestError when it is no JSON, or over 20 KB
 */
export async function readJson(request: Request): Promise<unknown> {
  // Also what keeps a form on somebody else's page from ordering: a browser sends no such type across sites unasked.
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) throw notJson();
  const text = await readText(request);
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable();
  }
}

async function readText(request: Request): Promise<string> {
  if (request.body === null) return "";
  const reader = request.body.getReader();
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    sizeBytes += read.value.byteLength;
    if (sizeBytes > LARGEST_BODY_BYTES) {
      await reader.cancel();
      throw tooLarge();
    }
    chunks.push(read.value);
  }
  return Buffer.concat(chunks).toString();
}

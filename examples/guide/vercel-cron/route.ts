/** Less than the 25 s that the endpoint may take would cut its answer off. */
export const maxDuration = 30;

/** Hands Vercel's call on, with the secret that Vercel sends. */
export async function GET(request: Request): Promise<Response> {
  const authorization = request.headers.get("authorization") ?? "";
  const answer = await fetch(`${process.env["BACKLINE_URL"]}/api/cron/cleanup`, { headers: { authorization } });
  return Response.json(await answer.json(), { status: answer.status });
}

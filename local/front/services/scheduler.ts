import * as z from "zod";

import { decodePathPart } from "../../listener.ts";
import type { ScheduleRunner } from "../../sources/schedule-runner.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION } from "../../template/intrinsics.ts";
import { type AwsResponse, type AwsService, errorResponse, jsonResponse } from "../aws-request.ts";
import { parseJsonObject } from "../json-object.ts";

const newSchedule = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default("UTC"),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Target: z.object({ Arn: z.string(), Input: z.string().optional() }),
});
type NewSchedule = z.output<typeof newSchedule>;

/** EventBridge Scheduler's API: create, update, get and delete schedules at run time, one group. */
export function schedulerService(runner: ScheduleRunner): AwsService {
  const schedules = new Map<string, NewSchedule>();
  return async ({ operation, parsedUrl, body }) => {
    const name = decodePathPart(parsedUrl.pathname.split("/").at(-1) ?? "");
    if (operation === "CreateSchedule" && schedules.has(name)) {
      return refusal(409, "ConflictException", `Schedule ${name} already exists.`);
    }
    if (operation !== "CreateSchedule" && !schedules.has(name)) {
      return refusal(404, "ResourceNotFoundException", `Schedule ${name} does not exist.`);
    }
    if (operation === "GetSchedule") return jsonResponse({ Name: name, Arn: arnOf(name), ...schedules.get(name) });
    runner.remove(name);
    schedules.delete(name);
    return operation === "DeleteSchedule" ? jsonResponse({}) : put(name, body);
  };

  function put(name: string, body: Buffer): AwsResponse {
    const parsed = newSchedule.safeParse(parseJsonObject(body));
    if (!parsed.success) return refusal(400, "ValidationException", z.prettifyError(parsed.error));
    try {
      if (parsed.data.State === "ENABLED") runner.add({ name, arn: arnOf(name), properties: parsed.data });
    } catch (error) {
      return refusal(400, "ValidationException", String(error));
    }
    schedules.set(name, parsed.data);
    return jsonResponse({ ScheduleArn: arnOf(name) });
  }
}

const arnOf = (name: string): string => `arn:aws:scheduler:${LOCAL_REGION}:${LOCAL_ACCOUNT}:schedule/default/${name}`;

const refusal = (status: number, code: string, message: string): AwsResponse =>
  errorResponse("scheduler", { status, code, message });

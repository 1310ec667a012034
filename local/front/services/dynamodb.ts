import type { Upstream } from "../../emulators/emulators.ts";
import type { AwsService } from "../aws-request.ts";
import { forward } from "../forward.ts";

/** dynalite has all that the engine needs; docs/local-differences.md lists the rest. */
export const dynamodbService =
  (upstream: Upstream): AwsService =>
  (request) =>
    forward(upstream, request);

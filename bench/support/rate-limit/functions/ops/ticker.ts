import { tickerFunction } from "../../../../../shared/lambda/ticker-function.ts";
import { rateLimitCatalog } from "../../catalog.ts";

export const handler = tickerFunction(rateLimitCatalog);

import { tickerFunction } from "../../../../../../shared/lambda/ticker-function.ts";
import { scheduledCatalog } from "../../catalog.ts";

export const handler = tickerFunction(scheduledCatalog);

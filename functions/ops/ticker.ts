import { catalog } from "../../shared/catalog/index.ts";
import { tickerFunction } from "../../shared/lambda/ticker-function.ts";

export const handler = tickerFunction(catalog);

import { tickerFunction } from "../../../../../../shared/lambda/ticker-function.ts";
import { misbehavingCatalog } from "../../catalog.ts";

/** The ticker of this folder's catalog; the product's own knows only the product's. */
export const handler = tickerFunction(misbehavingCatalog);

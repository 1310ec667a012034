import { decodePathPart } from "../listener.ts";
import type { HttpRoute } from "../template/installation.ts";
import type { RouteMatch } from "./http-event.ts";

interface CompiledRoute {
  readonly route: HttpRoute;
  readonly method: string;
  readonly path: RegExp;
  /** More specific routes come first: fewer variables, greedy ones and `ANY` last. */
  readonly rank: number;
}

/** The routes of an HTTP API, picked as API Gateway does: the most specific one that fits, `$default` last. */
export class RouteTable {
  readonly #routes: readonly CompiledRoute[];
  readonly #fallback: HttpRoute | undefined;

  constructor(routes: readonly HttpRoute[]) {
    this.#fallback = routes.find(({ routeKey }) => routeKey === "$default");
    this.#routes = routes
      .filter((route) => route !== this.#fallback)
      .map(compileRoute)
      .sort((a, b) => a.rank - b.rank);
  }

  match(method: string, path: string): (RouteMatch & { readonly functionName: string }) | undefined {
    for (const candidate of this.#routes) {
      const found = candidate.method === "ANY" || candidate.method === method ? candidate.path.exec(path) : null;
      if (found === null) continue;
      const parameters = Object.entries(found.groups ?? {}).map(
        ([name, value]) => [name, decodePathPart(value)] as const,
      );
      return { ...candidate.route, pathParameters: Object.fromEntries(parameters) };
    }
    return this.#fallback === undefined ? undefined : { ...this.#fallback, pathParameters: {} };
  }
}

function compileRoute(route: HttpRoute): CompiledRoute {
  const [method = "ANY", path = "/"] = route.routeKey.split(" ");
  const segments = path.split("/").slice(1);
  const pattern = segments.map((segment) => segmentPattern(segment)).join("/");
  const variables = segments.filter((segment) => segment.startsWith("{")).length;
  const greedy = path.includes("+}") ? 100 : 0;
  return {
    route,
    method,
    path: new RegExp(`^/${pattern}$`),
    rank: greedy + 2 * variables + (method === "ANY" ? 1 : 0),
  };
}

/** `{name}` is one segment, `{name+}` all that follow. */
function segmentPattern(segment: string): string {
  const [, name, plus] = /^\{(\w+)(\+?)\}$/.exec(segment) ?? [];
  if (name === undefined) return segment.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return `(?<${name}>${plus === "+" ? ".+" : "[^/]+"})`;
}

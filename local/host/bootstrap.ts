// Runs in a function's own process, as AWS Lambda's runtime client does: loads the handler, then takes one event at a
// time from the host. It imports nothing of the project; the host strips its types and starts it from a temporary file.
import { createRequire } from "node:module";
import path from "node:path";

interface InvokeMessage {
  readonly requestId: string;
  readonly event: unknown;
  /** Milliseconds since the epoch at which the host kills this process. */
  readonly deadlineMs: number;
}

type Handler = (event: unknown, context: object) => unknown;

const [, , codeDir = "", handlerName = "", functionArn = ""] = process.argv;

const send = (message: object): void => void process.send?.(message);

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  return { name: error.name, message: error.message, stack: error.stack };
}

/** `index.handler` is the export `handler` of `index.js`, `.mjs` or `.cjs`, the first that is there. */
function loadHandler(): Handler {
  const dot = handlerName.lastIndexOf(".");
  const [file, name] = [handlerName.slice(0, dot), handlerName.slice(dot + 1)];
  const require = createRequire(path.join(codeDir, "noop.js"));
  const exported: unknown = require(findFile(require, file));
  const handler: unknown = typeof exported === "object" && exported !== null && Reflect.get(exported, name);
  if (typeof handler !== "function") throw new Error(`${handlerName} is undefined or not exported`);
  return (event, context) => Reflect.apply(handler, undefined, [event, context]);
}

function findFile(require: NodeJS.Require, file: string): string {
  for (const extension of [".js", ".mjs", ".cjs"]) {
    try {
      return require.resolve(path.join(codeDir, file + extension));
    } catch {
      continue;
    }
  }
  throw new Error(`Cannot find module '${file}' in the function's code.`);
}

function contextOf({ requestId, deadlineMs }: InvokeMessage): object {
  const { AWS_LAMBDA_FUNCTION_NAME: functionName = "", AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory = "" } = process.env;
  return {
    awsRequestId: requestId,
    functionName,
    functionVersion: "$LATEST",
    invokedFunctionArn: functionArn,
    memoryLimitInMB: memory,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `local/${process.pid}`,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

async function run(handler: Handler, message: InvokeMessage): Promise<void> {
  const { requestId } = message;
  try {
    const result = await handler(message.event, contextOf(message));
    // As text, for Lambda too makes JSON of it; what has no JSON (a BigInt, a circle) is the function's error.
    send({ type: "result", requestId, json: JSON.stringify(result) });
  } catch (error) {
    send({ type: "error", requestId, error: describeError(error) });
  }
}

// The host is gone: nobody would ever stop this process.
process.on("disconnect", () => process.exit(0));

try {
  const handler = loadHandler();
  // The host is the only one at the other end.
  process.on("message", (message) => void run(handler, message as InvokeMessage));
  send({ type: "ready" });
} catch (error) {
  send({ type: "init-error", error: describeError(error) });
}

import { OutOfReachError, StackAccessError } from "./errors.ts";

type Calls<Names> = { readonly [Name in keyof Names]: (...given: never[]) => Promise<unknown> };

/** The same calls; that AWS is out of reach, or refuses the program, they say by errors of ours. */
export function reaching<Names extends Calls<Names>>(calls: Names): Names {
  const wrapped = Object.entries<(...given: never[]) => Promise<unknown>>(calls).map(([name, call]) => {
    const reached = async (...given: never[]): Promise<unknown> => {
      try {
        return await call(...given);
      } catch (error) {
        throw toldOf(error);
      }
    };
    return [name, reached];
  });
  return Object.fromEntries(wrapped) as Names; // the same names, each with its own parameters and answer
}

/** What to throw in place of an error: itself where AWS has no part in it. */
function toldOf(error: unknown): unknown {
  const failure = failureOf(error);
  if (failure === undefined) {
    // Those of several jobs that could not be put.
    return error instanceof AggregateError
      ? new AggregateError(error.errors.map(toldOf), error.message, { cause: error })
      : error;
  }
  if (isPassing(failure)) return new OutOfReachError(failure.name, { cause: error });
  if (isForbidding(failure)) return new StackAccessError(failure.name, { cause: error });
  return error;
}

/** An error of the SDK, as far as it tells. */
interface Failure {
  /** The name that AWS, Node.js or the SDK has for it: `AccessDeniedException`, `ECONNREFUSED`. */
  readonly name: string;
  /** Of the answer; absent when there was none. */
  readonly status?: number | undefined;
}

const NO_REGION = "Region is missing";

/**
 * Told by its fields, not its class: each of the SDK's packages has its own classes, and Jest's `Error` is not Node's. The
 * SDK puts `$metadata` on whatever ends a request; what keeps one from beginning has none (no credentials, no region), nor
 * has the body of an answer that breaks off.
 */
function failureOf(error: unknown): Failure | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { name, code, message, $metadata } = error as Partial<Record<string, unknown>>;
  if (message === NO_REGION) return { name: NO_REGION };
  if (name === "CredentialsProviderError") return { name };
  // The status of an answer that breaks off may be 200. A caller's `AbortSignal.timeout` is a TimeoutError too, not of ours.
  if (typeof code === "string" && BROKEN_OFF.has(code)) return { name: code };
  if (name === "TimeoutError" && String(message).startsWith("@smithy/")) return { name };
  if (typeof $metadata !== "object" || $metadata === null) return undefined;
  const { httpStatusCode: status } = $metadata as { readonly httpStatusCode?: number };
  return { name: status === undefined && typeof code === "string" ? code : String(name), status };
}

const BROKEN_OFF: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);
const THROTTLING = /Throttl|Throughput|SlowDown|TooManyRequests|RequestLimitExceeded|RequestTimeout/;
const FORBIDDING =
  /AccessDenied|ResourceNotFound|QueueDoesNotExist|NonExistentQueue|NoSuchBucket|Signature|ExpiredToken|UnrecognizedClient/;

/** Status 0 stands for no answer at all. */
const isPassing = ({ name, status = 0 }: Failure): boolean =>
  name !== NO_REGION && (status === 0 || status === 429 || status >= 500 || THROTTLING.test(name));

/** 301 is S3's word for another region; a name of what is missing comes with 400 or 404. */
const isForbidding = ({ name, status = 0 }: Failure): boolean =>
  name === NO_REGION || [301, 401, 403].includes(status) || FORBIDDING.test(name);

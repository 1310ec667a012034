import { randomBytes, randomInt } from "node:crypto";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** One child process of a function, as the front sees it. */
export interface FunctionCaller {
  readonly kind: "function";
  readonly functionName: string;
  readonly pid: () => number;
  /** The invocation that runs in the process at this moment. */
  readonly invocationId: () => string | undefined;
  /** SIGKILL, as a machine that goes away. */
  readonly kill: () => void;
}

/** Who made a request: a function's process, the runtime itself (event sources, EventBridge), or anybody else. */
export type Caller = FunctionCaller | { readonly kind: "runtime" } | { readonly kind: "developer" };

/** Given to people and programs from outside; any key that is not known counts as this one. */
export const DEVELOPER_CREDENTIALS: Credentials = {
  accessKeyId: "AKIALOCALDEVELOPER00",
  secretAccessKey: "backline-local-developer",
};

/** Knows whose access key is whose. */
export class Callers {
  readonly #byKey = new Map<string, Caller>();

  /**
   * A key pair of the caller's own. It stays known after the process died: what that process sent in its last moment is
   * still its request.
   */
  issue(caller: Caller): Credentials {
    const credentials = { accessKeyId: newAccessKeyId(), secretAccessKey: randomBytes(30).toString("base64") };
    this.#byKey.set(credentials.accessKeyId, caller);
    return credentials;
  }

  identify(accessKeyId: string): Caller {
    return this.#byKey.get(accessKeyId) ?? { kind: "developer" };
  }
}

const KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `AKIA` and 16 letters and digits, like AWS's own. */
function newAccessKeyId(): string {
  return `AKIA${Array.from({ length: 16 }, () => KEY_ALPHABET.charAt(randomInt(KEY_ALPHABET.length))).join("")}`;
}

/** How an invocation ended. */
export type InvocationResult =
  | { readonly ok: true; readonly requestId: string; readonly payload: unknown }
  | { readonly ok: false; readonly requestId: string; readonly error: InvocationError };

export interface InvocationError {
  /**
   * `thrown`: the handler threw, its process lives on. `timeout`: killed at its timeout. `crashed`: the process ended by
   * itself or was killed. `init`: the handler's file could not be loaded.
   */
  readonly kind: "thrown" | "timeout" | "crashed" | "init";
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

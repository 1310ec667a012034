/** How a page is fetched. */
export interface PageRequest {
  /** `https` only, without port and credentials. */
  readonly url: string;
  /** Milliseconds for all of it, the name's resolution included. */
  readonly timeoutMs: number;
  /** Bytes of the body after which it is given up. */
  readonly maxBytes: number;
  readonly userAgent: string;
  readonly signal?: AbortSignal;
}

export interface FetchedPage {
  readonly status: number;
  readonly bytes: number;
  readonly durationMs: number;
}

/** Fetches public pages of the web. */
export interface PageFetcher {
  /**
   * Fetches a page and forgets it. Follows no redirect.
   *
   * @throws PageFetchError with a code: `TIMEOUT`, `TOO_LARGE`, `ADDRESS_REFUSED` (no public address, another port than 443,
   *   or credentials in the URL), `NOT_HTTPS`, or `UNREACHABLE`; the signal's reason when it aborts.
   */
  fetch(request: PageRequest): Promise<FetchedPage>;
}

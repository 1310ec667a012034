import { BacklineError } from "./backline-error.ts";

/** Why a page was not fetched. */
export type PageFetchErrorCode =
  /** Not read to its end within the request's time. */
  | "TIMEOUT"
  /** Its body has more bytes than the request allows. */
  | "TOO_LARGE"
  /** It is not on a public address, or its URL has a port or credentials. Nothing was sent. */
  | "ADDRESS_REFUSED"
  /** The URL is none of `https`. Nothing was sent. */
  | "NOT_HTTPS"
  /** No such host, no connection, no certificate to trust, or an answer that breaks off. */
  | "UNREACHABLE";

/** A page that could not be fetched. The message does not hold the URL, which may have secrets in its query. */
export class PageFetchError extends BacklineError {
  override readonly code: PageFetchErrorCode;

  constructor(code: PageFetchErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.code = code;
  }
}

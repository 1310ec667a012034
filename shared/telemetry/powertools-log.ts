import type { Logger } from "@aws-lambda-powertools/logger";

import { describeError, describeStack } from "../errors/describe-error.ts";
import type { Log, LogFields } from "../ports/log.ts";

/** JSON log lines through Powertools' logger. Errors are written with their stack traces, mail addresses hidden. */
export class PowertoolsLog implements Log {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  info(message: string, fields: LogFields = {}): void {
    this.#logger.info(message, { ...fields });
  }

  warn(message: string, fields: LogFields = {}): void {
    this.#logger.warn(message, { ...fields });
  }

  error(message: string, thrown: unknown, fields: LogFields = {}): void {
    const failure = thrown === undefined ? {} : { failure: { ...describeError(thrown), stack: describeStack(thrown) } };
    this.#logger.error(message, { ...fields, ...failure });
  }

  with(fields: LogFields): Log {
    return new PowertoolsLog(this.#logger.createChild({ persistentKeys: { ...fields } }));
  }
}

import { MetricUnit, Metrics as PowertoolsEmitter } from "@aws-lambda-powertools/metrics";

import { METRIC_NAMESPACE, METRICS } from "../contracts/metrics.ts";
import type { MetricName, Metrics } from "../ports/metrics.ts";

/**
 * Metrics as log lines in CloudWatch's embedded metric format: no request, and no waiting for one. Each goes out at
 * once, without the service dimension that Powertools would add: it would make one metric into one per function.
 */
export class PowertoolsMetrics implements Metrics {
  count(name: MetricName, dimensions: Readonly<Record<string, string>> = {}): void {
    this.#publish(name, "Count", 1, dimensions);
  }

  gauge(name: MetricName, value: number, unit: "Count" | "Seconds"): void {
    this.#publish(name, unit, value, {});
  }

  #publish(
    name: MetricName,
    unit: "Count" | "Seconds",
    value: number,
    dimensions: Readonly<Record<string, string>>,
  ): void {
    const emitter = new PowertoolsEmitter({ namespace: METRIC_NAMESPACE });
    emitter.clearDefaultDimensions();
    emitter.addDimensions({ ...dimensions });
    emitter.addMetric(METRICS[name], MetricUnit[unit], value);
    emitter.publishStoredMetrics();
  }
}

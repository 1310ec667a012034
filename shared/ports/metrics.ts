import type { METRICS } from "../contracts/metrics.ts";

export type MetricName = keyof typeof METRICS;

/** The few numbers that CloudWatch does not have by itself. */
export interface Metrics {
  /** Adds one. Dimensions cost a metric per value: use them only for a small closed set. */
  count(name: MetricName, dimensions?: Readonly<Record<string, string>>): void;
  /** Publishes a level as of now. */
  gauge(name: MetricName, value: number, unit: "Count" | "Seconds"): void;
}

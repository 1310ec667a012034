/** The value that so large a part of all is not above. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Per second over the whole, then the two quantiles of one. */
export function describeTimes(milliseconds: readonly number[]): string {
  const total = milliseconds.reduce((sum, one) => sum + one, 0);
  const perSecond = (1_000 * milliseconds.length) / total;
  const [middle, slow] = [median(milliseconds), quantile(milliseconds, 0.95)];
  return `${perSecond.toFixed(1).padStart(6)}/s   median ${middle.toFixed(1)} ms   p95 ${slow.toFixed(1)} ms`;
}

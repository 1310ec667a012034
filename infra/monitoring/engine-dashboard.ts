import { Duration } from "aws-cdk-lib";
import { Dashboard, GraphWidget, type IMetric, type IWidget, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";

import { METRIC_NAMESPACE, METRICS } from "../../shared/contracts/metrics.ts";

const PERIOD = Duration.minutes(5);
const HALF_WIDTH = 12; // a dashboard is 24 columns wide

const QUEUE_DEPTH = "ApproximateNumberOfMessagesVisible";

/**
 * One CloudWatch dashboard. It finds queues and functions by the words in their names (`SEARCH`), so a new job type
 * appears by itself.
 */
export class EngineDashboard extends Construct {
  constructor(scope: Construct, id: string, { name }: { readonly name: string }) {
    super(scope, id);
    new Dashboard(this, "Dashboard", {
      dashboardName: name,
      defaultInterval: Duration.days(1),
      widgets: [...queueRows(name), ...functionRows(name)],
    });
  }
}

const queueRows = (name: string): IWidget[][] => [
  [
    graph("Messages waiting", searchQueues(name, QUEUE_DEPTH, "NOT dlq")),
    graph("Dead letters", searchQueues(name, QUEUE_DEPTH, "dlq")),
  ],
  [
    graph("Age of the oldest message, seconds", searchQueues(name, "ApproximateAgeOfOldestMessage", "NOT dlq")),
    graph(
      "Age of the oldest due job, seconds; jobs that wait for a person",
      ownMetric(METRICS.oldestDueAge, "Maximum"),
      ownMetric(METRICS.needsReview, "Maximum"),
    ),
  ],
];

const functionRows = (name: string): IWidget[][] => [
  [
    graph("Runs", searchFunctions(name, "Invocations", "Sum")),
    graph("Duration, milliseconds: 99 of 100 are under", searchFunctions(name, "Duration", "p99")),
  ],
  [
    graph(
      "Failed and throttled runs",
      searchFunctions(name, "Errors", "Sum"),
      searchFunctions(name, "Throttles", "Sum"),
    ),
    graph("Failed and slow attempts", ownMetric(METRICS.jobErrors, "Sum"), ownMetric(METRICS.nearTimeouts, "Sum")),
  ],
];

const graph = (title: string, ...left: IMetric[]): IWidget => new GraphWidget({ title, left, width: HALF_WIDTH });

const ownMetric = (metricName: string, statistic: string): Metric =>
  new Metric({ namespace: METRIC_NAMESPACE, metricName, statistic, period: PERIOD });

const searchQueues = (name: string, metricName: string, filter: string): MathExpression =>
  search(`{AWS/SQS,QueueName} MetricName="${metricName}" ${tokensOf(name)} ${filter}`, "Maximum");

const searchFunctions = (name: string, metricName: string, statistic: string): MathExpression =>
  search(`{AWS/Lambda,FunctionName} MetricName="${metricName}" ${tokensOf(name)}`, statistic);

/** A search matches words; a name with dashes is several. Words side by side must all be there. */
const tokensOf = (name: string): string => name.replaceAll("-", " ");

function search(query: string, statistic: string): MathExpression {
  const expression = `SEARCH('${query}', '${statistic}', ${PERIOD.toSeconds()})`;
  return new MathExpression({ expression, usingMetrics: {}, label: "", period: PERIOD });
}

import { Duration } from "aws-cdk-lib";
import type { HttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import { ComparisonOperator, MathExpression, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";

import { METRIC_NAMESPACE, METRICS } from "../../shared/contracts/metrics.ts";
import { DEAD_LETTERS_WAIT } from "../../shared/engine/dead-letter-watch.ts";
import type { AlarmTopic, BacklineAlarmProps } from "./alarm-topic.ts";
import { logDeepLink } from "./runbook.ts";

export interface EngineAlarmsProps {
  readonly name: string;
  readonly alarmTopic: AlarmTopic;
  readonly ticker: IFunction;
  readonly stage: HttpStage;
}

/** A metric of ours over all job types. */
const ownMetric = (metricName: string, statistic: string, period: Duration): Metric =>
  new Metric({ namespace: METRIC_NAMESPACE, metricName, statistic, period });

/**
 * The alarms over all job types: one metric each, because each costs $0.10 a month and each own metric $0.30. The log line
 * behind a metric names the type.
 */
export class EngineAlarms extends Construct {
  readonly #props: EngineAlarmsProps;

  constructor(scope: Construct, id: string, props: EngineAlarmsProps) {
    super(scope, id);
    this.#props = props;
    this.#alarmOnDeadLetters();
    this.#alarmOnOldestDueJob();
    this.#alarmOnJobErrors();
    this.#alarmOnNearTimeouts();
    this.#alarmOnNeedsReview();
    this.#alarmOnMissedRuns();
    this.#alarmOnTickerNotRunning();
    this.#alarmOnApiErrors();
  }

  #add(id: string, alarmName: string, props: Omit<BacklineAlarmProps, "treatMissingData" | "alarmName">): void {
    this.#props.alarmTopic.addAlarm(this, id, {
      // Metrics that are written only when something happens have gaps.
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
      alarmName: `${this.#props.name}-${alarmName}`,
    });
  }

  /** The ticker looks every five minutes, so the alarm goes off within six of the first dead letter. */
  #alarmOnDeadLetters(): void {
    const { name } = this.#props;
    this.#add("DeadLetters", "dead-letters", {
      meaning: "A job failed for good and waits in its type's dead-letter queue; the ticker's log names the type.",
      heading: "deadLetters",
      deepLink: logDeepLink(this, `${name}-ops-ticker`, DEAD_LETTERS_WAIT),
      metric: ownMetric(METRICS.deadLetters, "Maximum", Duration.minutes(5)),
      threshold: 1,
      // The first count of one rings. It ends after three periods without: a look that failed, or that somebody who was
      // reading the queue kept the messages from, would let it come and go otherwise.
      evaluationPeriods: 3,
      datapointsToAlarm: 1,
    });
  }

  #alarmOnOldestDueJob(): void {
    this.#add("OldestDueJob", "oldest-due-job", {
      meaning:
        "Within the last two hours there was a job that had been due for over a quarter of an hour and was not running.",
      heading: "oldestDueJob",
      // The ticker looks at a stuck row once an hour in the end: with shorter periods the alarm would come and go.
      metric: ownMetric(METRICS.oldestDueAge, "Maximum", Duration.hours(1)),
      threshold: 15 * 60,
      evaluationPeriods: 2,
      datapointsToAlarm: 1,
    });
  }

  #alarmOnJobErrors(): void {
    this.#add("JobErrors", "job-errors", {
      meaning: "Ten or more attempts of jobs failed within a quarter of an hour; retries may still heal them.",
      heading: "jobErrors",
      metric: ownMetric(METRICS.jobErrors, "Sum", Duration.minutes(15)),
      threshold: 10,
      evaluationPeriods: 1,
    });
  }

  #alarmOnNearTimeouts(): void {
    this.#add("NearTimeouts", "near-timeouts", {
      meaning: "Three or more attempts within an hour used over 80 % of their function's timeout.",
      heading: "nearTimeouts",
      metric: ownMetric(METRICS.nearTimeouts, "Sum", Duration.hours(1)),
      threshold: 3,
      evaluationPeriods: 1,
    });
  }

  #alarmOnNeedsReview(): void {
    this.#add("NeedsReview", "needs-review", {
      meaning: "A job waits for a person, because nobody can know whether its effect happened.",
      heading: "needsReview",
      metric: ownMetric(METRICS.needsReview, "Maximum", Duration.minutes(5)),
      threshold: 1,
      evaluationPeriods: 1,
    });
  }

  #alarmOnMissedRuns(): void {
    this.#add("MissedRuns", "missed-runs", {
      meaning: "A scheduled run did not happen: nothing noticed it within its schedule's catch-up window.",
      heading: "missedRuns",
      metric: ownMetric(METRICS.missedRuns, "Sum", Duration.minutes(5)),
      threshold: 1,
      evaluationPeriods: 1,
    });
  }

  /** Everything rests on the ticker, so silence is an alarm too: one expression covers "fails" and "is not started". */
  #alarmOnTickerNotRunning(): void {
    const { ticker } = this.#props;
    const period = Duration.minutes(5);
    this.#props.alarmTopic.addAlarm(this, "TickerNotRunning", {
      alarmName: `${this.#props.name}-ticker-not-running`,
      meaning: "For five minutes no run of the ticker succeeded: scheduled, retried and lost jobs are not woken.",
      heading: "tickerNotRunning",
      metric: new MathExpression({
        expression: "FILL(invocations, 0) - FILL(errors, 0)",
        label: "Ticks that succeeded",
        usingMetrics: {
          invocations: ticker.metricInvocations({ statistic: "Sum", period }),
          errors: ticker.metricErrors({ statistic: "Sum", period }),
        },
        period,
      }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #alarmOnApiErrors(): void {
    this.#add("ApiErrors", "api-errors", {
      meaning: "The HTTP API answered with 5xx. Stripe repeats its events for three days, then they are lost.",
      heading: "apiErrors",
      metric: this.#props.stage.metricServerError({ statistic: "Sum", period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 1,
    });
  }
}

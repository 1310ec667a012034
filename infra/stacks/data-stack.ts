import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import { AttributeType, BillingMode, ProjectionType, Table } from "aws-cdk-lib/aws-dynamodb";
import { BlockPublicAccess, Bucket, BucketEncryption, type BucketProps, type IBucket } from "aws-cdk-lib/aws-s3";
import type { Secret } from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import * as z from "zod";

import { BUCKETS, type BucketName } from "../../shared/contracts/buckets.ts";
import { JOBS_TABLE, RECORDS_TABLE } from "../../shared/contracts/tables.ts";
import type { Config } from "../config.ts";
import { constructIdOf } from "../constructs/job-names.ts";
import { createPlaceholderSecret } from "../constructs/placeholder-secret.ts";

/** Long enough to look into what somebody did with an invoice last quarter. */
const ACCESS_LOG_DAYS = 90;

/** Buckets into which the owner puts files. */
const OWNERS_BUCKETS: Readonly<Partial<Record<BucketName, string>>> = {
  assets: "Put the logo and the thumbnails of products here.",
  attachments: "Stores put files of support requests here.",
  broadcasts: "BUCKET_BROADCASTS of `npm run mail`; put audiences here.",
};

/** What `exportValue` gives, resolved. */
const importValue = z.object({ "Fn::ImportValue": z.string() });

export interface TableReference {
  readonly name: string;
  readonly arn: string;
}

export interface BucketReference {
  readonly name: string;
  readonly arn: string;
  /** Name of the export behind `arn`. */
  readonly arnExport: string;
}

/** All that other stacks get to know of the data: names and ARNs, as `Fn::ImportValue`. */
export interface DataReferences {
  readonly jobsTable: TableReference;
  readonly recordsTable: TableReference;
  readonly buckets: Readonly<Record<string, BucketReference>>;
  readonly linkSecretArn: string;
}

export interface DataStackProps extends StackProps {
  readonly config: Config;
}

/**
 * What must outlive everything else. Its logical ids are the data's identity: renaming one makes CloudFormation create
 * an empty table beside the old one, so a test holds them as a literal list.
 */
export class DataStack extends Stack {
  readonly references: DataReferences;

  constructor(scope: Construct, id: string, { config, ...props }: DataStackProps) {
    super(scope, id, { ...props, terminationProtection: config.retainData });
    const jobsTable = this.#createJobsTable(config);
    const recordsTable = this.#createRecordsTable(config);
    const buckets = this.#createBuckets(config);
    const linkSecret = this.#createLinkSecret(config);
    this.references = {
      jobsTable: this.#exportTable(jobsTable),
      recordsTable: this.#exportTable(recordsTable),
      buckets: this.#exportBuckets(buckets),
      linkSecretArn: this.exportValue(linkSecret.secretArn),
    };
    new CfnOutput(this, "JobsTableName", {
      value: jobsTable.tableName,
      description: "JOBS_TABLE of `npm run job`.",
    });
    new CfnOutput(this, "JobDataBucketName", {
      value: new Map(buckets).get("jobdata" satisfies BucketName)?.bucketName ?? "",
      description: "BUCKET_JOBDATA of `npm run job` and of clients: payloads and results too large for the table.",
    });
    for (const [name, description] of Object.entries(OWNERS_BUCKETS)) {
      const value = new Map(buckets).get(name)?.bucketName ?? "";
      new CfnOutput(this, `${constructIdOf(name)}BucketName`, { value, description });
    }
    new CfnOutput(this, "RecordsTableName", {
      value: recordsTable.tableName,
      description: "RECORDS_TABLE of `npm run job`: settings, orders, the schedule ledger.",
    });
  }

  /**
   * Exported by hand, not by use: what CDK exports by itself disappears with its last user, and CloudFormation refuses
   * that while the other stack, deployed later, still imports it.
   */
  #exportTable(table: Table): TableReference {
    return { name: this.exportValue(table.tableName), arn: this.exportValue(table.tableArn) };
  }

  #exportBuckets(buckets: readonly (readonly [string, Bucket])[]): Readonly<Record<string, BucketReference>> {
    const references = buckets.map(([name, bucket]) => {
      const arn = this.exportValue(bucket.bucketArn);
      const { "Fn::ImportValue": arnExport } = importValue.parse(this.resolve(arn));
      return [name, { name: this.exportValue(bucket.bucketName), arn, arnExport }] as const;
    });
    return Object.fromEntries(references);
  }

  #createJobsTable(config: Config): Table {
    const { partitionKey, ttl, indexes } = JOBS_TABLE;
    const table = new Table(this, "JobsTable", {
      ...tableDefaults(config),
      partitionKey: { name: partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: ttl,
    });
    for (const index of Object.values(indexes)) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: {
          name: index.sortKey,
          type: index.sortKeyType === "S" ? AttributeType.STRING : AttributeType.NUMBER,
        },
        projectionType: ProjectionType.INCLUDE,
        nonKeyAttributes: [...index.projected],
      });
    }
    return table;
  }

  #createRecordsTable(config: Config): Table {
    const { partitionKey, sortKey, ttl, indexes } = RECORDS_TABLE;
    const table = new Table(this, "RecordsTable", {
      ...tableDefaults(config),
      partitionKey: { name: partitionKey, type: AttributeType.STRING },
      sortKey: { name: sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: ttl,
    });
    for (const index of Object.values(indexes)) {
      table.addGlobalSecondaryIndex({
        indexName: index.name,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        sortKey: { name: index.sortKey, type: AttributeType.NUMBER },
        projectionType: ProjectionType.KEYS_ONLY,
      });
    }
    return table;
  }

  /** Here, with the data: links in mails that were sent long ago must still be known when the jobs stack is deployed anew. */
  #createLinkSecret(config: Config): Secret {
    return createPlaceholderSecret(this, "LinkSecret", {
      description:
        'Keys that sign links in mails: {"current": "…", "previous": ["…"]}. Keep every key that ever signed one.',
      generated: "current",
      whyNotRotated: "A key must be known for as long as a link that it has signed lies in a mailbox.",
      removalPolicy: removalPolicyOf(config),
    });
  }

  #createBuckets(config: Config): (readonly [string, Bucket])[] {
    // The cast: CDK's class declares `isWebsite?: boolean | undefined`, its interface `isWebsite?: boolean`.
    const accessLogs = new Bucket(this, "AccessLogsBucket", {
      ...bucketDefaults(config),
      ...expiringAfter(ACCESS_LOG_DAYS),
    }) as IBucket;
    return Object.entries(BUCKETS).map(([name, { lifetimeDays }]) => {
      const bucket = new Bucket(this, `${constructIdOf(name)}Bucket`, {
        ...bucketDefaults(config),
        ...(lifetimeDays === undefined ? { versioned: true } : expiringAfter(lifetimeDays)),
        serverAccessLogsBucket: accessLogs,
        serverAccessLogsPrefix: `${name}/`,
      });
      return [name, bucket] as const;
    });
  }
}

const removalPolicyOf = ({ retainData }: Config): RemovalPolicy =>
  retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;

/** On demand: costs nothing while nothing runs. Encrypted with DynamoDB's own key, which costs nothing either. */
const tableDefaults = (config: Config) => ({
  billingMode: BillingMode.PAY_PER_REQUEST,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  deletionProtection: config.retainData,
  removalPolicy: removalPolicyOf(config),
});

const bucketDefaults = (config: Config): BucketProps => ({
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  encryption: BucketEncryption.S3_MANAGED,
  enforceSSL: true,
  removalPolicy: removalPolicyOf(config),
});

const expiringAfter = (days: number): BucketProps => ({
  lifecycleRules: [{ expiration: Duration.days(days), abortIncompleteMultipartUploadAfter: Duration.days(7) }],
});

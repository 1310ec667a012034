import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";

import { type Synthesised, synthesised } from "./support/synthesised.ts";

let app: Synthesised;
beforeAll(async () => {
  app = await synthesised();
});

describe("the data stack", () => {
  it("keeps the logical ids of its tables, buckets and keys: another id would be an empty table", () => {
    const ids = ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"].flatMap((type) =>
      Object.keys(app.data.findResources(type)),
    );
    expect(ids.sort()).toEqual([
      "AccessLogsBucket83982689",
      "ArchivesBucket4C440830",
      "AssetsBucket5CB76180",
      "AttachmentsBucket8E14A36F",
      "BroadcastsBucketFDAA0065",
      "GiftcardsBucketAA1F489D",
      "InvoicesBucket57FCB164",
      "JobdataBucketD3DFDFF8",
      "JobsTable1970BC16",
      "LinkSecret6774D112",
      "RecordsTableF6A7F330",
    ]);
  });

  it("keeps the names of its exports, which the deployed jobs stack imports", () => {
    const exports = Object.values(app.data.findOutputs("*")).flatMap(({ Export }) =>
      Export === undefined ? [] : [String(Export.Name)],
    );
    expect(exports.sort()).toEqual([
      "BacklineData:ExportsOutputFnGetAttArchivesBucket4C440830Arn3AD0DA46",
      "BacklineData:ExportsOutputFnGetAttAssetsBucket5CB76180ArnBF60D959",
      "BacklineData:ExportsOutputFnGetAttAttachmentsBucket8E14A36FArn9D712AB8",
      "BacklineData:ExportsOutputFnGetAttBroadcastsBucketFDAA0065ArnC8782D6C",
      "BacklineData:ExportsOutputFnGetAttGiftcardsBucketAA1F489DArn273A2CBF",
      "BacklineData:ExportsOutputFnGetAttInvoicesBucket57FCB164ArnEF8AD4B3",
      "BacklineData:ExportsOutputFnGetAttJobdataBucketD3DFDFF8Arn70FF621C",
      "BacklineData:ExportsOutputFnGetAttJobsTable1970BC16ArnC40C1624",
      "BacklineData:ExportsOutputFnGetAttRecordsTableF6A7F330Arn139C2138",
      "BacklineData:ExportsOutputRefArchivesBucket4C440830A2222EB5",
      "BacklineData:ExportsOutputRefAssetsBucket5CB761808BF2E271",
      "BacklineData:ExportsOutputRefAttachmentsBucket8E14A36F8460E480",
      "BacklineData:ExportsOutputRefBroadcastsBucketFDAA0065A56587BE",
      "BacklineData:ExportsOutputRefGiftcardsBucketAA1F489D50D18276",
      "BacklineData:ExportsOutputRefInvoicesBucket57FCB164F643A60C",
      "BacklineData:ExportsOutputRefJobdataBucketD3DFDFF8C4D6B96E",
      "BacklineData:ExportsOutputRefJobsTable1970BC16EDB4A824",
      "BacklineData:ExportsOutputRefLinkSecret6774D11264C0E83F",
      "BacklineData:ExportsOutputRefRecordsTableF6A7F330FAFB5144",
    ]);
  });

  it("prints the names of its tables, which the commands want to know", () => {
    app.data.hasOutput("JobsTableName", { Value: { Ref: "JobsTable1970BC16" } });
    app.data.hasOutput("RecordsTableName", { Value: { Ref: "RecordsTableF6A7F330" } });
  });

  it("keeps every table and bucket when its stack is deleted", () => {
    for (const type of ["AWS::DynamoDB::Table", "AWS::S3::Bucket"]) {
      app.data.allResources(type, { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" });
    }
    expect(app.assembly.getStackByName("BacklineData").terminationProtection).toBe(true);
  });

  it("protects every table from deletion, bills it on demand and can turn it back in time", () => {
    app.data.allResourcesProperties("AWS::DynamoDB::Table", {
      BillingMode: "PAY_PER_REQUEST",
      DeletionProtectionEnabled: true,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: "expiresAt", Enabled: true },
    });
  });

  it("has the indexes of the jobs table's lists, which carry what is shown and no more", () => {
    const index = (name: string, keys: readonly [string, string], projected: readonly string[]) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: keys[0], KeyType: "HASH" },
        { AttributeName: keys[1], KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: projected },
    });
    app.data.hasResourceProperties("AWS::DynamoDB::Table", {
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      GlobalSecondaryIndexes: [
        index("due", ["dueList", "dueAt"], ["type", "status", "run", "tenant", "runAt", "permits", "errorCode"]),
        index(
          "ended",
          ["endedList", "endedAt"],
          ["type", "status", "run", "tenant", "errorCode", "fingerprint", "expiresAt"],
        ),
        index("ready", ["readyList", "readyKey"], ["run", "concurrencyKey"]),
        index("children", ["openChildOf", "createdAt"], ["type"]),
        index("tenant", ["tenantList", "createdAt"], ["type"]),
        index("subject", ["subjectList", "createdAt"], ["type"]),
      ],
      AttributeDefinitions: [
        { AttributeName: "id", AttributeType: "S" },
        { AttributeName: "dueList", AttributeType: "S" },
        { AttributeName: "dueAt", AttributeType: "N" },
        { AttributeName: "endedList", AttributeType: "S" },
        { AttributeName: "endedAt", AttributeType: "N" },
        { AttributeName: "readyList", AttributeType: "S" },
        { AttributeName: "readyKey", AttributeType: "S" },
        { AttributeName: "openChildOf", AttributeType: "S" },
        { AttributeName: "createdAt", AttributeType: "N" },
        { AttributeName: "tenantList", AttributeType: "S" },
        { AttributeName: "subjectList", AttributeType: "S" },
      ],
    });
  });

  it("has the indexes of the records' lists, which carry keys only", () => {
    const index = (name: string) => ({
      IndexName: name,
      KeySchema: [
        { AttributeName: `${name}pk`, KeyType: "HASH" },
        { AttributeName: `${name}sk`, KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    });
    app.data.hasResourceProperties("AWS::DynamoDB::Table", {
      KeySchema: [
        { AttributeName: "pk", KeyType: "HASH" },
        { AttributeName: "sk", KeyType: "RANGE" },
      ],
      GlobalSecondaryIndexes: [index("gsi1"), index("gsi2")],
      AttributeDefinitions: [
        { AttributeName: "pk", AttributeType: "S" },
        { AttributeName: "sk", AttributeType: "S" },
        { AttributeName: "gsi1pk", AttributeType: "S" },
        { AttributeName: "gsi1sk", AttributeType: "N" },
        { AttributeName: "gsi2pk", AttributeType: "S" },
        { AttributeName: "gsi2sk", AttributeType: "N" },
      ],
    });
  });

  it("keeps archives for good, and attachments for three years at most", () => {
    const { ArchivesBucket4C440830: archives, AttachmentsBucket8E14A36F: attachments } =
      app.data.findResources("AWS::S3::Bucket");
    expect(archives?.["Properties"].LifecycleConfiguration).toBeUndefined();
    expect(attachments?.["Properties"].LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({ ExpirationInDays: 1_100, Status: "Enabled" }),
    ]);
  });

  it("closes every bucket to the public and encrypts it", () => {
    app.data.allResourcesProperties("AWS::S3::Bucket", {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      BucketEncryption: Match.anyValue(),
    });
    app.data.resourceCountIs("AWS::S3::BucketPolicy", 8);
    app.data.allResourcesProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
        ]),
      },
    });
  });

  it("keeps every version of an invoice for good, and payloads and step results for 400 days", () => {
    const { InvoicesBucket57FCB164: invoices, JobdataBucketD3DFDFF8: jobdata } =
      app.data.findResources("AWS::S3::Bucket");
    expect(invoices?.["Properties"].VersioningConfiguration).toEqual({ Status: "Enabled" });
    expect(invoices?.["Properties"].LifecycleConfiguration).toBeUndefined();
    expect(jobdata?.["Properties"].LifecycleConfiguration.Rules).toEqual([
      expect.objectContaining({ ExpirationInDays: 400, Status: "Enabled" }),
    ]);
  });

  it("goes away with its data when the configuration says so", async () => {
    const throwaway = await synthesised({ config: { retainData: false, name: "my-shop" }, rules: "none" });
    expect(throwaway.stackNames).toEqual({ data: "MyShopData", jobs: "MyShop" });
    throwaway.data.allResources("AWS::DynamoDB::Table", { DeletionPolicy: "Delete" });
    throwaway.data.allResourcesProperties("AWS::DynamoDB::Table", { DeletionProtectionEnabled: false });
  });
});

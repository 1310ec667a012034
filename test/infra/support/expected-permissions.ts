import type { Permission } from "./permissions.ts";

// Statements as `permissionsOf` reads them, for tests that spell roles out.

export const ARN = "arn:${AWS::Partition}";
export const HERE = "${AWS::Region}:${AWS::AccountId}";

export const ownLog = (construct: string): Permission => ({
  sid: "WriteOwnLog",
  actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
  on: [`\${${construct}Logs.Arn}`],
});

export const ownQueue = (construct: string): Permission[] => [
  {
    sid: "ConsumeOwnQueue",
    actions: ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    on: [`\${${construct}Queue.Arn}`],
  },
  { sid: "SendDeadLetters", actions: ["sqs:SendMessage"], on: [`\${${construct}DeadLetters.Arn}`] },
];

/** Log, queues and rows, which every worker uses. */
export const ownJobs = (construct: string, actions = ["BatchGetItem", "GetItem", "UpdateItem"]): Permission[] => [
  ownLog(`${construct}Worker`),
  ...ownQueue(construct),
  jobRows("UseJobRows", actions),
  queryIndex("FindOpenChildren", "children"),
];

/** The same, of a worker that puts rows too. */
export const ownAndNewJobs = (construct: string): Permission[] =>
  ownJobs(construct, ["BatchGetItem", "GetItem", "PutItem", "UpdateItem"]);

export const jobRows = (sid: string, actions: string[]): Permission => ({
  sid,
  actions: actions.map((action) => `dynamodb:${action}`),
  on: ["<JobsTableArn>"],
});

export const queryIndex = (sid: string, index: string): Permission => ({
  sid,
  actions: ["dynamodb:Query"],
  on: [`<JobsTableArn>/index/${index}`],
});

/** Permits to the queues of some types of the app "backline". */
export const sendTo = (sid: string, ...types: string[]): Permission => ({
  sid,
  actions: ["sqs:SendMessage"],
  on: types.map((type) => `${ARN}:sqs:${HERE}:backline-${type}`),
});

export const records = (sid: string, actions: string[], kinds: string[]): Permission => ({
  sid,
  actions: actions.map((action) => `dynamodb:${action}`),
  on: ["<RecordsTableArn>"],
  when: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": kinds.map((kind) => `${kind}#*`) } },
});

export const readRecords = (...kinds: string[]): Permission => records("ReadRecords", ["GetItem", "Query"], kinds);

/** Items of a kind that the engine keeps for itself. */
export const keep = (sid: string, kind: string): Permission =>
  records(sid, ["GetItem", "PutItem", "UpdateItem"], [kind]);

export const jobdata = (sid: string, actions: string[], ...folders: string[]): Permission => ({
  sid,
  actions: actions.map((action) => `s3:${action}`),
  on: folders.map((folder) => `<JobdataBucketArn>/${folder}/*`),
});

/** Payload and step results of its own type, which every worker uses. */
export const ownData = (type: string): Permission[] => [
  jobdata("ReadOwnPayloads", ["GetObject"], `payloads/${type}`),
  jobdata("StoreStepResults", ["GetObject", "PutObject"], `steps/${type}`),
];

export const readSecret = (sid: string, secret: string): Permission => ({
  sid,
  actions: ["secretsmanager:GetSecretValue"],
  on: [secret],
});

/** Sending, the account's limits, and the keys of links, of the app "backline" with that sender. */
export const mailing = (senderIdentity: string): Permission[] => [
  {
    sid: "SendMail",
    actions: ["ses:SendRawEmail"],
    on: [`${ARN}:ses:${HERE}:configuration-set/backline`, `${ARN}:ses:${HERE}:identity/${senderIdentity}`],
  },
  { sid: "ReadSendQuota", actions: ["ses:GetSendQuota"], on: ["*"] },
  readSecret("ReadLinkKeys", "<LinkSecret>"),
];

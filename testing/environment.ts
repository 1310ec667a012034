/** What a function reads from its environment when its file is loaded. Tests use nothing of it: no call leaves the process. */
const NEVER_USED = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "none",
  AWS_SECRET_ACCESS_KEY: "none",
  JOBS_TABLE: "jobs",
  RECORDS_TABLE: "records",
  QUEUE_URL_PREFIX: "https://sqs.us-east-1.amazonaws.com/000000000000/backline-",
};

for (const [name, value] of Object.entries(NEVER_USED)) process.env[name] ??= value;

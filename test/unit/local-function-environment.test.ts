import { describe, expect, test } from "@jest/globals";

import { withLocalAddresses } from "../../local/host/function-environment.ts";

const ADDRESSES = { PUBLIC_URL: "http://127.0.0.1:4000", TWILIO_BASE_URL: "http://127.0.0.1:4001/twilio" };

const definition = (environment: Record<string, string>) => ({
  name: "backline-sms_message",
  arn: "arn:aws:lambda:us-east-1:000000000000:function:backline-sms_message",
  roleArn: "arn:aws:iam::000000000000:role/tiny",
  codeDir: "/bundle",
  handler: "index.handler",
  environment,
  timeoutSeconds: 30,
  memoryMb: 512,
});

describe("the addresses outside AWS that a template names", () => {
  test("lead to this machine: no message reaches the real provider, no link the real API", () => {
    const deployed = {
      JOBS_TABLE: "jobs",
      PUBLIC_URL: "https://jobs.shop.example",
      TWILIO_BASE_URL: "https://api.twilio.com",
    };
    expect(withLocalAddresses(definition(deployed), ADDRESSES).environment).toEqual({
      JOBS_TABLE: "jobs",
      PUBLIC_URL: "http://127.0.0.1:4000",
      TWILIO_BASE_URL: "http://127.0.0.1:4001/twilio",
    });
  });

  test("are not told to a function that the template does not tell them", () => {
    expect(withLocalAddresses(definition({ JOBS_TABLE: "jobs" }), ADDRESSES).environment).toEqual({
      JOBS_TABLE: "jobs",
    });
  });
});

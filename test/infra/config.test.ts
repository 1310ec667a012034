import { describe, expect, it } from "@jest/globals";

import { readConfig } from "../../infra/config.ts";

const context = (key: string) => ({ name: "from-context", timeScale: "0.5" })[key];

describe("the configuration", () => {
  it("needs nothing to be set", () => {
    expect(readConfig({})).toEqual({
      name: "backline",
      senderIdentity: "example.com",
      timeScale: 1,
      logRetentionDays: 30,
      retainData: true,
      twilioBaseUrl: "https://api.twilio.com",
      mailTracking: false,
    });
  });

  it("takes addresses without the slash at their end", () => {
    const overrides = { publicUrl: "https://jobs.example.com/", twilioBaseUrl: "https://api.dublin.ie1.twilio.com/" };
    expect(readConfig({ overrides })).toMatchObject({
      publicUrl: "https://jobs.example.com",
      twilioBaseUrl: "https://api.dublin.ie1.twilio.com",
    });
  });

  it("takes the caller's setting before CDK's context, and that before the environment", () => {
    const environment = {
      BACKLINE_NAME: "from-environment",
      BACKLINE_TIME_SCALE: "0.1",
      BACKLINE_RETAIN_DATA: "false",
    };
    expect(readConfig({ overrides: { name: "from-caller" }, context, environment })).toMatchObject({
      name: "from-caller",
      timeScale: 0.5,
      retainData: false,
    });
  });

  it("takes an empty environment variable for none", () => {
    expect(readConfig({ environment: { BACKLINE_ALARM_EMAIL: "" } }).alarmEmail).toBeUndefined();
  });

  it("takes the grace period under its plain name too, and under its own first", () => {
    const plain = { SUBSCRIPTION_GRACE_PERIOD_DAYS: "0" };
    expect(readConfig({ environment: plain }).subscriptionGracePeriodDays).toBe(0);
    const both = { ...plain, BACKLINE_SUBSCRIPTION_GRACE_PERIOD_DAYS: "14" };
    expect(readConfig({ environment: both }).subscriptionGracePeriodDays).toBe(14);
    expect(readConfig({ environment: { NAME: "shop" } }).name).toBe("backline");
  });

  it("takes settings of schedules as JSON and as an object", () => {
    const schedules = { cleanup: { cron: "0 3 * * *", timeZone: "Europe/Berlin" }, reminders: { enabled: false } };
    const environment = { BACKLINE_SCHEDULES: JSON.stringify(schedules) };
    expect(readConfig({ environment }).schedules).toEqual(schedules);
    expect(readConfig({ context: (key) => (key === "schedules" ? schedules : undefined) }).schedules).toEqual(
      schedules,
    );
  });

  it.each([
    ["is no JSON", "{cleanup}", /- schedules: must be JSON such as .* BACKLINE_SCHEDULES\.$/],
    ["is no object", "[]", /- schedules: Invalid input: expected record, received array\. /],
    ["has a property that there is not", '{"cleanup":{"time":1}}', /- schedules: cleanup: Unrecognized key: "time"\. /],
    [
      "has a property of another kind",
      '{"cleanup":{"enabled":"no"}}',
      /- schedules: cleanup\.enabled: .*boolean.*\. Set/,
    ],
  ])("refuses a setting of schedules that %s", (_, text, problem) => {
    expect(() => readConfig({ environment: { BACKLINE_SCHEDULES: text } })).toThrow(problem);
  });

  it.each(["-1", "366", "1.5", "a week"])("refuses %s days of grace", (days) => {
    expect(() => readConfig({ environment: { BACKLINE_SUBSCRIPTION_GRACE_PERIOD_DAYS: days } })).toThrow(
      /- subscriptionGracePeriodDays: must be .* BACKLINE_SUBSCRIPTION_GRACE_PERIOD_DAYS\.$/,
    );
  });

  it("is refused with all its problems at once, and says where each is set", () => {
    const environment = {
      BACKLINE_NAME: "Shop_1",
      BACKLINE_ALARM_EMAIL: "a@example.com, b@example.com",
      BACKLINE_SENDER_IDENTITY: "localhost",
      BACKLINE_TIME_SCALE: "2",
      BACKLINE_LOG_RETENTION_DAYS: "31",
      BACKLINE_RETAIN_DATA: "maybe",
      BACKLINE_PUBLIC_URL: "http://jobs.example.com",
      BACKLINE_TWILIO_BASE_URL: "api.twilio.com",
      BACKLINE_MAIL_TRACKING: "perhaps",
    };
    expect(() => readConfig({ environment })).toThrow(
      new RegExp(
        [
          "^Backline's configuration is not right:",
          "- name: must be lower-case words .* Set it with -c name=…, in cdk.json's context or as BACKLINE_NAME.",
          "- alarmEmail: .* BACKLINE_ALARM_EMAIL.",
          "- senderIdentity: must be a domain or an email address that is verified in SES. .*",
          "- publicUrl: must be an https address. .* BACKLINE_PUBLIC_URL.",
          "- twilioBaseUrl: must be the address of Twilio's API. .*",
          "- mailTracking: must be true or false. .*",
          "- timeScale: must be 1 at most. .*",
          "- logRetentionDays: must be one of 1, 3, 5, 7, 14, 30, .*",
          "- retainData: must be true or false. .*$",
        ].join("\n"),
      ),
    );
  });

  it("refuses a name that would make a function's name too long for Lambda", () => {
    expect(() => readConfig({ overrides: { name: "a".repeat(24) } })).toThrow(/name: must have 23 characters at most/);
  });

  it("refuses a setting that there is not", () => {
    const overrides = { name: "my-shop", alarmMail: "ops@example.com" };
    expect(() => readConfig({ overrides })).toThrow(/alarmMail: no such setting. Remove it, or use one of name, /);
  });
});

import { describe, expect, it } from "@jest/globals";

import { reminderWindow, wantsReminder } from "../../shared/bookings/remind-of-booking.ts";
import { paymentWindow, wantsPaymentReminder } from "../../shared/bookings/remind-of-payment.ts";
import { mailFacts, messageFacts } from "../../shared/bookings/booking-facts.ts";
import { exampleSeller } from "../../shared/contracts/seller.ts";
import { sweepSettings } from "../../shared/contracts/sweep-settings.ts";
import { renderMail } from "../../shared/email/render-mail.tsx";
import { factsOf } from "../../shared/messaging/message-facts.ts";
import { sampleContext } from "../../local/emails/samples.ts";
import { aBooking, aClient, aPerformer } from "../support/booking-factory.ts";

const { bookings: settings } = sweepSettings.parse({});
const isReminded = (asOf: string, startsAt: string) =>
  wantsReminder(aBooking({ startsAt }).body, reminderWindow(Date.parse(asOf), settings));
const isReminded72 = (asOf: string, startsAt: string) =>
  wantsPaymentReminder(aBooking({ startsAt }).body, paymentWindow(Date.parse(asOf), settings));

describe("the window of a booking's reminder, 23 to 25 hours, both ends included", () => {
  it.each([
    // [the sweep's time, the event's beginning, whether it is reminded of]
    ["2026-03-01T02:00:00.000Z", "2026-03-02T00:59:59.999Z", false], // one millisecond nearer than 23 hours
    ["2026-03-01T02:00:00.000Z", "2026-03-02T01:00:00.000Z", true], // 23 hours
    ["2026-03-01T02:00:00.000Z", "2026-03-02T01:00:00.001Z", true],
    ["2026-03-01T02:00:00.000Z", "2026-03-02T02:59:59.999Z", true],
    ["2026-03-01T02:00:00.000Z", "2026-03-02T03:00:00.000Z", true], // 25 hours
    ["2026-03-01T02:00:00.000Z", "2026-03-02T03:00:00.001Z", false], // one millisecond beyond
    // A leap day lies in between, and is one itself.
    ["2028-02-28T12:00:00.000Z", "2028-02-29T10:59:59.999Z", false],
    ["2028-02-28T12:00:00.000Z", "2028-02-29T11:00:00.000Z", true],
    ["2028-02-28T12:00:00.000Z", "2028-02-29T13:00:00.000Z", true],
    ["2028-02-28T12:00:00.000Z", "2028-02-29T13:00:00.001Z", false],
    ["2028-02-29T12:00:00.000Z", "2028-03-01T12:00:00.000Z", true],
    ["2027-02-28T12:00:00.000Z", "2027-03-01T12:00:00.000Z", true], // no leap year
    // Month ends, and the year's.
    ["2026-04-30T23:30:00.000Z", "2026-05-01T22:30:00.000Z", true],
    ["2026-04-30T23:30:00.000Z", "2026-05-02T00:30:00.000Z", true],
    ["2026-04-30T23:30:00.000Z", "2026-05-02T00:30:00.001Z", false],
    ["2026-12-31T23:00:00.000Z", "2027-01-01T22:00:00.000Z", true],
    ["2026-12-31T23:00:00.000Z", "2027-01-01T21:59:59.999Z", false],
    // Amsterdam loses the hour from 01:00Z on 29 March: 24 hours are 24 hours.
    ["2026-03-28T12:00:00.000Z", "2026-03-29T13:00:00.000Z", true], // 13:00 → 15:00 on the wall
    ["2026-03-28T12:00:00.000Z", "2026-03-29T13:00:00.001Z", false],
    // An event's beginning may have an offset.
    ["2026-03-01T02:00:00.000Z", "2026-03-02T04:00:00+01:00", true],
    ["2026-03-01T02:00:00.000Z", "2026-03-02T04:00:00.001+01:00", false],
  ])("at %s, of an event at %s: %s", (asOf, startsAt, expected) => {
    expect(isReminded(asOf, startsAt)).toBe(expected);
  });
});

describe("the window of a payment's reminder, from 72 hours before until it begins", () => {
  it.each([
    ["2026-03-01T02:00:00.000Z", "2026-03-04T02:00:00.001Z", false], // one millisecond beyond 72 hours
    ["2026-03-01T02:00:00.000Z", "2026-03-04T02:00:00.000Z", true], // 72 hours
    ["2026-03-01T02:00:00.000Z", "2026-03-04T01:59:59.999Z", true],
    ["2026-03-01T02:00:00.000Z", "2026-03-01T02:00:00.001Z", true], // in one millisecond
    ["2026-03-01T02:00:00.000Z", "2026-03-01T02:00:00.000Z", false], // it begins
    ["2026-03-01T02:00:00.000Z", "2026-03-01T01:59:59.999Z", false],
    ["2028-02-27T09:00:00.000Z", "2028-03-01T09:00:00.000Z", true], // over a leap day
    ["2028-02-27T09:00:00.000Z", "2028-03-01T09:00:00.001Z", false],
    ["2027-02-27T09:00:00.000Z", "2027-03-02T09:00:00.000Z", true], // over none
    ["2026-01-31T00:00:00.000Z", "2026-02-03T00:00:00.000Z", true], // a month's end
    ["2026-10-24T12:00:00.000Z", "2026-10-27T12:00:00.000Z", true], // over the long night in Amsterdam
    ["2026-10-24T12:00:00.000Z", "2026-10-27T12:00:00.001Z", false],
  ])("at %s, of an event at %s: %s", (asOf, startsAt, expected) => {
    expect(isReminded72(asOf, startsAt)).toBe(expected);
  });
});

/** What the client's mail and message say of the time. */
async function timesShown(startsAt: string, timeZone: string, own?: string) {
  const booking = aBooking({ startsAt, timeZone }).body;
  const client = aClient(own === undefined ? {} : { timeZone: own }).body;
  const people = { client, performer: aPerformer().body };
  const mail = await renderMail("booking_reminder", mailFacts(booking, "client", people), sampleContext());
  const fill = { template: "booking_reminder", variables: messageFacts(booking, "client", people) } as const;
  const zone = /Time zone:? *\n?(.*)/.exec(mail.text)?.[1]?.trim();
  return {
    subject: mail.subject.replace("Reminder: Close-up magic, ", ""),
    zone,
    message: factsOf(fill, exampleSeller, "en-GB").time,
  };
}

describe("the time that is shown, as text", () => {
  it.each([
    [
      "the last minute before the short night in Amsterdam",
      "2026-03-29T00:59:00Z",
      "Europe/Amsterdam",
      "Sunday, 29 March 2026 at 01:59",
      "Central European Standard Time (Europe/Amsterdam)",
      "Sunday 29 March at 01:59",
    ],
    [
      "the first minute after it: there is no 02:00",
      "2026-03-29T01:00:00Z",
      "Europe/Amsterdam",
      "Sunday, 29 March 2026 at 03:00",
      "Central European Summer Time (Europe/Amsterdam)",
      "Sunday 29 March at 03:00",
    ],
    [
      "the first 02:30 of the long night in Amsterdam",
      "2026-10-25T00:30:00Z",
      "Europe/Amsterdam",
      "Sunday, 25 October 2026 at 02:30",
      "Central European Summer Time (Europe/Amsterdam)",
      "Sunday 25 October at 02:30 CEST",
    ],
    [
      "the second 02:30 of it, which the zone's name tells apart",
      "2026-10-25T01:30:00Z",
      "Europe/Amsterdam",
      "Sunday, 25 October 2026 at 02:30",
      "Central European Standard Time (Europe/Amsterdam)",
      "Sunday 25 October at 02:30 CET",
    ],
    [
      "the last minute before the short night in New York",
      "2026-03-08T06:59:00Z",
      "America/New_York",
      "Sunday, 8 March 2026 at 01:59",
      "Eastern Standard Time (America/New_York)",
      "Sunday 8 March at 01:59",
    ],
    [
      "the first minute after it",
      "2026-03-08T07:00:00Z",
      "America/New_York",
      "Sunday, 8 March 2026 at 03:00",
      "Eastern Daylight Time (America/New_York)",
      "Sunday 8 March at 03:00",
    ],
    [
      "the second 01:30 of the long night in New York",
      "2026-11-01T06:30:00Z",
      "America/New_York",
      "Sunday, 1 November 2026 at 01:30",
      "Eastern Standard Time (America/New_York)",
      "Sunday 1 November at 01:30 GMT-5",
    ],
    [
      "a leap day",
      "2028-02-29T19:00:00Z",
      "Europe/Amsterdam",
      "Tuesday, 29 February 2028 at 20:00",
      "Central European Standard Time (Europe/Amsterdam)",
      "Tuesday 29 February at 20:00",
    ],
  ])("of %s", async (_, startsAt, timeZone, subject, zone, message) => {
    await expect(timesShown(startsAt, timeZone)).resolves.toEqual({ subject, zone, message });
  });

  it("is by the person's own clock, another day perhaps", async () => {
    const shown = await timesShown("2026-03-01T00:30:00Z", "Europe/Amsterdam", "America/New_York");
    expect(shown).toEqual({
      subject: "Saturday, 28 February 2026 at 19:30",
      zone: "Eastern Standard Time (America/New_York)",
      message: "Saturday 28 February at 19:30",
    });
  });
});

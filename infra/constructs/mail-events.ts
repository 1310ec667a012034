import {
  ConfigurationSet,
  ConfigurationSetEventDestination,
  EmailSendingEvent,
  EventDestination,
  SuppressionReasons,
} from "aws-cdk-lib/aws-ses";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";

import type { Config } from "../config.ts";

/** What can become of a mail. */
const REPORTED_EVENTS = [
  EmailSendingEvent.SEND,
  EmailSendingEvent.DELIVERY,
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.REJECT,
];

/** What its reader does with it: only where the installation asks for it, for it is about people. */
const TRACKED_EVENTS = [EmailSendingEvent.OPEN, EmailSendingEvent.CLICK];

/**
 * The SES configuration set that all mail is sent under. Its events go to the account's default EventBridge bus, where
 * the rule of the type that stores receipts picks them up.
 */
export class MailEvents extends Construct {
  readonly configurationSetName: string;

  constructor(scope: Construct, id: string, { name, mailTracking }: Pick<Config, "name" | "mailTracking">) {
    super(scope, id);
    const configurationSet = new ConfigurationSet(this, "ConfigurationSet", {
      configurationSetName: name,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    });
    new ConfigurationSetEventDestination(this, "Events", {
      configurationSet,
      // SES takes no bus but the default one: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventBridgeDestination.html
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, "DefaultBus", "default")),
      events: [...REPORTED_EVENTS, ...(mailTracking ? TRACKED_EVENTS : [])],
    });
    this.configurationSetName = name;
  }
}

import {
  ConfigurationSet,
  ConfigurationSetEventDestination,
  EmailSendingEvent,
  EventDestination,
  SuppressionReasons,
} from "aws-cdk-lib/aws-ses";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Construct } from "constructs";

/** What can become of a mail. Opens and clicks are left out: nobody here asks what people read. */
const REPORTED_EVENTS = [
  EmailSendingEvent.SEND,
  EmailSendingEvent.DELIVERY,
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.REJECT,
];

/**
 * The SES configuration set that all mail is sent under. Its events go to the account's default EventBridge bus, where
 * the rule of the type that stores receipts picks them up.
 */
export class MailEvents extends Construct {
  readonly configurationSetName: string;

  constructor(scope: Construct, id: string, { name }: { readonly name: string }) {
    super(scope, id);
    const configurationSet = new ConfigurationSet(this, "ConfigurationSet", {
      configurationSetName: name,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    });
    new ConfigurationSetEventDestination(this, "Events", {
      configurationSet,
      // SES takes no bus but the default one: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventBridgeDestination.html
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, "DefaultBus", "default")),
      events: REPORTED_EVENTS,
    });
    this.configurationSetName = name;
  }
}

import { isValidPhoneNumber } from "libphonenumber-js/min";
import * as z from "zod";

/**
 * A phone number in E.164 form, `+31612345678`: a plus and up to 15 digits, of a length that its country has (ITU-T E.164;
 * the numbering plans are libphonenumber's). Spaces, brackets and national forms are refused, never guessed at.
 */
export const phoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, { error: "must be a phone number in E.164 form such as +31612345678", abort: true })
  .refine(
    (number) => isValidPhoneNumber(number) || isTwilioTestNumber(number),
    "is not a number of its country's plan",
  );

/** `+1 500 555 0001` and the like belong to nobody. Source: twilio.com/docs/iam/test-credentials, "Magic numbers". */
const isTwilioTestNumber = (number: string): boolean => /^\+1500555\d{4}$/.test(number);

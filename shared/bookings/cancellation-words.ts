import { mailLocale, type ByLanguage } from "../email/mail-locale.ts";

/** Why a booking was cancelled, as both sides may read it: whoever has not paid is not named. */
const NO_DEPOSIT: ByLanguage<string> = {
  en: "The deposit was not paid in time.",
  de: "Die Anzahlung wurde nicht rechtzeitig bezahlt.",
  fr: "L’acompte n’a pas été payé à temps.",
  es: "La señal no se pagó a tiempo.",
  it: "L’acconto non è stato pagato in tempo.",
  nl: "De aanbetaling is niet op tijd betaald.",
};

/** As the booking's record has it: for those who work with it. */
export const NO_DEPOSIT_REASON = NO_DEPOSIT.en;

/** The reason in a reader's language; the mail is in the same one. */
export const noDepositReason = (locale: string): string => NO_DEPOSIT[mailLocale(locale).language];

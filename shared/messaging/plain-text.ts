/** Embeddings, overrides and isolates, which turn what follows around (Unicode UAX #9); marks, which do not, stay. */
const TURNING_CONTROLS = /[\u202A-\u202E\u2066-\u2069]/g;

/** Text as a phone shows it: nothing that turns its direction, and no half characters, which Twilio would replace. */
export const plainText = (text: string): string => text.replaceAll(TURNING_CONTROLS, "").toWellFormed();

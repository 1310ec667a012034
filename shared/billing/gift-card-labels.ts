import type { DocumentLanguage } from "./document-locale.ts";

/** Every word that stands on a gift card's PDF, in one language. */
export interface GiftCardLabels {
  readonly giftCard: string;
  readonly to: (name: string) => string;
  readonly from: (name: string) => string;
  readonly code: string;
  readonly validUntil: (date: string) => string;
  /** How to use the card; `seller` is the shop's name. */
  readonly howToUse: (seller: string) => string;
  /** Followed by the support address. */
  readonly questions: string;
}

export const GIFT_CARD_LABELS = {
  en: {
    giftCard: "Gift card",
    to: (name) => `For ${name}`,
    from: (name) => `From ${name}`,
    code: "Your code",
    validUntil: (date) => `Valid until ${date}`,
    howToUse: (seller) => `Give this code, or show the square to be scanned, when you pay at ${seller}.`,
    questions: "Questions? Write to",
  },
  de: {
    giftCard: "Gutschein",
    to: (name) => `Für ${name}`,
    from: (name) => `Von ${name}`,
    code: "Gutscheincode",
    validUntil: (date) => `Gültig bis ${date}`,
    howToUse: (seller) => `Beim Bezahlen bei ${seller} den Code angeben oder das Quadrat scannen lassen.`,
    questions: "Fragen? Schreiben Sie an",
  },
  fr: {
    giftCard: "Carte cadeau",
    to: (name) => `Pour ${name}`,
    from: (name) => `De la part de ${name}`,
    code: "Votre code",
    validUntil: (date) => `Valable jusqu’au ${date}`,
    howToUse: (seller) => `Au moment de payer chez ${seller}, indiquez ce code ou faites scanner le carré.`,
    questions: "Une question ? Écrivez à",
  },
  es: {
    giftCard: "Tarjeta regalo",
    to: (name) => `Para ${name}`,
    from: (name) => `De parte de ${name}`,
    code: "Su código",
    validUntil: (date) => `Válida hasta el ${date}`,
    howToUse: (seller) => `Al pagar en ${seller}, indique este código o muestre el cuadrado para que lo escaneen.`,
    questions: "¿Preguntas? Escriba a",
  },
  it: {
    giftCard: "Carta regalo",
    to: (name) => `Per ${name}`,
    from: (name) => `Da parte di ${name}`,
    code: "Il codice",
    validUntil: (date) => `Valida fino al ${date}`,
    howToUse: (seller) => `Al momento di pagare da ${seller}, indicare il codice o far scansionare il quadrato.`,
    questions: "Domande? Scriva a",
  },
  nl: {
    giftCard: "Cadeaubon",
    to: (name) => `Voor ${name}`,
    from: (name) => `Van ${name}`,
    code: "Uw code",
    validUntil: (date) => `Geldig tot en met ${date}`,
    howToUse: (seller) => `Geef deze code op bij het betalen bij ${seller}, of laat het vierkant scannen.`,
    questions: "Vragen? Schrijf naar",
  },
} satisfies Record<DocumentLanguage, GiftCardLabels>;

import type { ByLanguage } from "../mail-locale.ts";

interface GiftCardWords {
  readonly subject: (sender: string, seller: string) => string;
  readonly heading: (sender: string) => string;
  readonly preview: (amount: string, seller: string) => string;
  readonly messageFrom: (sender: string) => string;
  readonly code: string;
  readonly validUntil: (date: string) => string;
  readonly use: (seller: string) => string;
  readonly attached: string;
  readonly shop: string;
}

export const GIFT_CARD_WORDS: ByLanguage<GiftCardWords> = {
  en: {
    subject: (sender, seller) => `${sender} sends you a gift card for ${seller}`,
    heading: (sender) => `A gift card for you, from ${sender}`,
    preview: (amount, seller) => `${amount} to spend at ${seller}.`,
    messageFrom: (sender) => `${sender} writes`,
    code: "Your code",
    validUntil: (date) => `Valid until ${date}`,
    use: (seller) => `To use the card, enter the code when you pay at ${seller}, or show it to us.`,
    attached: "The card is attached as a PDF, to print or to keep on your phone.",
    shop: "Look around",
  },
  de: {
    subject: (sender, seller) => `${sender} schenkt Ihnen einen Gutschein von ${seller}`,
    heading: (sender) => `Ein Gutschein für Sie, von ${sender}`,
    preview: (amount, seller) => `${amount} zum Einlösen bei ${seller}.`,
    messageFrom: (sender) => `${sender} schreibt`,
    code: "Ihr Code",
    validUntil: (date) => `Gültig bis ${date}`,
    use: (seller) => `Geben Sie den Code ein, wenn Sie bei ${seller} bezahlen, oder zeigen Sie ihn uns.`,
    attached: "Der Gutschein liegt als PDF bei, zum Ausdrucken oder für Ihr Telefon.",
    shop: "Umsehen",
  },
  fr: {
    subject: (sender, seller) => `${sender} vous offre une carte cadeau ${seller}`,
    heading: (sender) => `Une carte cadeau pour vous, de la part de ${sender}`,
    preview: (amount, seller) => `${amount} à dépenser chez ${seller}.`,
    messageFrom: (sender) => `${sender} vous écrit`,
    code: "Votre code",
    validUntil: (date) => `Valable jusqu’au ${date}`,
    use: (seller) => `Saisissez le code au moment de payer chez ${seller}, ou montrez-le-nous.`,
    attached: "La carte est jointe en PDF, à imprimer ou à garder sur votre téléphone.",
    shop: "Découvrir",
  },
  es: {
    subject: (sender, seller) => `${sender} le regala una tarjeta de ${seller}`,
    heading: (sender) => `Una tarjeta regalo para usted, de ${sender}`,
    preview: (amount, seller) => `${amount} para gastar en ${seller}.`,
    messageFrom: (sender) => `${sender} escribe`,
    code: "Su código",
    validUntil: (date) => `Válida hasta el ${date}`,
    use: (seller) => `Introduzca el código al pagar en ${seller} o muéstrenoslo.`,
    attached: "La tarjeta se adjunta en PDF, para imprimirla o llevarla en el teléfono.",
    shop: "Echar un vistazo",
  },
  it: {
    subject: (sender, seller) => `${sender} Le regala un buono di ${seller}`,
    heading: (sender) => `Un buono regalo per Lei, da ${sender}`,
    preview: (amount, seller) => `${amount} da spendere da ${seller}.`,
    messageFrom: (sender) => `${sender} scrive`,
    code: "Il Suo codice",
    validUntil: (date) => `Valido fino al ${date}`,
    use: (seller) => `Inserisca il codice quando paga da ${seller}, oppure ce lo mostri.`,
    attached: "Il buono è allegato in PDF, da stampare o da tenere sul telefono.",
    shop: "Dia un’occhiata",
  },
  nl: {
    subject: (sender, seller) => `${sender} geeft u een cadeaubon van ${seller}`,
    heading: (sender) => `Een cadeaubon voor u, van ${sender}`,
    preview: (amount, seller) => `${amount} te besteden bij ${seller}.`,
    messageFrom: (sender) => `${sender} schrijft`,
    code: "Uw code",
    validUntil: (date) => `Geldig tot en met ${date}`,
    use: (seller) => `Vul de code in als u bij ${seller} betaalt, of laat hem aan ons zien.`,
    attached: "De bon is bijgevoegd als pdf, om af te drukken of op uw telefoon te bewaren.",
    shop: "Kijk rond",
  },
};

import type { ByLanguage } from "../mail-locale.ts";

interface PaymentWords {
  readonly receipt: {
    readonly subject: (seller: string) => string;
    readonly heading: string;
    readonly preview: (amount: string, what: string) => string;
  };
  readonly due: {
    readonly subject: (date: string, seller: string) => string;
    readonly overdueSubject: (seller: string) => string;
    readonly heading: string;
    readonly overdueHeading: string;
    readonly intro: (amount: string, date: string) => string;
    readonly overdueIntro: (amount: string, date: string) => string;
    readonly dueOn: string;
    readonly pay: string;
    readonly alreadyPaid: string;
  };
}

export const PAYMENT_WORDS: ByLanguage<PaymentWords> = {
  en: {
    receipt: {
      subject: (seller) => `Receipt for your payment to ${seller}`,
      heading: "We have received your payment",
      preview: (amount, what) => `${amount} for ${what}`,
    },
    due: {
      subject: (date, seller) => `A payment to ${seller} is due on ${date}`,
      overdueSubject: (seller) => `A payment to ${seller} is overdue`,
      heading: "A payment is due",
      overdueHeading: "A payment is overdue",
      intro: (amount, date) => `Please pay ${amount} by ${date}.`,
      overdueIntro: (amount, date) => `${amount} was due on ${date} and has not reached us yet. Please pay it soon.`,
      dueOn: "Due on",
      pay: "Pay now",
      alreadyPaid: "If you have paid in the meantime, there is nothing left to do.",
    },
  },
  de: {
    receipt: {
      subject: (seller) => `Beleg für Ihre Zahlung an ${seller}`,
      heading: "Ihre Zahlung ist eingegangen",
      preview: (amount, what) => `${amount} für ${what}`,
    },
    due: {
      subject: (date, seller) => `Eine Zahlung an ${seller} ist am ${date} fällig`,
      overdueSubject: (seller) => `Eine Zahlung an ${seller} ist überfällig`,
      heading: "Eine Zahlung ist fällig",
      overdueHeading: "Eine Zahlung ist überfällig",
      intro: (amount, date) => `Bitte zahlen Sie ${amount} bis zum ${date}.`,
      overdueIntro: (amount, date) =>
        `${amount} waren am ${date} fällig und sind noch nicht eingegangen. Bitte zahlen Sie bald.`,
      dueOn: "Fällig am",
      pay: "Jetzt bezahlen",
      alreadyPaid: "Falls Sie inzwischen bezahlt haben, ist nichts mehr zu tun.",
    },
  },
  fr: {
    receipt: {
      subject: (seller) => `Reçu de votre paiement à ${seller}`,
      heading: "Nous avons bien reçu votre paiement",
      preview: (amount, what) => `${amount} pour ${what}`,
    },
    due: {
      subject: (date, seller) => `Un paiement à ${seller} est à effectuer le ${date}`,
      overdueSubject: (seller) => `Un paiement à ${seller} est en retard`,
      heading: "Un paiement est à effectuer",
      overdueHeading: "Un paiement est en retard",
      intro: (amount, date) => `Merci de payer ${amount} au plus tard le ${date}.`,
      overdueIntro: (amount, date) =>
        `Le paiement de ${amount}, à effectuer le ${date}, ne nous est pas encore parvenu. Merci de payer bientôt.`,
      dueOn: "Échéance",
      pay: "Payer maintenant",
      alreadyPaid: "Si vous avez payé entre-temps, vous n’avez plus rien à faire.",
    },
  },
  es: {
    receipt: {
      subject: (seller) => `Recibo de su pago a ${seller}`,
      heading: "Hemos recibido su pago",
      preview: (amount, what) => `${amount} por ${what}`,
    },
    due: {
      subject: (date, seller) => `Un pago a ${seller} vence el ${date}`,
      overdueSubject: (seller) => `Un pago a ${seller} está vencido`,
      heading: "Un pago está por vencer",
      overdueHeading: "Un pago está vencido",
      intro: (amount, date) => `Pague ${amount} antes del ${date} inclusive, por favor.`,
      overdueIntro: (amount, date) =>
        `El pago de ${amount} venció el ${date} y aún no nos ha llegado. Páguelo pronto, por favor.`,
      dueOn: "Vence el",
      pay: "Pagar ahora",
      alreadyPaid: "Si ya ha pagado, no tiene que hacer nada más.",
    },
  },
  it: {
    receipt: {
      subject: (seller) => `Ricevuta del Suo pagamento a ${seller}`,
      heading: "Abbiamo ricevuto il Suo pagamento",
      preview: (amount, what) => `${amount} per ${what}`,
    },
    due: {
      subject: (date, seller) => `Un pagamento a ${seller} scade il ${date}`,
      overdueSubject: (seller) => `Un pagamento a ${seller} è scaduto`,
      heading: "Un pagamento è in scadenza",
      overdueHeading: "Un pagamento è scaduto",
      intro: (amount, date) => `La preghiamo di pagare ${amount} entro il ${date}.`,
      overdueIntro: (amount, date) =>
        `Il pagamento di ${amount} è scaduto il ${date} e non ci è ancora arrivato. La preghiamo di pagare presto.`,
      dueOn: "Scade il",
      pay: "Paga ora",
      alreadyPaid: "Se nel frattempo ha pagato, non deve fare altro.",
    },
  },
  nl: {
    receipt: {
      subject: (seller) => `Bewijs van uw betaling aan ${seller}`,
      heading: "We hebben uw betaling ontvangen",
      preview: (amount, what) => `${amount} voor ${what}`,
    },
    due: {
      subject: (date, seller) => `Een betaling aan ${seller} vervalt op ${date}`,
      overdueSubject: (seller) => `Een betaling aan ${seller} is te laat`,
      heading: "Er staat een betaling open",
      overdueHeading: "Een betaling is te laat",
      intro: (amount, date) => `Betaal ${amount} uiterlijk op ${date}.`,
      overdueIntro: (amount, date) =>
        `${amount} had op ${date} betaald moeten zijn en is nog niet binnen. Betaal alstublieft spoedig.`,
      dueOn: "Uiterlijk op",
      pay: "Nu betalen",
      alreadyPaid: "Hebt u intussen betaald, dan hoeft u niets meer te doen.",
    },
  },
};

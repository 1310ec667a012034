import type { MessageTemplate } from "../contracts/text-message.ts";
import { mailLocale, type ByLanguage } from "../email/mail-locale.ts";
import type { Facts } from "./message-facts.ts";

/** The words of each template in one language, and those before its link. */
type Phrases = Readonly<Record<MessageTemplate, (facts: Facts) => string>> & {
  readonly pay: string;
  readonly track: string;
};

/** ", the rest" where there is a rest. */
const also = (fact: string, before = ", "): string => (fact === "" ? "" : before + fact);

const WORDS: ByLanguage<Phrases> = {
  en: {
    booking_reminder: (f) =>
      `Hello ${f.name}, a reminder of your booking at ${f.seller}: ${f.service}, ${f.time}${also(f.place)}.`,
    booking_payment_reminder: (f) =>
      `Hello ${f.name}, your booking at ${f.seller} is not fully paid yet: ${f.service}, ${f.time}${also(f.place)}. Amount: ${f.amount}.`,
    booking_cancelled: (f) =>
      `Hello ${f.name}, your booking at ${f.seller} has been cancelled: ${f.service}, ${f.time}${also(f.place)}.`,
    order_shipped: (f) =>
      `Hello ${f.name}, your order ${f.order} from ${f.seller} is on its way${also(f.carrier, " with ")}.`,
    payment_due: (f) =>
      `Hello ${f.name}, a payment to ${f.seller} is due on ${f.dueOn}: ${f.description}, ${f.amount}.`,
    pay: "Pay here:",
    track: "Follow it here:",
  },
  de: {
    booking_reminder: (f) =>
      `Guten Tag ${f.name}, wir erinnern an Ihre Buchung bei ${f.seller}: ${f.service}, ${f.time}${also(f.place)}.`,
    booking_payment_reminder: (f) =>
      `Guten Tag ${f.name}, Ihre Buchung bei ${f.seller} ist noch nicht vollständig bezahlt: ${f.service}, ${f.time}${also(f.place)}. Betrag: ${f.amount}.`,
    booking_cancelled: (f) =>
      `Guten Tag ${f.name}, Ihre Buchung bei ${f.seller} wurde abgesagt: ${f.service}, ${f.time}${also(f.place)}.`,
    order_shipped: (f) =>
      `Guten Tag ${f.name}, Ihre Bestellung ${f.order} von ${f.seller} ist unterwegs${also(f.carrier, " mit ")}.`,
    payment_due: (f) =>
      `Guten Tag ${f.name}, eine Zahlung an ${f.seller} ist am ${f.dueOn} fällig: ${f.description}, ${f.amount}.`,
    pay: "Hier bezahlen:",
    track: "Hier verfolgen:",
  },
  fr: {
    booking_reminder: (f) =>
      `Bonjour ${f.name}, rappel de votre réservation chez ${f.seller} : ${f.service}, ${f.time}${also(f.place)}.`,
    booking_payment_reminder: (f) =>
      `Bonjour ${f.name}, votre réservation chez ${f.seller} n'est pas encore entièrement payée : ${f.service}, ${f.time}${also(f.place)}. Montant : ${f.amount}.`,
    booking_cancelled: (f) =>
      `Bonjour ${f.name}, votre réservation chez ${f.seller} a été annulée : ${f.service}, ${f.time}${also(f.place)}.`,
    order_shipped: (f) =>
      `Bonjour ${f.name}, votre commande ${f.order} chez ${f.seller} est en route${also(f.carrier, " avec ")}.`,
    payment_due: (f) =>
      `Bonjour ${f.name}, un paiement à ${f.seller} est dû le ${f.dueOn} : ${f.description}, ${f.amount}.`,
    pay: "Payer ici :",
    track: "Suivre le colis :",
  },
  es: {
    booking_reminder: (f) =>
      `Hola, ${f.name}: le recordamos su reserva en ${f.seller}: ${f.service}, ${f.time}${also(f.place)}.`,
    booking_payment_reminder: (f) =>
      `Hola, ${f.name}: su reserva en ${f.seller} aún no está pagada por completo: ${f.service}, ${f.time}${also(f.place)}. Importe: ${f.amount}.`,
    booking_cancelled: (f) =>
      `Hola, ${f.name}: su reserva en ${f.seller} ha sido cancelada: ${f.service}, ${f.time}${also(f.place)}.`,
    order_shipped: (f) =>
      `Hola, ${f.name}: su pedido ${f.order} de ${f.seller} está en camino${also(f.carrier, " con ")}.`,
    payment_due: (f) => `Hola, ${f.name}: un pago a ${f.seller} vence el ${f.dueOn}: ${f.description}, ${f.amount}.`,
    pay: "Pagar aquí:",
    track: "Seguir el envío:",
  },
  it: {
    booking_reminder: (f) =>
      `Buongiorno ${f.name}, le ricordiamo la sua prenotazione presso ${f.seller}: ${f.service}, ${f.time}${also(f.place)}.`,
    booking_payment_reminder: (f) =>
      `Buongiorno ${f.name}, la sua prenotazione presso ${f.seller} non è ancora pagata per intero: ${f.service}, ${f.time}${also(f.place)}. Importo: ${f.amount}.`,
    booking_cancelled: (f) =>
      `Buongiorno ${f.name}, la sua prenotazione presso ${f.seller} è stata annullata: ${f.service}, ${f.time}${also(f.place)}.`,
    order_shipped: (f) =>
      `Buongiorno ${f.name}, il suo ordine ${f.order} di ${f.seller} è in viaggio${also(f.carrier, " con ")}.`,
    payment_due: (f) =>
      `Buongiorno ${f.name}, un pagamento a ${f.seller} scade il ${f.dueOn}: ${f.description}, ${f.amount}.`,
    pay: "Pagare qui:",
    track: "Seguire il pacco:",
  },
  nl: {
    booking_reminder: (f) =>
      `Hallo ${f.name}, een herinnering aan uw afspraak bij ${f.seller}: ${f.service}, ${f.time}${also(f.place)}.`,
    booking_payment_reminder: (f) =>
      `Hallo ${f.name}, uw afspraak bij ${f.seller} is nog niet volledig betaald: ${f.service}, ${f.time}${also(f.place)}. Bedrag: ${f.amount}.`,
    booking_cancelled: (f) =>
      `Hallo ${f.name}, uw afspraak bij ${f.seller} is geannuleerd: ${f.service}, ${f.time}${also(f.place)}.`,
    order_shipped: (f) =>
      `Hallo ${f.name}, uw bestelling ${f.order} bij ${f.seller} is onderweg${also(f.carrier, " met ")}.`,
    payment_due: (f) =>
      `Hallo ${f.name}, een betaling aan ${f.seller} vervalt op ${f.dueOn}: ${f.description}, ${f.amount}.`,
    pay: "Betaal hier:",
    track: "Volg het pakket:",
  },
};

/** A template in a reader's language: 320 characters at most (two SMS), and its link behind them. */
export function wordsOf(template: MessageTemplate, facts: Facts, tag: string): string {
  const phrases = WORDS[mailLocale(tag).language];
  const words = phrases[template](facts);
  if (facts.link === "") return words;
  return `${words} ${template === "order_shipped" ? phrases.track : phrases.pay} ${facts.link}`;
}

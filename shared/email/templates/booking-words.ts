import type { ByLanguage } from "../mail-locale.ts";

interface BookingWords {
  readonly service: string;
  readonly when: string;
  readonly timeZone: string;
  readonly location: string;
  /** Before the name of the other side: the performer's in a client's mail, the client's in a performer's. */
  readonly performer: string;
  readonly reference: string;
  /** Goes to both sides: "your booking" would be the client's only. */
  readonly reminder: {
    readonly subject: (service: string, time: string) => string;
    readonly heading: string;
    readonly intro: (seller: string) => string;
    readonly notes: string;
    readonly change: string;
  };
  /** To the client. */
  readonly payment: {
    readonly subject: (service: string) => string;
    readonly heading: string;
    readonly intro: (amount: string) => string;
    readonly introBy: (amount: string, date: string) => string;
    readonly pay: string;
  };
  /** To both sides, as well. */
  readonly cancelled: {
    readonly subject: (service: string, time: string) => string;
    readonly heading: string;
    readonly intro: (seller: string) => string;
    readonly reason: string;
    readonly refund: (amount: string) => string;
  };
}

export const BOOKING_WORDS: ByLanguage<BookingWords> = {
  en: {
    service: "Booking",
    when: "When",
    timeZone: "Time zone",
    location: "Where",
    performer: "With",
    reference: "Booking number",
    reminder: {
      subject: (service, time) => `Reminder: ${service}, ${time}`,
      heading: "A booking is coming up",
      intro: (seller) => `We remind you of this booking at ${seller}:`,
      notes: "Good to know",
      change: "If you cannot come, please tell us as soon as you can.",
    },
    payment: {
      subject: (service) => `Payment outstanding for your booking: ${service}`,
      heading: "Your booking is not fully paid yet",
      intro: (amount) => `Please pay ${amount} to keep your booking.`,
      introBy: (amount, date) => `Please pay ${amount} by ${date} to keep your booking.`,
      pay: "Pay now",
    },
    cancelled: {
      subject: (service, time) => `Cancelled: ${service}, ${time}`,
      heading: "A booking has been cancelled",
      intro: (seller) => `This booking at ${seller} does not take place:`,
      reason: "Reason",
      refund: (amount) =>
        `We will refund ${amount} to the card or account you paid with. Depending on your bank this takes a few days.`,
    },
  },
  de: {
    service: "Buchung",
    when: "Wann",
    timeZone: "Zeitzone",
    location: "Wo",
    performer: "Mit",
    reference: "Buchungsnummer",
    reminder: {
      subject: (service, time) => `Erinnerung: ${service}, ${time}`,
      heading: "Eine Buchung steht bevor",
      intro: (seller) => `Wir erinnern Sie an diese Buchung bei ${seller}:`,
      notes: "Gut zu wissen",
      change: "Falls Sie nicht kommen können, sagen Sie uns bitte so bald wie möglich Bescheid.",
    },
    payment: {
      subject: (service) => `Zahlung für Ihre Buchung offen: ${service}`,
      heading: "Ihre Buchung ist noch nicht vollständig bezahlt",
      intro: (amount) => `Bitte zahlen Sie ${amount}, um Ihre Buchung zu behalten.`,
      introBy: (amount, date) => `Bitte zahlen Sie ${amount} bis zum ${date}, um Ihre Buchung zu behalten.`,
      pay: "Jetzt bezahlen",
    },
    cancelled: {
      subject: (service, time) => `Abgesagt: ${service}, ${time}`,
      heading: "Eine Buchung wurde abgesagt",
      intro: (seller) => `Diese Buchung bei ${seller} findet nicht statt:`,
      reason: "Grund",
      refund: (amount) =>
        `Wir erstatten ${amount} dorthin, von wo Sie bezahlt haben. Je nach Bank dauert das einige Tage.`,
    },
  },
  fr: {
    service: "Réservation",
    when: "Quand",
    timeZone: "Fuseau horaire",
    location: "Où",
    performer: "Avec",
    reference: "Numéro de réservation",
    reminder: {
      subject: (service, time) => `Rappel : ${service}, ${time}`,
      heading: "Une réservation approche",
      intro: (seller) => `Nous vous rappelons cette réservation chez ${seller} :`,
      notes: "Bon à savoir",
      change: "Si vous ne pouvez pas venir, merci de nous prévenir dès que possible.",
    },
    payment: {
      subject: (service) => `Paiement en attente pour votre réservation : ${service}`,
      heading: "Votre réservation n’est pas encore entièrement payée",
      intro: (amount) => `Merci de payer ${amount} pour garder votre réservation.`,
      introBy: (amount, date) => `Merci de payer ${amount} au plus tard le ${date} pour garder votre réservation.`,
      pay: "Payer maintenant",
    },
    cancelled: {
      subject: (service, time) => `Annulation : ${service}, ${time}`,
      heading: "Une réservation a été annulée",
      intro: (seller) => `Cette réservation chez ${seller} n’aura pas lieu :`,
      reason: "Motif",
      refund: (amount) =>
        `Nous remboursons ${amount} sur votre moyen de paiement. Selon votre banque, cela prend quelques jours.`,
    },
  },
  es: {
    service: "Reserva",
    when: "Cuándo",
    timeZone: "Zona horaria",
    location: "Dónde",
    performer: "Con",
    reference: "Número de reserva",
    reminder: {
      subject: (service, time) => `Recordatorio: ${service}, ${time}`,
      heading: "Se acerca una reserva",
      intro: (seller) => `Le recordamos esta reserva en ${seller}:`,
      notes: "Conviene saber",
      change: "Si no puede venir, avísenos lo antes posible, por favor.",
    },
    payment: {
      subject: (service) => `Pago pendiente de su reserva: ${service}`,
      heading: "Su reserva aún no está pagada por completo",
      intro: (amount) => `Pague ${amount} para conservar su reserva, por favor.`,
      introBy: (amount, date) => `Pague ${amount} antes del ${date} inclusive para conservar su reserva, por favor.`,
      pay: "Pagar ahora",
    },
    cancelled: {
      subject: (service, time) => `Cancelada: ${service}, ${time}`,
      heading: "Se ha cancelado una reserva",
      intro: (seller) => `Esta reserva en ${seller} no tendrá lugar:`,
      reason: "Motivo",
      refund: (amount) => `Le devolvemos ${amount} al medio con el que pagó. Según su banco, tarda unos días.`,
    },
  },
  it: {
    service: "Prenotazione",
    when: "Quando",
    timeZone: "Fuso orario",
    location: "Dove",
    performer: "Con",
    reference: "Numero di prenotazione",
    reminder: {
      subject: (service, time) => `Promemoria: ${service}, ${time}`,
      heading: "Una prenotazione si avvicina",
      intro: (seller) => `Le ricordiamo questa prenotazione da ${seller}:`,
      notes: "Buono a sapersi",
      change: "Se non può venire, ci avvisi appena possibile.",
    },
    payment: {
      subject: (service) => `Pagamento in sospeso per la Sua prenotazione: ${service}`,
      heading: "La Sua prenotazione non è ancora pagata per intero",
      intro: (amount) => `La preghiamo di pagare ${amount} per mantenere la prenotazione.`,
      introBy: (amount, date) => `La preghiamo di pagare ${amount} entro il ${date} per mantenere la prenotazione.`,
      pay: "Paga ora",
    },
    cancelled: {
      subject: (service, time) => `Annullata: ${service}, ${time}`,
      heading: "Una prenotazione è stata annullata",
      intro: (seller) => `Questa prenotazione da ${seller} non avrà luogo:`,
      reason: "Motivo",
      refund: (amount) =>
        `Le rimborsiamo ${amount} sul mezzo con cui ha pagato. A seconda della banca occorre qualche giorno.`,
    },
  },
  nl: {
    service: "Boeking",
    when: "Wanneer",
    timeZone: "Tijdzone",
    location: "Waar",
    performer: "Met",
    reference: "Boekingsnummer",
    reminder: {
      subject: (service, time) => `Herinnering: ${service}, ${time}`,
      heading: "Er komt een boeking aan",
      intro: (seller) => `We herinneren u aan deze boeking bij ${seller}:`,
      notes: "Goed om te weten",
      change: "Kunt u niet komen, laat het ons dan zo snel mogelijk weten.",
    },
    payment: {
      subject: (service) => `Betaling open voor uw boeking: ${service}`,
      heading: "Uw boeking is nog niet volledig betaald",
      intro: (amount) => `Betaal ${amount} om uw boeking te behouden.`,
      introBy: (amount, date) => `Betaal ${amount} uiterlijk op ${date} om uw boeking te behouden.`,
      pay: "Nu betalen",
    },
    cancelled: {
      subject: (service, time) => `Geannuleerd: ${service}, ${time}`,
      heading: "Een boeking is geannuleerd",
      intro: (seller) => `Deze boeking bij ${seller} gaat niet door:`,
      reason: "Reden",
      refund: (amount) =>
        `We betalen ${amount} terug naar waar u mee betaald hebt. Afhankelijk van uw bank duurt dat enkele dagen.`,
    },
  },
};

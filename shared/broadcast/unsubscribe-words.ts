import type { MailLanguage } from "../email/mail-locale.ts";

/** What the unsubscribe pages say; `name` is the seller's. */
export interface UnsubscribeWords {
  readonly ask: (name: string) => string;
  readonly leave: string;
  readonly left: (name: string) => string;
  readonly ordersStillCome: string;
  readonly comeBack: string;
  readonly isBack: (name: string) => string;
  readonly notFound: string;
  readonly notFoundHelp: string;
}

export const UNSUBSCRIBE_WORDS: Readonly<Record<MailLanguage, UnsubscribeWords>> = {
  en: {
    ask: (name) => `Unsubscribe from the news of ${name}?`,
    leave: "Unsubscribe",
    left: (name) => `You are unsubscribed from the news of ${name}.`,
    ordersStillCome: "Mails about your own orders still reach you.",
    comeBack: "Subscribe again",
    isBack: (name) => `You are subscribed to the news of ${name} again.`,
    notFound: "This link is not complete.",
    notFoundHelp: "Open it from the mail again, or answer that mail: somebody will take you off the list.",
  },
  de: {
    ask: (name) => `Möchten Sie keine Neuigkeiten von ${name} mehr erhalten?`,
    leave: "Abmelden",
    left: (name) => `Sie sind von den Neuigkeiten von ${name} abgemeldet.`,
    ordersStillCome: "E-Mails zu Ihren eigenen Bestellungen erhalten Sie weiterhin.",
    comeBack: "Wieder anmelden",
    isBack: (name) => `Sie erhalten wieder Neuigkeiten von ${name}.`,
    notFound: "Dieser Link ist nicht vollständig.",
    notFoundHelp: "Öffnen Sie ihn noch einmal aus der E-Mail, oder antworten Sie auf diese: Dann melden wir Sie ab.",
  },
  fr: {
    ask: (name) => `Ne souhaitez-vous plus recevoir les nouvelles de ${name} ?`,
    leave: "Se désabonner",
    left: (name) => `Vous êtes désabonné des nouvelles de ${name}.`,
    ordersStillCome: "Vous recevrez toujours les e-mails concernant vos commandes.",
    comeBack: "Se réabonner",
    isBack: (name) => `Vous recevez de nouveau les nouvelles de ${name}.`,
    notFound: "Ce lien n’est pas complet.",
    notFoundHelp: "Ouvrez-le de nouveau depuis l’e-mail, ou répondez à celui-ci : nous vous retirerons de la liste.",
  },
  es: {
    ask: (name) => `¿No desea recibir más novedades de ${name}?`,
    leave: "Darse de baja",
    left: (name) => `Se ha dado de baja de las novedades de ${name}.`,
    ordersStillCome: "Seguirá recibiendo los correos sobre sus pedidos.",
    comeBack: "Suscribirse de nuevo",
    isBack: (name) => `Vuelve a recibir las novedades de ${name}.`,
    notFound: "Este enlace no está completo.",
    notFoundHelp: "Ábralo de nuevo desde el correo, o responda a ese correo: le quitaremos de la lista.",
  },
  it: {
    ask: (name) => `Non desidera più ricevere le novità di ${name}?`,
    leave: "Annulla l’iscrizione",
    left: (name) => `La sua iscrizione alle novità di ${name} è annullata.`,
    ordersStillCome: "Continuerà a ricevere le e-mail sui suoi ordini.",
    comeBack: "Iscriviti di nuovo",
    isBack: (name) => `Riceve di nuovo le novità di ${name}.`,
    notFound: "Questo link non è completo.",
    notFoundHelp: "Lo apra di nuovo dall’e-mail, oppure risponda a quell’e-mail: la toglieremo dalla lista.",
  },
  nl: {
    ask: (name) => `Wilt u geen nieuws van ${name} meer ontvangen?`,
    leave: "Afmelden",
    left: (name) => `U bent afgemeld voor het nieuws van ${name}.`,
    ordersStillCome: "E-mails over uw eigen bestellingen blijft u ontvangen.",
    comeBack: "Opnieuw aanmelden",
    isBack: (name) => `U ontvangt weer nieuws van ${name}.`,
    notFound: "Deze link is niet volledig.",
    notFoundHelp: "Open hem nogmaals vanuit de e-mail, of beantwoord die e-mail: dan melden wij u af.",
  },
};

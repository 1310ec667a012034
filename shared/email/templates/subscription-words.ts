import type { ByLanguage } from "../mail-locale.ts";

interface SubscriptionWords {
  readonly plan: string;
  /** The shop, team or site that the plan is for. */
  readonly account: string;
  readonly renewal: {
    readonly subject: (plan: string, date: string) => string;
    readonly heading: string;
    readonly intro: (plan: string, date: string, amount: string) => string;
    readonly renewsOn: string;
    readonly nothingToDo: string;
    readonly manage: string;
  };
  readonly expired: {
    readonly subject: (plan: string) => string;
    readonly heading: string;
    readonly intro: (plan: string, date: string) => string;
    readonly grace: (date: string) => string;
  };
  readonly suspended: {
    readonly subject: (plan: string) => string;
    readonly heading: string;
    readonly intro: (plan: string, date: string) => string;
    readonly kept: string;
  };
  readonly renew: string;
}

export const SUBSCRIPTION_WORDS: ByLanguage<SubscriptionWords> = {
  en: {
    plan: "Plan",
    account: "Account",
    renewal: {
      subject: (plan, date) => `Your subscription ${plan} renews on ${date}`,
      heading: "Your subscription renews soon",
      intro: (plan, date, amount) => `Your subscription ${plan} renews on ${date}. We will then charge ${amount}.`,
      renewsOn: "Renews on",
      nothingToDo: "If you want to keep it, there is nothing to do.",
      manage: "Manage the subscription",
    },
    expired: {
      subject: (plan) => `Your subscription ${plan} has expired`,
      heading: "Your subscription has expired",
      intro: (plan, date) => `Your subscription ${plan} ended on ${date}.`,
      grace: (date) => `Everything keeps working until ${date}. Renew before then and nothing is interrupted.`,
    },
    suspended: {
      subject: (plan) => `Your subscription ${plan} is suspended`,
      heading: "Your subscription is suspended",
      intro: (plan, date) => `Your subscription ${plan} has been suspended since ${date}, because it was not renewed.`,
      kept: "Your data is kept. As soon as you renew, everything works again.",
    },
    renew: "Renew now",
  },
  de: {
    plan: "Tarif",
    account: "Konto",
    renewal: {
      subject: (plan, date) => `Ihr Abonnement ${plan} verlängert sich am ${date}`,
      heading: "Ihr Abonnement verlängert sich bald",
      intro: (plan, date, amount) => `Ihr Abonnement ${plan} verlängert sich am ${date}. Dann buchen wir ${amount} ab.`,
      renewsOn: "Verlängerung am",
      nothingToDo: "Wenn Sie es behalten möchten, ist nichts zu tun.",
      manage: "Abonnement verwalten",
    },
    expired: {
      subject: (plan) => `Ihr Abonnement ${plan} ist abgelaufen`,
      heading: "Ihr Abonnement ist abgelaufen",
      intro: (plan, date) => `Ihr Abonnement ${plan} ist am ${date} abgelaufen.`,
      grace: (date) => `Bis zum ${date} läuft alles weiter. Wenn Sie bis dahin verlängern, wird nichts unterbrochen.`,
    },
    suspended: {
      subject: (plan) => `Ihr Abonnement ${plan} ist ausgesetzt`,
      heading: "Ihr Abonnement ist ausgesetzt",
      intro: (plan, date) => `Ihr Abonnement ${plan} ist seit dem ${date} ausgesetzt, weil es nicht verlängert wurde.`,
      kept: "Ihre Daten bleiben erhalten. Sobald Sie verlängern, funktioniert alles wieder.",
    },
    renew: "Jetzt verlängern",
  },
  fr: {
    plan: "Formule",
    account: "Compte",
    renewal: {
      subject: (plan, date) => `Votre abonnement ${plan} se renouvelle le ${date}`,
      heading: "Votre abonnement se renouvelle bientôt",
      intro: (plan, date, amount) =>
        `Votre abonnement ${plan} se renouvelle le ${date}. Nous prélèverons alors ${amount}.`,
      renewsOn: "Renouvellement le",
      nothingToDo: "Si vous souhaitez le garder, vous n’avez rien à faire.",
      manage: "Gérer l’abonnement",
    },
    expired: {
      subject: (plan) => `Votre abonnement ${plan} a expiré`,
      heading: "Votre abonnement a expiré",
      intro: (plan, date) => `Votre abonnement ${plan} a pris fin le ${date}.`,
      grace: (date) =>
        `Tout continue de fonctionner jusqu’au ${date}. Renouvelez d’ici là, et rien ne sera interrompu.`,
    },
    suspended: {
      subject: (plan) => `Votre abonnement ${plan} est suspendu`,
      heading: "Votre abonnement est suspendu",
      intro: (plan, date) => `Votre abonnement ${plan} est suspendu depuis le ${date}, faute de renouvellement.`,
      kept: "Vos données sont conservées. Dès que vous renouvelez, tout fonctionne à nouveau.",
    },
    renew: "Renouveler maintenant",
  },
  es: {
    plan: "Plan",
    account: "Cuenta",
    renewal: {
      subject: (plan, date) => `Su suscripción ${plan} se renueva el ${date}`,
      heading: "Su suscripción se renueva pronto",
      intro: (plan, date, amount) => `Su suscripción ${plan} se renueva el ${date}. Entonces cobraremos ${amount}.`,
      renewsOn: "Se renueva el",
      nothingToDo: "Si quiere conservarla, no tiene que hacer nada.",
      manage: "Gestionar la suscripción",
    },
    expired: {
      subject: (plan) => `Su suscripción ${plan} ha caducado`,
      heading: "Su suscripción ha caducado",
      intro: (plan, date) => `Su suscripción ${plan} terminó el ${date}.`,
      grace: (date) => `Todo sigue funcionando hasta el ${date}. Renueve antes y nada se interrumpirá.`,
    },
    suspended: {
      subject: (plan) => `Su suscripción ${plan} está suspendida`,
      heading: "Su suscripción está suspendida",
      intro: (plan, date) => `Su suscripción ${plan} está suspendida desde el ${date} porque no se renovó.`,
      kept: "Sus datos se conservan. En cuanto renueve, todo volverá a funcionar.",
    },
    renew: "Renovar ahora",
  },
  it: {
    plan: "Piano",
    account: "Account",
    renewal: {
      subject: (plan, date) => `Il Suo abbonamento ${plan} si rinnova il ${date}`,
      heading: "Il Suo abbonamento si rinnova presto",
      intro: (plan, date, amount) =>
        `Il Suo abbonamento ${plan} si rinnova il ${date}. In quel momento addebiteremo ${amount}.`,
      renewsOn: "Si rinnova il",
      nothingToDo: "Se vuole mantenerlo, non deve fare nulla.",
      manage: "Gestisci l’abbonamento",
    },
    expired: {
      subject: (plan) => `Il Suo abbonamento ${plan} è scaduto`,
      heading: "Il Suo abbonamento è scaduto",
      intro: (plan, date) => `Il Suo abbonamento ${plan} è terminato il ${date}.`,
      grace: (date) => `Tutto continua a funzionare fino al ${date}. Rinnovi prima e nulla sarà interrotto.`,
    },
    suspended: {
      subject: (plan) => `Il Suo abbonamento ${plan} è sospeso`,
      heading: "Il Suo abbonamento è sospeso",
      intro: (plan, date) => `Il Suo abbonamento ${plan} è sospeso dal ${date} perché non è stato rinnovato.`,
      kept: "I Suoi dati sono conservati. Appena rinnova, tutto riprende a funzionare.",
    },
    renew: "Rinnova ora",
  },
  nl: {
    plan: "Abonnement",
    account: "Account",
    renewal: {
      subject: (plan, date) => `Uw abonnement ${plan} wordt op ${date} verlengd`,
      heading: "Uw abonnement wordt binnenkort verlengd",
      intro: (plan, date, amount) => `Uw abonnement ${plan} wordt op ${date} verlengd. We schrijven dan ${amount} af.`,
      renewsOn: "Verlenging op",
      nothingToDo: "Wilt u het houden, dan hoeft u niets te doen.",
      manage: "Abonnement beheren",
    },
    expired: {
      subject: (plan) => `Uw abonnement ${plan} is verlopen`,
      heading: "Uw abonnement is verlopen",
      intro: (plan, date) => `Uw abonnement ${plan} is op ${date} geëindigd.`,
      grace: (date) => `Tot en met ${date} blijft alles werken. Verleng voor die tijd, dan wordt niets onderbroken.`,
    },
    suspended: {
      subject: (plan) => `Uw abonnement ${plan} is opgeschort`,
      heading: "Uw abonnement is opgeschort",
      intro: (plan, date) => `Uw abonnement ${plan} is sinds ${date} opgeschort, omdat het niet is verlengd.`,
      kept: "Uw gegevens blijven bewaard. Zodra u verlengt, werkt alles weer.",
    },
    renew: "Nu verlengen",
  },
};

import type { ByLanguage } from "./mail-locale.ts";

/** Words that all mails to customers share, besides those of an invoice. */
interface MailWords {
  readonly unsubscribe: string;
  readonly whyNews: (seller: string) => string;
  /** Before a file that is fetched by a link; its name follows as the link. */
  readonly file: (size: string, until: string) => string;
}

export const MAIL_WORDS: ByLanguage<MailWords> = {
  en: {
    unsubscribe: "Unsubscribe",
    whyNews: (seller) => `You get this email because you agreed to news from ${seller}.`,
    file: (size, until) => `To download (${size}, available until ${until}):`,
  },
  de: {
    unsubscribe: "Abmelden",
    whyNews: (seller) => `Sie erhalten diese E-Mail, weil Sie Neuigkeiten von ${seller} zugestimmt haben.`,
    file: (size, until) => `Zum Herunterladen (${size}, verfügbar bis ${until}):`,
  },
  fr: {
    unsubscribe: "Se désabonner",
    whyNews: (seller) => `Vous recevez cet e-mail car vous avez accepté les actualités de ${seller}.`,
    file: (size, until) => `À télécharger (${size}, disponible jusqu’au ${until}) :`,
  },
  es: {
    unsubscribe: "Darse de baja",
    whyNews: (seller) => `Recibe este correo porque aceptó las novedades de ${seller}.`,
    file: (size, until) => `Para descargar (${size}, disponible hasta el ${until}):`,
  },
  it: {
    unsubscribe: "Annulla l’iscrizione",
    whyNews: (seller) => `Riceve questa e-mail perché ha accettato le novità di ${seller}.`,
    file: (size, until) => `Da scaricare (${size}, disponibile fino al ${until}):`,
  },
  nl: {
    unsubscribe: "Afmelden",
    whyNews: (seller) => `U ontvangt deze e-mail omdat u nieuws van ${seller} wilde krijgen.`,
    file: (size, until) => `Om te downloaden (${size}, beschikbaar tot en met ${until}):`,
  },
};

/** Every word that an invoice and its mail are made of, in one language. */
export interface InvoiceLabels {
  readonly invoice: string;
  readonly invoiceNumber: string;
  readonly invoiceDate: string;
  readonly billedTo: string;
  readonly order: string;
  readonly paymentReference: string;
  readonly vatId: string;
  readonly registration: string;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly vat: string;
  readonly vatRate: string;
  readonly amount: string;
  readonly exclVat: string;
  readonly inclVat: string;
  readonly net: string;
  readonly gross: string;
  readonly totalExclVat: string;
  readonly total: string;
  readonly amountPaid: string;
  readonly balance: string;
  readonly paidOn: (date: string) => string;
  readonly pageOf: (page: number, pages: number) => string;
  /** Explains the mark that stands for characters without a glyph; `mark` is that mark. */
  readonly unprintable: (mark: string) => string;
  readonly mailSubject: (number: string, seller: string) => string;
  readonly mailPreview: (total: string, date: string) => string;
  readonly greeting: (name: string) => string;
  readonly mailIntro: (number: string) => string;
  readonly moreLines: (count: string) => string;
  /** Followed by the support address. */
  readonly questions: string;
}

/** The languages that documents are written in; any other buyer reads English (`documentLocale`). */
export const INVOICE_LABELS = {
  en: {
    invoice: "Invoice",
    invoiceNumber: "Invoice number",
    invoiceDate: "Invoice date",
    billedTo: "Billed to",
    order: "Order",
    paymentReference: "Payment reference",
    vatId: "VAT ID",
    registration: "Company no.",
    description: "Description",
    quantity: "Quantity",
    unitPrice: "Unit price",
    vat: "VAT",
    vatRate: "VAT rate",
    amount: "Amount",
    exclVat: "excl. VAT",
    inclVat: "incl. VAT",
    net: "Net",
    gross: "Gross",
    totalExclVat: "Total excl. VAT",
    total: "Total",
    amountPaid: "Amount paid",
    balance: "Balance",
    paidOn: (date) => `Paid on ${date}`,
    pageOf: (page, pages) => `Page ${page} of ${pages}`,
    unprintable: (mark) => `${mark} stands for a character that this document cannot show.`,
    mailSubject: (number, seller) => `Your invoice ${number} from ${seller}`,
    mailPreview: (total, date) => `${total}, paid on ${date}. The invoice is attached as a PDF.`,
    greeting: (name) => `Hello ${name},`,
    mailIntro: (number) =>
      `Thank you for your order. We have received your payment; invoice ${number} is attached as a PDF.`,
    moreLines: (count) => `and ${count} more in the attached invoice`,
    questions: "Questions? Reply to this email or write to",
  },
  de: {
    invoice: "Rechnung",
    invoiceNumber: "Rechnungsnummer",
    invoiceDate: "Rechnungsdatum",
    billedTo: "Rechnung an",
    order: "Bestellung",
    paymentReference: "Zahlungsreferenz",
    vatId: "USt-IdNr.",
    registration: "Registernr.",
    description: "Beschreibung",
    quantity: "Menge",
    unitPrice: "Einzelpreis",
    vat: "MwSt.",
    vatRate: "MwSt.-Satz",
    amount: "Betrag",
    exclVat: "ohne MwSt.",
    inclVat: "inkl. MwSt.",
    net: "Netto",
    gross: "Brutto",
    totalExclVat: "Summe ohne MwSt.",
    total: "Gesamtbetrag",
    amountPaid: "Bezahlter Betrag",
    balance: "Offener Betrag",
    paidOn: (date) => `Bezahlt am ${date}`,
    pageOf: (page, pages) => `Seite ${page} von ${pages}`,
    unprintable: (mark) => `${mark} steht für ein Zeichen, das dieses Dokument nicht darstellen kann.`,
    mailSubject: (number, seller) => `Ihre Rechnung ${number} von ${seller}`,
    mailPreview: (total, date) => `${total}, bezahlt am ${date}. Die Rechnung liegt als PDF bei.`,
    greeting: (name) => `Guten Tag ${name},`,
    mailIntro: (number) =>
      `vielen Dank für Ihre Bestellung. Ihre Zahlung ist eingegangen; die Rechnung ${number} liegt als PDF bei.`,
    moreLines: (count) => `und ${count} weitere in der beigefügten Rechnung`,
    questions: "Fragen? Antworten Sie auf diese E-Mail oder schreiben Sie an",
  },
  fr: {
    invoice: "Facture",
    invoiceNumber: "Numéro de facture",
    invoiceDate: "Date de facture",
    billedTo: "Facturé à",
    order: "Commande",
    paymentReference: "Référence de paiement",
    vatId: "N° TVA",
    registration: "N° d’immatriculation",
    description: "Description",
    quantity: "Quantité",
    unitPrice: "Prix unitaire",
    vat: "TVA",
    vatRate: "Taux de TVA",
    amount: "Montant",
    exclVat: "HT",
    inclVat: "TTC",
    net: "HT",
    gross: "TTC",
    totalExclVat: "Total HT",
    total: "Total TTC",
    amountPaid: "Montant payé",
    balance: "Reste à payer",
    paidOn: (date) => `Payée le ${date}`,
    pageOf: (page, pages) => `Page ${page} sur ${pages}`,
    unprintable: (mark) => `${mark} remplace un caractère que ce document ne peut pas afficher.`,
    mailSubject: (number, seller) => `Votre facture ${number} – ${seller}`,
    mailPreview: (total, date) => `${total}, payée le ${date}. La facture est jointe en PDF.`,
    greeting: (name) => `Bonjour ${name},`,
    mailIntro: (number) =>
      `Merci pour votre commande. Nous avons bien reçu votre paiement ; la facture ${number} est jointe en PDF.`,
    moreLines: (count) => `et ${count} de plus dans la facture jointe`,
    questions: "Une question ? Répondez à cet e-mail ou écrivez à",
  },
  es: {
    invoice: "Factura",
    invoiceNumber: "Número de factura",
    invoiceDate: "Fecha de factura",
    billedTo: "Facturado a",
    order: "Pedido",
    paymentReference: "Referencia de pago",
    vatId: "NIF-IVA",
    registration: "N.º de registro",
    description: "Descripción",
    quantity: "Cantidad",
    unitPrice: "Precio unitario",
    vat: "IVA",
    vatRate: "Tipo de IVA",
    amount: "Importe",
    exclVat: "sin IVA",
    inclVat: "con IVA",
    net: "Base",
    gross: "Total",
    totalExclVat: "Total sin IVA",
    total: "Total",
    amountPaid: "Importe pagado",
    balance: "Pendiente de pago",
    paidOn: (date) => `Pagada el ${date}`,
    pageOf: (page, pages) => `Página ${page} de ${pages}`,
    unprintable: (mark) => `${mark} sustituye un carácter que este documento no puede mostrar.`,
    mailSubject: (number, seller) => `Su factura ${number} de ${seller}`,
    mailPreview: (total, date) => `${total}, pagada el ${date}. La factura se adjunta en PDF.`,
    greeting: (name) => `Hola, ${name}:`,
    mailIntro: (number) => `Gracias por su pedido. Hemos recibido su pago; la factura ${number} se adjunta en PDF.`,
    moreLines: (count) => `y ${count} más en la factura adjunta`,
    questions: "¿Preguntas? Responda a este correo o escriba a",
  },
  it: {
    invoice: "Fattura",
    invoiceNumber: "Numero fattura",
    invoiceDate: "Data fattura",
    billedTo: "Intestata a",
    order: "Ordine",
    paymentReference: "Riferimento pagamento",
    vatId: "Partita IVA",
    registration: "N. registro imprese",
    description: "Descrizione",
    quantity: "Quantità",
    unitPrice: "Prezzo unitario",
    vat: "IVA",
    vatRate: "Aliquota IVA",
    amount: "Importo",
    exclVat: "IVA esclusa",
    inclVat: "IVA inclusa",
    net: "Imponibile",
    gross: "Totale",
    totalExclVat: "Totale IVA esclusa",
    total: "Totale",
    amountPaid: "Importo pagato",
    balance: "Saldo",
    paidOn: (date) => `Pagata il ${date}`,
    pageOf: (page, pages) => `Pagina ${page} di ${pages}`,
    unprintable: (mark) => `${mark} sostituisce un carattere che questo documento non può mostrare.`,
    mailSubject: (number, seller) => `La Sua fattura ${number} da ${seller}`,
    mailPreview: (total, date) => `${total}, pagata il ${date}. La fattura è allegata in PDF.`,
    greeting: (name) => `Gentile ${name},`,
    mailIntro: (number) =>
      `grazie per il Suo ordine. Abbiamo ricevuto il pagamento; la fattura ${number} è allegata in PDF.`,
    moreLines: (count) => `e altre ${count} nella fattura allegata`,
    questions: "Domande? Risponda a questa e-mail o scriva a",
  },
  nl: {
    invoice: "Factuur",
    invoiceNumber: "Factuurnummer",
    invoiceDate: "Factuurdatum",
    billedTo: "Factuur aan",
    order: "Bestelling",
    paymentReference: "Betalingskenmerk",
    vatId: "Btw-nummer",
    registration: "Registratienr.",
    description: "Omschrijving",
    quantity: "Aantal",
    unitPrice: "Stukprijs",
    vat: "Btw",
    vatRate: "Btw-tarief",
    amount: "Bedrag",
    exclVat: "excl. btw",
    inclVat: "incl. btw",
    net: "Netto",
    gross: "Bruto",
    totalExclVat: "Totaal excl. btw",
    total: "Totaal",
    amountPaid: "Betaald bedrag",
    balance: "Openstaand",
    paidOn: (date) => `Betaald op ${date}`,
    pageOf: (page, pages) => `Pagina ${page} van ${pages}`,
    unprintable: (mark) => `${mark} staat voor een teken dat dit document niet kan tonen.`,
    mailSubject: (number, seller) => `Uw factuur ${number} van ${seller}`,
    mailPreview: (total, date) => `${total}, betaald op ${date}. De factuur is bijgevoegd als pdf.`,
    greeting: (name) => `Beste ${name},`,
    mailIntro: (number) =>
      `Bedankt voor uw bestelling. We hebben uw betaling ontvangen; factuur ${number} is bijgevoegd als pdf.`,
    moreLines: (count) => `en nog ${count} in de bijgevoegde factuur`,
    questions: "Vragen? Beantwoord deze e-mail of schrijf naar",
  },
} as const satisfies Readonly<Record<string, InvoiceLabels>>;

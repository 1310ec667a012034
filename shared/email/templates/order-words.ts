import type { FulfilmentStatus } from "../../contracts/order-status.ts";
import type { ByLanguage } from "../mail-locale.ts";

/** What a status means to the buyer. */
interface StatusWords {
  readonly title: string;
  readonly text: string;
}

interface OrderWords {
  readonly confirmation: {
    readonly subject: (orderId: string, seller: string) => string;
    readonly preview: (total: string) => string;
    readonly heading: string;
    readonly intro: string;
  };
  readonly shipping: {
    readonly subject: (orderId: string, seller: string) => string;
    readonly carrier: string;
    readonly trackingNumber: string;
    readonly track: string;
  };
  /** Subject of any other status: `title` is the status's own. */
  readonly statusSubject: (title: string, orderId: string) => string;
  /** For a status of the owner's own making. */
  readonly otherStatus: string;
  readonly status: string;
  readonly shipTo: string;
  readonly noteFrom: (seller: string) => string;
  readonly statuses: Readonly<Record<FulfilmentStatus, StatusWords>>;
}

export const ORDER_WORDS: ByLanguage<OrderWords> = {
  en: {
    confirmation: {
      subject: (orderId, seller) => `Your order ${orderId} at ${seller}`,
      preview: (total) => `Thank you. We have your order of ${total}.`,
      heading: "Thank you for your order",
      intro: "We have received your order and your payment. Here is what you ordered:",
    },
    shipping: {
      subject: (orderId, seller) => `Your order ${orderId} from ${seller} is on its way`,
      carrier: "Carrier",
      trackingNumber: "Tracking number",
      track: "Track the parcel",
    },
    statusSubject: (title, orderId) => `${title} (order ${orderId})`,
    otherStatus: "News of your order",
    status: "Status",
    shipTo: "Delivery address",
    noteFrom: (seller) => `A note from ${seller}`,
    statuses: {
      processing: {
        title: "We are preparing your order",
        text: "Your payment has arrived and we are getting your order ready.",
      },
      ready_for_pickup: {
        title: "Your order is ready to be picked up",
        text: "You can pick it up now. Please bring the order number.",
      },
      shipped: { title: "Your order is on its way", text: "We have handed it over to the carrier." },
      delivered: {
        title: "Your order has been delivered",
        text: "We hope that you enjoy it. If anything is not right, please tell us.",
      },
      cancelled: {
        title: "Your order has been cancelled",
        text: "We will not deliver it. If you did not expect this, please tell us.",
      },
      refunded: {
        title: "Your order has been refunded",
        text: "The money goes back to the card or account you paid with. Depending on your bank this takes a few days.",
      },
    },
  },
  de: {
    confirmation: {
      subject: (orderId, seller) => `Ihre Bestellung ${orderId} bei ${seller}`,
      preview: (total) => `Vielen Dank. Ihre Bestellung über ${total} ist bei uns eingegangen.`,
      heading: "Vielen Dank für Ihre Bestellung",
      intro: "Ihre Bestellung und Ihre Zahlung sind bei uns eingegangen. Das haben Sie bestellt:",
    },
    shipping: {
      subject: (orderId, seller) => `Ihre Bestellung ${orderId} von ${seller} ist unterwegs`,
      carrier: "Versand durch",
      trackingNumber: "Sendungsnummer",
      track: "Sendung verfolgen",
    },
    statusSubject: (title, orderId) => `${title} (Bestellung ${orderId})`,
    otherStatus: "Neues zu Ihrer Bestellung",
    status: "Status",
    shipTo: "Lieferadresse",
    noteFrom: (seller) => `Hinweis von ${seller}`,
    statuses: {
      processing: {
        title: "Wir bereiten Ihre Bestellung vor",
        text: "Ihre Zahlung ist eingegangen, und wir stellen Ihre Bestellung zusammen.",
      },
      ready_for_pickup: {
        title: "Ihre Bestellung liegt zur Abholung bereit",
        text: "Sie können sie jetzt abholen. Bitte bringen Sie die Bestellnummer mit.",
      },
      shipped: { title: "Ihre Bestellung ist unterwegs", text: "Wir haben sie dem Versanddienst übergeben." },
      delivered: {
        title: "Ihre Bestellung wurde zugestellt",
        text: "Wir wünschen Ihnen viel Freude damit. Falls etwas nicht stimmt, sagen Sie es uns bitte.",
      },
      cancelled: {
        title: "Ihre Bestellung wurde storniert",
        text: "Wir werden sie nicht liefern. Falls Sie das nicht erwartet haben, sagen Sie es uns bitte.",
      },
      refunded: {
        title: "Ihre Bestellung wurde erstattet",
        text: "Das Geld geht dorthin zurück, von wo Sie bezahlt haben. Je nach Bank dauert das einige Tage.",
      },
    },
  },
  fr: {
    confirmation: {
      subject: (orderId, seller) => `Votre commande ${orderId} chez ${seller}`,
      preview: (total) => `Merci. Nous avons bien reçu votre commande de ${total}.`,
      heading: "Merci pour votre commande",
      intro: "Nous avons bien reçu votre commande et votre paiement. Voici ce que vous avez commandé :",
    },
    shipping: {
      subject: (orderId, seller) => `Votre commande ${orderId} – ${seller} est en route`,
      carrier: "Transporteur",
      trackingNumber: "Numéro de suivi",
      track: "Suivre le colis",
    },
    statusSubject: (title, orderId) => `${title} (commande ${orderId})`,
    otherStatus: "Des nouvelles de votre commande",
    status: "Statut",
    shipTo: "Adresse de livraison",
    noteFrom: (seller) => `Un mot de ${seller}`,
    statuses: {
      processing: {
        title: "Nous préparons votre commande",
        text: "Votre paiement est arrivé et nous préparons votre commande.",
      },
      ready_for_pickup: {
        title: "Votre commande est prête à être retirée",
        text: "Vous pouvez la retirer dès maintenant. Merci d’apporter le numéro de commande.",
      },
      shipped: { title: "Votre commande est en route", text: "Nous l’avons remise au transporteur." },
      delivered: {
        title: "Votre commande a été livrée",
        text: "Nous espérons qu’elle vous plaît. Si quelque chose ne va pas, dites-le-nous.",
      },
      cancelled: {
        title: "Votre commande a été annulée",
        text: "Nous ne la livrerons pas. Si vous ne vous y attendiez pas, dites-le-nous.",
      },
      refunded: {
        title: "Votre commande a été remboursée",
        text: "La somme retourne sur votre moyen de paiement. Selon votre banque, cela prend quelques jours.",
      },
    },
  },
  es: {
    confirmation: {
      subject: (orderId, seller) => `Su pedido ${orderId} en ${seller}`,
      preview: (total) => `Gracias. Hemos recibido su pedido de ${total}.`,
      heading: "Gracias por su pedido",
      intro: "Hemos recibido su pedido y su pago. Esto es lo que ha pedido:",
    },
    shipping: {
      subject: (orderId, seller) => `Su pedido ${orderId} de ${seller} está en camino`,
      carrier: "Transportista",
      trackingNumber: "Número de seguimiento",
      track: "Seguir el envío",
    },
    statusSubject: (title, orderId) => `${title} (pedido ${orderId})`,
    otherStatus: "Novedades de su pedido",
    status: "Estado",
    shipTo: "Dirección de entrega",
    noteFrom: (seller) => `Una nota de ${seller}`,
    statuses: {
      processing: {
        title: "Estamos preparando su pedido",
        text: "Su pago ha llegado y estamos preparando su pedido.",
      },
      ready_for_pickup: {
        title: "Su pedido está listo para recoger",
        text: "Ya puede recogerlo. Traiga el número de pedido, por favor.",
      },
      shipped: { title: "Su pedido está en camino", text: "Lo hemos entregado al transportista." },
      delivered: {
        title: "Su pedido ha sido entregado",
        text: "Esperamos que lo disfrute. Si algo no está bien, díganoslo.",
      },
      cancelled: {
        title: "Su pedido ha sido cancelado",
        text: "No lo entregaremos. Si no lo esperaba, díganoslo.",
      },
      refunded: {
        title: "Su pedido ha sido reembolsado",
        text: "El dinero vuelve al medio con el que pagó. Según su banco, tarda unos días.",
      },
    },
  },
  it: {
    confirmation: {
      subject: (orderId, seller) => `Il Suo ordine ${orderId} da ${seller}`,
      preview: (total) => `Grazie. Abbiamo ricevuto il Suo ordine di ${total}.`,
      heading: "Grazie per il Suo ordine",
      intro: "Abbiamo ricevuto il Suo ordine e il pagamento. Ecco che cosa ha ordinato:",
    },
    shipping: {
      subject: (orderId, seller) => `Il Suo ordine ${orderId} da ${seller} è in viaggio`,
      carrier: "Corriere",
      trackingNumber: "Numero di spedizione",
      track: "Segui la spedizione",
    },
    statusSubject: (title, orderId) => `${title} (ordine ${orderId})`,
    otherStatus: "Novità sul Suo ordine",
    status: "Stato",
    shipTo: "Indirizzo di consegna",
    noteFrom: (seller) => `Una nota da ${seller}`,
    statuses: {
      processing: {
        title: "Stiamo preparando il Suo ordine",
        text: "Il pagamento è arrivato e stiamo preparando il Suo ordine.",
      },
      ready_for_pickup: {
        title: "Il Suo ordine è pronto per il ritiro",
        text: "Può ritirarlo da subito. Porti con sé il numero dell’ordine.",
      },
      shipped: { title: "Il Suo ordine è in viaggio", text: "Lo abbiamo consegnato al corriere." },
      delivered: {
        title: "Il Suo ordine è stato consegnato",
        text: "Speriamo che Le piaccia. Se qualcosa non va, ce lo faccia sapere.",
      },
      cancelled: {
        title: "Il Suo ordine è stato annullato",
        text: "Non lo consegneremo. Se non se lo aspettava, ce lo faccia sapere.",
      },
      refunded: {
        title: "Il Suo ordine è stato rimborsato",
        text: "Il denaro torna al mezzo con cui ha pagato. A seconda della banca occorre qualche giorno.",
      },
    },
  },
  nl: {
    confirmation: {
      subject: (orderId, seller) => `Uw bestelling ${orderId} bij ${seller}`,
      preview: (total) => `Bedankt. We hebben uw bestelling van ${total} ontvangen.`,
      heading: "Bedankt voor uw bestelling",
      intro: "We hebben uw bestelling en uw betaling ontvangen. Dit hebt u besteld:",
    },
    shipping: {
      subject: (orderId, seller) => `Uw bestelling ${orderId} van ${seller} is onderweg`,
      carrier: "Vervoerder",
      trackingNumber: "Trackingnummer",
      track: "Volg het pakket",
    },
    statusSubject: (title, orderId) => `${title} (bestelling ${orderId})`,
    otherStatus: "Nieuws over uw bestelling",
    status: "Status",
    shipTo: "Bezorgadres",
    noteFrom: (seller) => `Een bericht van ${seller}`,
    statuses: {
      processing: {
        title: "We maken uw bestelling klaar",
        text: "Uw betaling is binnen en we maken uw bestelling klaar.",
      },
      ready_for_pickup: {
        title: "Uw bestelling ligt klaar om af te halen",
        text: "U kunt haar nu afhalen. Neem het bestelnummer mee.",
      },
      shipped: { title: "Uw bestelling is onderweg", text: "We hebben haar aan de vervoerder meegegeven." },
      delivered: {
        title: "Uw bestelling is bezorgd",
        text: "We wensen u er veel plezier mee. Is er iets niet goed, laat het ons weten.",
      },
      cancelled: {
        title: "Uw bestelling is geannuleerd",
        text: "We zullen haar niet leveren. Had u dit niet verwacht, laat het ons weten.",
      },
      refunded: {
        title: "Uw bestelling is terugbetaald",
        text: "Het geld gaat terug naar waar u mee betaald hebt. Afhankelijk van uw bank duurt dat enkele dagen.",
      },
    },
  },
};

/**
 * What a shop does before it asks for a payment: stores the order, then creates the payment intent with the order's id in
 * its metadata. Try it on the embedded stack:
 *
 *   npm start --silent -- --port 0 --json > stack.json   (in another terminal)
 *   AWS_ENDPOINT_URL=… AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npx tsx examples/store-order.ts <records table> [art | gift_card | shop]
 */
import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { createOrder, type NewOrder } from "../shared/records/order.ts";

const [table = "", productType = "art"] = process.argv.slice(2);
const records = new DynamoRecordStore(dynamoClient({ timeoutMs: 10_000 }), table);

const customer = {
  name: "Ada Lovelace",
  email: "ada@example.com",
  address: { line1: "12 St James’s Square", postalCode: "SW1Y 4JH", city: "London", country: "GB" },
};

/** One for each of three product types; what follows from their payments stands in shared/payments/product-routes.ts. */
const ORDERS: Readonly<Record<string, NewOrder>> = {
  art: {
    orderId: "ord_1001",
    customer,
    lines: [{ description: "Stoneware vase", quantity: 1, unitPrice: 18_500, vatRate: 21 }],
    currency: "EUR",
    productType: "art",
    productId: "vase-celadon",
  },
  gift_card: {
    orderId: "ord_1002",
    customer: { ...customer, wantsNews: true }, // the buyer has ticked that box
    lines: [{ description: "Gift card", quantity: 1, unitPrice: 5_000, vatRate: 0 }],
    currency: "EUR",
    productType: "gift_card",
    productId: "gift-card",
    giftCard: {
      recipient: { name: "Charles Babbage", email: "charles@example.com" },
      message: "For the engine.",
    },
  },
  shop: {
    orderId: "ord_1003",
    customer,
    lines: [
      {
        description: "Linen apron",
        quantity: 2,
        unitPrice: 4_900,
        vatRate: 21,
        thumbnailKey: "examples/apron.png", // in the assets bucket
      },
    ],
    shipping: {
      name: "Charles Babbage",
      address: { line1: "1 Dorset Street", postalCode: "W1U 4EG", city: "London", country: "GB" },
    },
    currency: "EUR",
    pricesIncludeVat: true,
    productType: "shop",
    productId: "linen-apron",
  },
};

const order = ORDERS[productType];
if (order === undefined) throw new Error(`There is no such example; there are ${Object.keys(ORDERS).join(", ")}.`);
const isNew = await createOrder(records, order);
process.stdout.write(isNew ? "Stored.\n" : "There is an order with this id already; it is left as it is.\n");
// Then, with Stripe, of the vase: paymentIntents.create({ amount: 22_385, currency: "eur", metadata: { order_id: "ord_1001" } })

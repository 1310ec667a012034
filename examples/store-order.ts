/**
 * What a shop does before it asks for a payment: stores the order, then creates the payment intent with the order's id in
 * its metadata. Try it on the embedded stack:
 *
 *   npm start --silent -- --port 0 --json > stack.json   (in another terminal)
 *   AWS_ENDPOINT_URL=… AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… npx tsx examples/store-order.ts <records table>
 */
import { dynamoClient } from "../shared/aws/clients.ts";
import { DynamoRecordStore } from "../shared/aws/dynamo-record-store.ts";
import { createOrder } from "../shared/records/order.ts";

const [table = ""] = process.argv.slice(2);
const records = new DynamoRecordStore(dynamoClient({ timeoutMs: 10_000 }), table);

const isNew = await createOrder(records, {
  orderId: "ord_1001",
  customer: {
    name: "Ada Lovelace",
    email: "ada@example.com",
    address: { line1: "12 St James’s Square", postalCode: "SW1Y 4JH", city: "London", country: "GB" },
  },
  lines: [{ description: "Stoneware vase", quantity: 1, unitPrice: 18_500, vatRate: 21 }],
  currency: "EUR",
  productType: "art",
  productId: "vase-celadon",
});
process.stdout.write(isNew ? "Stored.\n" : "There is an order with this id already; it is left as it is.\n");
// Then, with Stripe: paymentIntents.create({ amount: 22_385, currency: "eur", metadata: { order_id: "ord_1001" } })

import type { DailyOverview } from "../records/daily-overview.ts";
import type { OrderProduct, StoreOrder } from "../records/store-order.ts";

/** What a product came to on a day. */
type ProductSum = DailyOverview["topProducts"][number];

/** A tally as plain data. */
export interface TallyState {
  readonly orders: number;
  readonly paidOrders: number;
  readonly productsSold: number;
  readonly revenues: readonly (readonly [currency: string, amount: number])[];
  readonly products: readonly ProductSum[];
}

/** Sums of a day's orders: no order is kept, only what each product came to. */
export class DayTally {
  #orders: number;
  #paidOrders: number;
  #productsSold: number;
  // Maps: a product may be called `__proto__`.
  readonly #revenues: Map<string, number>;
  readonly #products: Map<string, ProductSum>;
  readonly #currency: string;

  constructor(currency: string, state?: TallyState) {
    this.#currency = currency;
    this.#orders = state?.orders ?? 0;
    this.#paidOrders = state?.paidOrders ?? 0;
    this.#productsSold = state?.productsSold ?? 0;
    this.#revenues = new Map(state?.revenues);
    this.#products = new Map(state?.products.map((product) => [product.productId, product]));
  }

  /** @param lines those of an order that `countsProducts`. */
  add(order: StoreOrder, lines: readonly OrderProduct[]): void {
    this.#orders += 1;
    if (!isPaid(order)) return;
    this.#paidOrders += 1;
    const kept = isGivenBack(order) ? 0 : order.total - order.refunded;
    this.#revenues.set(order.currency, (this.#revenues.get(order.currency) ?? 0) + kept);
    for (const line of lines) this.#addLine(line, order.currency === this.#currency);
  }

  #addLine({ productId, name, quantity, total }: OrderProduct, isOwnCurrency: boolean): void {
    this.#productsSold += quantity;
    const known = this.#products.get(productId);
    // Amounts of two currencies have no sum; the pieces of both count.
    const revenue = (known?.revenue ?? 0) + (isOwnCurrency ? total : 0);
    this.#products.set(productId, { productId, name, quantity: (known?.quantity ?? 0) + quantity, revenue });
  }

  /** What a day's overview says of its orders. */
  numbers(topProducts: number) {
    const { orders, paidOrders, productsSold, products, revenues } = this.state();
    const other = revenues.filter(([currency, amount]) => currency !== this.#currency && amount !== 0);
    return {
      orders,
      paidOrders,
      revenue: this.#revenues.get(this.#currency) ?? 0,
      currency: this.#currency,
      otherRevenue: Object.fromEntries(other),
      productsSold,
      topProducts: products.toSorted(byRank).slice(0, topProducts),
    };
  }

  state(): TallyState {
    return {
      orders: this.#orders,
      paidOrders: this.#paidOrders,
      productsSold: this.#productsSold,
      revenues: [...this.#revenues].toSorted(([one], [other]) => compareTexts(one, other)),
      products: [...this.#products.values()],
    };
  }
}

/** Whether an order's lines count: it was paid, and not given back as a whole. */
export const countsProducts = (order: StoreOrder): boolean => isPaid(order) && !isGivenBack(order);

const isPaid = ({ status }: StoreOrder): boolean => status === "paid" || status === "refunded";

/** An order of nothing, a gift, was not given back. */
const isGivenBack = ({ status, total, refunded }: StoreOrder): boolean =>
  status === "refunded" || (refunded > 0 && refunded >= total);

const byRank = (one: ProductSum, other: ProductSum): number =>
  other.quantity - one.quantity || other.revenue - one.revenue || compareTexts(one.productId, other.productId);

/** By code units: the same order in every locale. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

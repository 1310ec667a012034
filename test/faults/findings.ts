/** What the monitors and the oracle have found wrong in one schedule. */
export class Findings {
  readonly violations: string[] = [];
  lost = 0;
  duplicated = 0;
  stuck = 0;
  /** Hears of each finding at the moment of it, for traces. */
  onFound: (text: string) => void = () => {};

  get isClean(): boolean {
    return this.violations.length === 0;
  }

  violation(text: string): void {
    if (this.violations.includes(text)) return;
    this.violations.push(text);
    this.onFound(text);
  }

  lose(text: string): void {
    this.lost += 1;
    this.violation(`lost: ${text}`);
  }

  duplicate(text: string): void {
    this.duplicated += 1;
    this.violation(`duplicated: ${text}`);
  }

  stick(text: string): void {
    this.stuck += 1;
    this.violation(`stuck: ${text}`);
  }
}

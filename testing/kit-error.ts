/** A test that cannot be run as it stands, or a check that has found something. Says what to do. */
export class TestKitError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TestKitError";
  }
}

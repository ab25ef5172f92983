/** A mistake of the user's, or a fact about the outside: printed as one message without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  constructor(
    message: string,
    /** exit status; 2 for wrong usage */
    readonly status: number = 1,
  ) {
    super(message);
  }
}

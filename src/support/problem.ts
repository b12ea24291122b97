/**
 * The one error users meet: what is wrong, where in their file, what to do about it.
 * Anything else that is thrown is a bug in Espalier.
 */
export class Problem extends Error {
  /** of the command: 2 wrong use or bad input */
  readonly exitCode: 1 | 2 = 2;

  /**
   * @param code stable identifier, e.g. `op-unsupported`; tests and scripts match on it
   * @param message one sentence: what is wrong
   * @param where place in the user's file or command line, e.g. `kws.tflite, op #3 CONV_2D "conv1"`
   * @param hint what to do about it
   */
  constructor(
    readonly code: string,
    message: string,
    readonly where?: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = 'Problem';
  }

  /** One line for a terminal: `where: message; hint`. */
  get line(): string {
    const place = this.where ? `${this.where}: ` : '';
    return `${place}${this.message}${this.hint ? `; ${this.hint}` : ''}`.replace(/\s*\n\s*/g, ' ');
  }
}

/** Nothing is wrong with the input, but the result misses what was asked: a budget, a memory. */
export class Miss extends Problem {
  override readonly exitCode = 1;
}

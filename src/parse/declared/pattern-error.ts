/** A pattern of a declared format that cannot be used: at which column (1-based), and what was expected. */
export class PatternError extends Error {
  readonly column: number;

  constructor(column: number, message: string) {
    super(message);
    this.name = 'PatternError';
    this.column = column;
  }
}

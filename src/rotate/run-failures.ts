/**
 * What the system refused for single files of a run: everything else is done all the same, and the run fails at its end.
 *
 * One file that nobody may remove would otherwise keep the files behind it out of the archive, night by night.
 */
import { OperatorError } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';

export class RunFailures {
  readonly #errors: OperatorError[] = [];

  /** Do it; what the archive's disk refuses is kept for the end, anything else ends the run at once. */
  async attempt(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (cause) {
      this.add(cause);
    }
  }

  /** Throws on what is no refusal of a disk: a book that cannot be written, for example. */
  add(cause: unknown): void {
    if (cause instanceof SeveralFailures) this.#errors.push(...cause.errors);
    else if (cause instanceof OperatorError && cause.code === 'ARCHIVE_FAILED') {
      this.#errors.push(cause);
    } else throw cause;
  }

  /** Throws what was kept; of several the first one, which says how many more there are. */
  end(): void {
    const [first, ...more] = this.#errors;
    if (first === undefined) return;
    throw more.length === 0 ? first : new SeveralFailures(first, this.#errors);
  }
}

class SeveralFailures extends OperatorError {
  readonly errors: readonly OperatorError[];

  constructor(first: OperatorError, errors: readonly OperatorError[]) {
    const { message, cause, hint } = first;
    const more = formatCounted(errors.length - 1, 'more failure');
    super('ARCHIVE_FAILED', `${message}; and ${more}`, {
      cause,
      ...(hint === undefined ? {} : { hint }),
    });
    this.errors = errors;
  }
}

/** Whether a query ended because it met its deadline or was called off. */
import { OperatorError } from '../base/errors.ts';

export function isStopped(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'QUERY_STOPPED';
}

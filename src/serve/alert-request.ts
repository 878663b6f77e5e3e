/** A wish about alerts that came over the control socket, checked: whoever may connect may still send nonsense. */
import { OperatorError } from '../base/errors.ts';
import type { AlertRequest } from '../model/alert-request.ts';

export function alertRequestOf(args: unknown): AlertRequest {
  const given = (args ?? {}) as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = given[name];
    if (typeof value === 'string') return value;
    throw new OperatorError('USAGE', `Cannot read the request: "${name}" is missing or no text`);
  };
  const { kind } = given;
  switch (kind) {
    case 'acknowledge':
    case 'unacknowledge':
      return { kind, incident: text('incident'), who: text('who'), why: text('why') };
    case 'unsilence':
      return { kind, silence: text('silence'), who: text('who'), why: text('why') };
    case 'silence':
      return {
        kind,
        query: text('query'),
        untilMs: Number(given.untilMs),
        who: text('who'),
        why: text('why'),
      };
    default:
      throw new OperatorError('USAGE', `Cannot do "${String(kind)}" with alerts: it is not known`, {
        hint: 'Daemon and command may be of different versions: restart the daemon',
      });
  }
}

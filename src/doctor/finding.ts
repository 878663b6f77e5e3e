/** What one check of `logstead doctor` found: plain data, a contract of `--json`. */

/** What it costs to leave it: worst first. Lines are lost, mails are not sent, the daemon stops or slows, or nothing. */
export const HARMS = ['lines', 'mail', 'service', 'none'] as const;
export type Harm = (typeof HARMS)[number];

export type Finding = Readonly<{
  /** The check, in a word: `logrotate`, `files`, `limits`, `disk`, `clock`, `commands`, `mail`, `service`, `state`, `config`. */
  check: string;
  /** `fail`: it does harm now, or will; `warn`: it may; `ok`: looked at, and well. */
  verdict: 'ok' | 'warn' | 'fail';
  harm: Harm;
  /** What was looked at, and what was found. */
  text: string;
  /** The command or the setting that mends it; null where nothing is to be done. */
  fix: string | null;
}>;

export function well(check: string, text: string): Finding {
  return { check, verdict: 'ok', harm: 'none', text, fix: null };
}

const VERDICT_ORDER = ['fail', 'warn', 'ok'];

/** In order of harm: what fails first, and of that what loses lines first. */
export function byHarm(findings: readonly Finding[]): Finding[] {
  const rank = ({ verdict, harm }: Finding): number =>
    VERDICT_ORDER.indexOf(verdict) * HARMS.length + HARMS.indexOf(harm);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Config text → `Settings`, or every mistake in it. Reads no more of the world than the password and how
 * folders lie to each other; makes nothing.
 */
import { checkSections } from './check-sections.ts';
import { crossCheck } from './cross-checks.ts';
import { readIniText } from './ini-text.ts';
import { makeSettings } from './make-settings.ts';
import type { ConfigWarning, Mistake } from './mistakes.ts';
import type { Environment } from './password.ts';
import type { Settings } from './settings.ts';

export type QueryFinding =
  | Readonly<{ column: number; message: string }>
  | Readonly<{ doubt: string }>;

/** What only other rooms know: each null or the mistake. Left out: not checked here. */
export type SettingChecks = Readonly<{
  /** The mistake in a query, or what it may not mean. */
  checkQuery?: (text: string) => QueryFinding | null;
  checkSchedule?: (expression: string) => string | null;
  /** The mistake in a `[format]`, and in which of its keys. */
  checkFormat?: (
    format: Readonly<{ name: string; pattern: string }>,
    sample: string | null,
  ) => Readonly<{ key: 'pattern' | 'sample'; message: string }> | null;
  /** The formats a `[watch]` may name besides. */
  formatNames?: () => readonly string[];
  /**
   * Whether this process signs in to anything. To those that do not, a password that only the service can read
   * (systemd's credential, a file of root's) is worth a word and no mistake. Default true.
   */
  needsPasswords?: boolean;
}>;

export type SettingsContext = SettingChecks &
  Readonly<{
    configPath: string | null;
    projectFolder: string;
    environment: Environment;
  }>;

export type SettingsReading = Readonly<{
  /** Null where there are mistakes. */
  settings: Settings | null;
  /** In file order. */
  mistakes: readonly Mistake[];
  warnings: readonly ConfigWarning[];
}>;

export function readSettings(text: string, context: SettingsContext): SettingsReading {
  const ini = readIniText(text);
  const checked = checkSections(ini.sections);
  const crossed = crossCheck(checked.sections, context);
  const mistakes = inFileOrder([...ini.mistakes, ...checked.mistakes, ...crossed.mistakes]);
  const warnings = inFileOrder([...checked.warnings, ...crossed.warnings]);
  const settings =
    mistakes.length === 0
      ? makeSettings(checked.sections, { ...context, passwords: crossed.passwords, warnings })
      : null;
  return { settings, mistakes, warnings };
}

function inFileOrder<T extends Readonly<{ line: number | null }>>(findings: readonly T[]): T[] {
  const place = ({ line }: T): number => line ?? Number.MAX_SAFE_INTEGER;
  return findings.toSorted((a, b) => place(a) - place(b));
}

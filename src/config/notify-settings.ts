/** Who is told, when, and how, as the program reads it. */
import type { AlertSeverity, Channel } from '../model/notification.ts';
import type { DayPart } from './value-kinds.ts';

export type NotifySettings = Readonly<{
  /** Channels of a run (report, rotation) that succeeded. */
  success: readonly Channel[];
  failure: readonly Channel[];
  /** Null: none. */
  quietHours: DayPart | null;
  quietSeverities: readonly AlertSeverity[];
  /** IANA name: of quiet hours, and of times in mails. */
  timezone: string;
  /** Lines shown before and after a match. */
  contextLines: number;
  /** Where people reach the HTTP side, without a slash at the end; null: nothing to link to. */
  link: string | null;
}>;

/** The first whose conditions hold decides. Empty lists: any. */
export type RouteSettings = Readonly<{
  name: string;
  severities: readonly AlertSeverity[];
  /** Name patterns. */
  rules: readonly string[];
  sources: readonly string[];
  notify: readonly Channel[];
  /** Empty: those of `[email]`. */
  to: readonly string[];
}>;

export const WEBHOOK_BODIES = ['json', 'slack', 'teams', 'ntfy'] as const;
export type WebhookBody = (typeof WEBHOOK_BODIES)[number];

export type WebhookSettings = Readonly<{
  name: string;
  url: string;
  body: WebhookBody;
  /** The file with the key of the signature; null: not signed. */
  secretFile: string | null;
  /** The file with the token to sign in with. */
  tokenFile: string | null;
  /** Whether the address may lie on this machine or in a private network. */
  isPrivateAllowed: boolean;
  timeoutMs: number;
}>;

export type CommandSettings = Readonly<{
  name: string;
  /** Program and arguments. */
  argv: readonly [string, ...string[]];
  timeoutMs: number;
}>;

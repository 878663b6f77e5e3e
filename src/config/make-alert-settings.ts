/** Checked `[alert]`, `[notify]`, `[route]`, `[webhook]` and `[command]` sections → settings. */
import { resolve } from 'node:path';
import type { RuleKind } from '../model/incident.ts';
import type { Channel } from '../model/notification.ts';
import type { AlertSettings } from './alert-settings.ts';
import type { SectionValues } from './declaration.ts';
import type {
  CommandSettings,
  NotifySettings,
  RouteSettings,
  WebhookSettings,
} from './notify-settings.ts';

/** Channels without those that nobody is behind. */
export type ToldChannels = (channels: readonly Channel[]) => readonly Channel[];

export function alertFrom(
  name: string,
  values: SectionValues<'alert'>,
  toldChannels: ToldChannels,
): AlertSettings {
  return {
    name,
    enabled: values.enabled,
    description: values.description,
    kind: kindOf(values.kind, values.threshold),
    when: values.when,
    threshold: values.threshold,
    windowMs: values.window,
    cooldownMs: values.cooldown,
    resolveAfterMs: values.resolve_after,
    remindEveryMs: values.remind_every,
    worse: values.worse,
    severity: values.severity,
    notify: toldChannels(values.notify),
    groupBy: values.group_by,
    maxGroups: values.max_groups,
    inhibitedBy: values.inhibited_by,
    inhibitEqual: values.inhibit_equal,
    latenessMs: values.lateness,
    late: values.late,
    backfill: values.backfill,
    backfillAfterMs: values.backfill_after,
    silenceMs: values.silence,
    expect: values.expect,
    schedule: values.schedule,
    timezone: values.timezone,
    forgetAfterMs: values.forget_after,
    percent: values.percent,
    of: values.of,
    minimum: values.minimum,
    field: values.field,
    aggregate: values.aggregate,
    above: values.above,
    below: values.below,
    atLeast: values.at_least,
    ratio: values.ratio,
    baseline: values.baseline,
    season: values.season,
    next: values.next,
    withinMs: values.within,
    holdMs: values.hold,
    learnMs: values.learn,
  };
}

/** One match within a window is any match. */
export function kindOf(kind: RuleKind | 'auto', threshold: number): RuleKind {
  if (kind !== 'auto' && kind !== 'threshold') return kind;
  return threshold <= 1 ? 'any' : 'threshold';
}

export function notifyFrom(
  values: SectionValues<'notify'>,
  toldChannels: ToldChannels,
): NotifySettings {
  return {
    success: toldChannels(values.success),
    failure: toldChannels(values.failure),
    quietHours: values.quiet_hours,
    quietSeverities: values.quiet_severities,
    timezone: values.timezone,
    contextLines: values.context,
    link: values.link === null ? null : values.link.replace(/\/+$/, ''),
  };
}

export function routeFrom(
  name: string,
  values: SectionValues<'route'>,
  toldChannels: ToldChannels,
): RouteSettings {
  return {
    name,
    severities: values.severity,
    rules: values.rules,
    sources: values.sources,
    notify: toldChannels(values.notify),
    to: values.to,
  };
}

export function webhookFrom(
  name: string,
  values: SectionValues<'webhook'>,
  projectFolder: string,
): WebhookSettings {
  const pathOf = (path: string | null): string | null =>
    path === null ? null : resolve(projectFolder, path);
  return {
    name,
    url: values.url,
    body: values.body,
    secretFile: pathOf(values.secret_file),
    tokenFile: pathOf(values.token_file),
    isPrivateAllowed: values.private,
    timeoutMs: values.timeout,
  };
}

export function commandFrom(name: string, values: SectionValues<'command'>): CommandSettings {
  return { name, argv: values.run, timeoutMs: values.timeout };
}

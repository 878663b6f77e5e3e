/** The window of a rule's kind for one group, empty or as it was saved. */
import { unreachable } from '../../base/assert.ts';
import type { Rule, RuleOf } from '../rule.ts';
import { AbsenceWindow, type SavedAbsence } from './absence-window.ts';
import { AnyWindow } from './any-window.ts';
import { BaselineKind } from './baseline-kind.ts';
import { CardinalityWindow, type SavedCardinality } from './cardinality-window.ts';
import { ChangeWindow, type SavedChange } from './change-window.ts';
import { DayParts } from './day-parts.ts';
import { FewerWindow, type SavedFewer } from './fewer-window.ts';
import { MetricKind } from './metric-kind.ts';
import { NewWindow, type SavedNew } from './new-window.ts';
import { RateKind } from './rate-kind.ts';
import { SEASON_US, SeasonKind } from './season-kind.ts';
import { type SavedSequence, SequenceWindow } from './sequence-window.ts';
import { type SavedSlots, type SlotKind, SlotWindow } from './slot-window.ts';
import { type SavedThreshold, ThresholdWindow } from './threshold-window.ts';
import type { Window } from './window.ts';

export type WindowContext = Readonly<{
  /** Since when the rule is watched, in event time. */
  armedUs: number;
  /** The group is missed even if it never came. */
  isExpected: boolean;
}>;

export function openWindow(rule: Rule, context: WindowContext, saved: unknown): Window {
  const { armedUs, isExpected } = context;
  switch (rule.kind) {
    case 'any':
      return new AnyWindow();
    case 'threshold':
      return new ThresholdWindow(rule, saved as SavedThreshold | null);
    case 'absence': {
      const { silenceUs, forgetAfterUs, schedule } = rule;
      const dayParts = schedule === null ? null : new DayParts(schedule);
      const bounds = { silenceUs, armedUs, isExpected, forgetAfterUs, dayParts };
      return new AbsenceWindow(bounds, saved as SavedAbsence | null);
    }
    case 'rate':
      return slotWindow(new RateKind(rule), rule.windowUs, saved);
    case 'metric':
      return slotWindow(new MetricKind(rule), rule.windowUs, saved);
    case 'spike':
    case 'drop':
      return slotWindow(baselineKind(rule, armedUs, saved), rule.windowUs, saved);
    case 'cardinality':
      return rule.comparison === 'atLeast'
        ? new CardinalityWindow(rule, saved as SavedCardinality | null)
        : new FewerWindow({ ...rule, armedUs }, saved as SavedFewer | null);
    case 'sequence':
      return new SequenceWindow(rule, saved as SavedSequence | null);
    case 'change':
      return new ChangeWindow(saved as SavedChange | null);
    case 'new':
      return new NewWindow(armedUs + rule.learnUs, saved as SavedNew | null);
    default:
      return unreachable(rule);
  }
}

function baselineKind(
  rule: RuleOf<'spike' | 'drop'>,
  armedUs: number,
  saved: unknown,
): SlotKind<{ count: number }> {
  if (rule.season === 'none') return new BaselineKind({ ...rule, armedUs });
  const { history } = (saved ?? { history: null }) as Readonly<{ history: unknown }>;
  return new SeasonKind({ ...rule, armedUs, seasonUs: SEASON_US[rule.season] }, history);
}

function slotWindow<T>(kind: SlotKind<T>, windowUs: number, saved: unknown): Window {
  return new SlotWindow(kind, windowUs, saved as SavedSlots<T> | null);
}

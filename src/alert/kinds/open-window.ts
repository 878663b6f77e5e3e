/** The window of a rule's kind, empty or as it was saved. */
import { unreachable } from '../../base/assert.ts';
import type { Rule } from '../rule.ts';
import { AnyWindow } from './any-window.ts';
import { type SavedThreshold, ThresholdWindow } from './threshold-window.ts';
import type { Window } from './window.ts';

export function openWindow(rule: Rule, saved: unknown): Window {
  switch (rule.kind) {
    case 'any':
      return new AnyWindow();
    case 'threshold':
      return new ThresholdWindow(rule, saved as SavedThreshold | null);
    default:
      return unreachable(rule);
  }
}

/** Level and severity of an entry as one small number: `level code × 6 + severity / 10`. Columns and rollups store it. */
import { LEVEL_CODE_COUNT } from '../model/level.ts';

const SEVERITY_COUNT = 6;
export const ENTRY_CLASS_COUNT = LEVEL_CODE_COUNT * SEVERITY_COUNT;

export function entryClassOf(level: number, severity: number): number {
  return level * SEVERITY_COUNT + Math.min(SEVERITY_COUNT - 1, Math.floor(severity / 10));
}

export function levelOfClass(entryClass: number): number {
  return Math.floor(entryClass / SEVERITY_COUNT);
}

export function severityOfClass(entryClass: number): number {
  return (entryClass % SEVERITY_COUNT) * 10;
}

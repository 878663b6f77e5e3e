/** Stages → text in its one canonical form; `parse(print(stages))` is the stages again. */
import { durationSetting } from '../base/duration.ts';
import { measureName, type Stage } from './stage-tree.ts';

export function printStages(stages: readonly Stage[]): string {
  return stages.map((stage) => ` | ${printStage(stage)}`).join('');
}

function printStage(stage: Stage): string {
  switch (stage.kind) {
    case 'count':
      return `count${printBy(stage.by)}`;
    case 'top':
      return `top ${stage.limit} ${printName(stage.name)}`;
    case 'timechart': {
      const step = stage.bucketMs === null ? '' : ` ${durationSetting(stage.bucketMs)}`;
      return `timechart${step}${stage.by === null ? '' : printBy([stage.by])}`;
    }
    case 'measure':
      return `${measureName(stage.measure)} ${printName(stage.name)}${printBy(stage.by)}`;
    case 'patterns':
      return `patterns ${stage.limit}`;
    case 'fields':
    case 'dedup':
      return `${stage.kind} ${stage.names.map(printName).join(', ')}`;
    case 'sort':
      return `sort ${stage.keys.map(({ name, descending }) => `${descending ? '-' : ''}${printName(name)}`).join(', ')}`;
    case 'limit':
      return `limit ${stage.count}`;
    case 'context':
      return `context ${stage.before}${stage.after === stage.before ? '' : ` ${stage.after}`}`;
  }
}

function printBy(names: readonly string[]): string {
  return names.length === 0 ? '' : ` by ${names.map(printName).join(', ')}`;
}

const SAFE_NAME = /^[\p{L}_@][\p{L}\p{M}\p{N}_.@/$]*$/u;
const KEYWORDS = new Set(['by', 'asc', 'desc']);

function printName(name: string): string {
  const safe = SAFE_NAME.test(name) && !KEYWORDS.has(name);
  return safe ? name : `"${name.replace(/[\\"]/g, '\\$&')}"`;
}

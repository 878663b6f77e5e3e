/**
 * Logs of supercomputers as the public collections have them: BlueGene/L, Thunderbird, Liberty, Spirit, HPC.
 *
 * `- 1117838570 2005.06.03 node 2005-06-03-15.42.50.675872 node RAS KERNEL INFO text` (alert label, epoch, date,
 * node, then BlueGene's own header), the same with a syslog line behind the node, and HPC's
 * `134681 node-246 unix.hw state_change.unavailable 1077804742 1 text`. The epoch is the absolute time.
 */
import { COLON, DOT, digitsEnd, isDigit, isLetter, SPACE, skipBlanks } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelWordAt } from '../level.ts';
import { monthAt } from '../stamp-parts.ts';
import { readProgram } from './syslog-program.ts';

export const cluster: Format = {
  name: 'cluster',
  about: 'Supercomputer logs (BlueGene/L, Thunderbird, Liberty, Spirit, HPC)',
  parse(draft: Draft, start: number, end: number): boolean {
    return isDigit(draft.bytes[start]!)
      ? parseHpc(draft, start, end)
      : parseLabelled(draft, start, end);
  },
};

function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== SPACE) position += 1;
  return position;
}

function parseLabelled(draft: Draft, start: number, end: number): boolean {
  const { bytes, known } = draft;
  const labelEnd = wordEnd(bytes, start, end);
  const epochAt = labelEnd + 1;
  const epochEnd = digitsEnd(bytes, epochAt, end);
  if (epochEnd - epochAt !== 10 || bytes[epochEnd] !== SPACE) return false;
  const dateAt = epochEnd + 1;
  if (bytes[dateAt + 4] !== DOT || bytes[dateAt + 7] !== DOT || bytes[dateAt + 10] !== SPACE)
    return false;
  if (draft.readStamp(epochAt, end) !== epochEnd) return false;
  const nodeAt = dateAt + 11;
  const nodeEnd = wordEnd(bytes, nodeAt, end);
  if (labelEnd > start + 1) draft.text(known.label, start, labelEnd);
  draft.text(known.host, nodeAt, nodeEnd);
  const next = nodeEnd + 1;
  if (isDigit(bytes[next]!)) return readBlueGene(draft, next, end);
  if (monthAt(bytes, next) > 0) return readSyslogPart(draft, next, end);
  draft.messageStart = Math.min(end, next);
  return true;
}

/** `2005-06-03-15.42.50.675872 node RAS KERNEL INFO text`: kind, component, level. */
function readBlueGene(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const stampEnd = wordEnd(bytes, at, end);
  const nodeEnd = wordEnd(bytes, stampEnd + 1, end);
  const kindEnd = wordEnd(bytes, nodeEnd + 1, end);
  const componentEnd = wordEnd(bytes, kindEnd + 1, end);
  const levelAt = componentEnd + 1;
  draft.text(known.kind, nodeEnd + 1, kindEnd);
  draft.text(known.component, kindEnd + 1, Math.min(end, componentEnd));
  const word = levelAt < end ? levelWordAt(bytes, levelAt, end, true) : -1;
  if (word < 0) {
    draft.messageStart = Math.min(end, levelAt);
    return componentEnd < end;
  }
  draft.level = word & 7;
  draft.messageStart = Math.min(end, skipBlanks(bytes, levelAt + (word >> 3), end));
  return true;
}

/** `Nov 9 12:01:01 host program[pid]: text`. */
function readSyslogPart(draft: Draft, at: number, end: number): boolean {
  const { bytes } = draft;
  let position = at;
  // Month, day, time: told already by the epoch.
  for (let word = 0; word < 3; word += 1)
    position = skipBlanks(bytes, wordEnd(bytes, position, end), end);
  const hostEnd = wordEnd(bytes, position, end);
  const programAt = skipBlanks(bytes, hostEnd, end);
  const messageAt = readProgram(draft, programAt, end);
  draft.messageStart = Math.min(end, messageAt < 0 ? programAt : messageAt);
  return true;
}

function parseHpc(draft: Draft, start: number, end: number): boolean {
  const { bytes, known } = draft;
  const numberEnd = digitsEnd(bytes, start, end);
  const nodeAt = numberEnd + 1;
  if (bytes[numberEnd] !== SPACE || !isLetter(bytes[nodeAt]!)) return false;
  const nodeEnd = wordEnd(bytes, nodeAt, end);
  const componentEnd = wordEnd(bytes, nodeEnd + 1, end);
  const stateEnd = wordEnd(bytes, componentEnd + 1, end);
  const epochAt = stateEnd + 1;
  const epochEnd = digitsEnd(bytes, epochAt, end);
  if (epochEnd - epochAt !== 10 || bytes[epochEnd] !== SPACE) return false;
  const flagEnd = digitsEnd(bytes, epochEnd + 1, end);
  if (flagEnd === epochEnd + 1 || bytes[flagEnd] !== SPACE || bytes[flagEnd - 1] === COLON)
    return false;
  if (draft.readStamp(epochAt, end) !== epochEnd) return false;
  draft.text(known.host, nodeAt, nodeEnd);
  draft.text(known.component, nodeEnd + 1, componentEnd);
  draft.text(known.state, componentEnd + 1, stateEnd);
  draft.messageStart = Math.min(end, skipBlanks(bytes, flagEnd, end));
  return true;
}

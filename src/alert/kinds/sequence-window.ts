/**
 * Kind `sequence`: a match (A) that no line of `next` (B) follows within `within`. Trouble lasts from that moment until a
 * B comes after all, at most for `hold`.
 *
 * B follows A when it is later, or of the same stamp and further down the same file, or of the same stamp in another
 * file: between files equal stamps count as both before each other. One B answers all A's that wait.
 */
import { type IncidentBook, OPEN_END_US } from '../incident-book.ts';
import { type SavedMatch, type SettledLine, SettlingBuffer } from './settling-buffer.ts';
import { type Match, ROLE, type Window } from './window.ts';

/** A's that wait for their B. More are not watched: by then the alert has been told, or will be. */
const WAITING_MAX = 1_000;

const NEVER_US = Number.POSITIVE_INFINITY;

export type SavedSequence = Readonly<{
  buffer: readonly SavedMatch[];
  waiting: readonly number[];
  overdue: readonly number[];
}>;

export type SequenceBounds = Readonly<{ withinUs: number; holdUs: number }>;

export class SequenceWindow implements Window {
  readonly spanUs: number;
  readonly #withinUs: number;
  readonly #buffer: SettlingBuffer;
  /** Event times of A's: still in time, and unanswered too long. */
  readonly #waiting: number[];
  readonly #overdue: number[];
  /** The first A that no B followed in time, as they came: what is not decided yet. */
  #unansweredUs = NEVER_US;

  constructor(bounds: SequenceBounds, saved: SavedSequence | null = null) {
    this.#withinUs = bounds.withinUs;
    this.spanUs = bounds.withinUs + bounds.holdUs;
    this.#buffer = new SettlingBuffer(saved?.buffer);
    this.#waiting = [...(saved?.waiting ?? [])];
    this.#overdue = [...(saved?.overdue ?? [])];
  }

  get heldCount(): number {
    return this.#buffer.count + this.#waiting.length + this.#overdue.length;
  }

  get dueUs(): number {
    return Math.min(this.#buffer.firstUs, this.#nextStartUs, this.#nextEndUs);
  }

  add(match: Match): void {
    this.#buffer.add(match);
    const { etUs } = match;
    const answers = isAnswer(match);
    const sinceUs = etUs - this.#unansweredUs;
    // One that came too late leaves them unanswered, and so does one of before them that is read after them.
    if (answers && sinceUs >= 0 && sinceUs <= this.#withinUs) this.#unansweredUs = NEVER_US;
    else if (!answers) this.#unansweredUs = Math.min(this.#unansweredUs, etUs);
  }

  /** An A may have to be shown as long as it has no answer. */
  shownSinceUs(): number {
    const [waiting = NEVER_US] = this.#waiting;
    const [overdue = NEVER_US] = this.#overdue;
    return Math.min(waiting, overdue, this.#unansweredUs);
  }

  decide(horizonUs: number, book: IncidentBook): void {
    const lines = this.#buffer.take(horizonUs);
    for (let first = 0; first < lines.length; ) {
      const { etUs } = lines[first]!;
      let end = first + 1;
      while (end < lines.length && lines[end]!.etUs === etUs) end += 1;
      this.#advance(etUs, book);
      this.#takeMoment(lines.slice(first, end), book);
      first = end;
    }
    this.#advance(horizonUs, book);
    if (this.#unansweredUs + this.#withinUs < horizonUs) this.#unansweredUs = NEVER_US;
  }

  countOf({ countedLines }: Readonly<{ countedLines: number }>): number {
    return countedLines;
  }

  /** What is answered in time in any case, and answers between two that are close enough for whatever comes there. */
  forget(): void {
    const withinUs = this.#withinUs;
    let answerUs = NEVER_US;
    const answered = new Set<SettledLine>();
    for (const line of this.#buffer.newestFirst()) {
      if (isAnswer(line)) answerUs = line.etUs;
      else if (line.etUs < answerUs && answerUs - line.etUs <= withinUs) answered.add(line);
    }
    this.#buffer.thin((_before, line) => answered.has(line));
    this.#buffer.thin(
      (before, line, after) =>
        [before, line, after].every(isOnlyAnswer) && after.etUs - before.etUs <= withinUs,
    );
  }

  cut(heldMax: number): number {
    return this.#buffer.cut(heldMax);
  }

  save(): SavedSequence {
    return { buffer: this.#buffer.save(), waiting: this.#waiting, overdue: this.#overdue };
  }

  get #nextStartUs(): number {
    const first = this.#waiting[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first + this.#withinUs;
  }

  get #nextEndUs(): number {
    const first = this.#overdue[0];
    return first === undefined ? Number.POSITIVE_INFINITY : first + this.spanUs;
  }

  /** All lines of one moment. */
  #takeMoment(lines: readonly SettledLine[], book: IncidentBook): void {
    const answers = lines.filter(isAnswer);
    const { etUs } = lines[0]!;
    if (answers.length > 0) {
      this.#waiting.length = 0;
      if (this.#overdue.length > 0) book.end(etUs, false);
      this.#overdue.length = 0;
    }
    for (const line of lines) {
      if ((line.roles & ROLE.WHEN) === 0) continue;
      if (answers.some((answer) => followsAtOnce(answer, line))) continue;
      if (this.#waiting.length < WAITING_MAX) this.#waiting.push(etUs);
    }
  }

  /** Nothing came before `untilUs`: what falls due till then, in order. */
  #advance(untilUs: number, book: IncidentBook): void {
    for (;;) {
      const startUs = this.#nextStartUs;
      const endUs = this.#nextEndUs;
      if (Math.min(startUs, endUs) >= untilUs) return;
      if (startUs <= endUs) {
        const askedUs = this.#waiting.shift()!;
        this.#overdue.push(askedUs);
        const incident = book.add({ startUs, endUs: OPEN_END_US, keptUs: startUs });
        incident.countedLines += 1;
        incident.firstUs = Math.min(incident.firstUs, askedUs);
        const isNew = incident.openUs === startUs && incident.countedLines === 1;
        incident.lastUs = isNew ? askedUs : Math.max(incident.lastUs, askedUs);
      } else {
        this.#overdue.shift();
        if (this.#overdue.length === 0) book.end(endUs, false);
      }
    }
  }
}

function isAnswer({ roles }: Pick<SettledLine, 'roles'>): boolean {
  return (roles & ROLE.SECOND) !== 0;
}

function isOnlyAnswer({ roles }: SettledLine): boolean {
  return roles === ROLE.SECOND;
}

/** Of two lines with one stamp. */
function followsAtOnce(answer: SettledLine, line: SettledLine): boolean {
  return answer.generation !== line.generation || answer.offset > line.offset;
}

/**
 * The templates of many segments under one numbering, those that differ only in a word that varies merged.
 *
 * A number may be merged into another while more segments are read: ask `merged` at the end. Bounded: what finds no
 * room has the number `OTHERS`.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { OTHERS, Templates } from '../pattern/templates.ts';
import type { TemplatePart } from './template-part.ts';
import { exampleOf } from './template-writer.ts';

export class PatternBook {
  readonly #templates: Templates;
  readonly #examples: string[] = [];

  constructor(patternsMax: number) {
    this.#templates = new Templates(patternsMax);
  }

  /** A number for each template of a segment, at its own number; `OTHERS` at 0. */
  numbersOf({ templates }: TemplatePart): Int32Array {
    const numbers = new Int32Array(templates.length + 1).fill(OTHERS);
    for (const [index, template] of templates.entries()) {
      const id = this.#templates.idOfTemplate(template.text);
      numbers[index + 1] = id;
      if (id !== OTHERS) this.#examples[id] ??= template.example;
    }
    return numbers;
  }

  /** The number of a row whose segment knows no templates: from its message. */
  numberOf(columns: EntryColumns, row: number): number {
    const start = columns.messageStart[row]!;
    const end = start + columns.messageLength[row]!;
    const id = this.#templates.idOf(columns.bytes, start, end);
    if (id !== OTHERS) this.#examples[id] ??= exampleOf(columns, row);
    return id;
  }

  /** What a number has become a part of. */
  merged(id: number): number {
    return this.#templates.merged(id);
  }

  textOf(id: number): string {
    return this.#templates.textOf(id);
  }

  /** The first line of one of its messages. Of a number as it was given, not as it was merged. */
  exampleOf(id: number): string {
    return this.#examples[id] ?? '';
  }
}

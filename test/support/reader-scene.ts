/** One file, one generation and a line reader: what is handed over, piece by piece as the file grows. */
import { appendFileSync } from 'node:fs';
import { ByteSource } from '../../src/watch/byte-source.ts';
import type { FileKey } from '../../src/watch/file-look.ts';
import { beginGeneration, type GenerationRecord } from '../../src/watch/generation.ts';
import {
  LineReader,
  type ReaderSizes,
  type ReadOutcome,
  type Skip,
} from '../../src/watch/line-reader.ts';
import { TempFolder } from './temp-folder.ts';
import { LineCollector, watchSettings } from './watch-scene.ts';

export class ReaderScene implements Disposable {
  readonly folder = TempFolder.make();
  readonly path: string;
  readonly collector = new LineCollector();
  readonly generation: GenerationRecord;
  readonly skips: Skip[] = [];
  readonly reader: LineReader;
  readonly source: ByteSource;
  leavesRoom = false;

  constructor(sizes?: ReaderSizes) {
    this.path = this.folder.write('a.log', '');
    this.source = ByteSource.open(this.path);
    this.generation = beginGeneration({
      number: 1,
      watch: watchSettings(this.folder.path),
      source: 'a',
      path: this.path,
      key: '1:1' as FileKey,
      birthMs: 0,
      encoding: 'utf-8',
      atMs: 0,
    });
    const skipped = (_generation: GenerationRecord, skip: Skip): void => void this.skips.push(skip);
    this.reader = new LineReader(sizes === undefined ? { skipped } : { skipped, sizes });
  }

  append(bytes: string | Uint8Array): void {
    appendFileSync(this.path, bytes);
  }

  /** Read until the end, or until something else happens. */
  read(shareBytes = 1_000_000): ReadOutcome {
    for (;;) {
      const { sizeBytes } = this.source.look();
      const outcome = this.reader.read(this.generation, this.source, {
        sink: this.collector,
        sizeBytes,
        shareBytes,
        leavesRoom: this.leavesRoom,
      });
      if (outcome !== 'more') return outcome;
    }
  }

  offerPartial(): boolean {
    return this.reader.offerPartial(this.generation, this.source, this.collector);
  }

  /** The bytes of all lines, joined. */
  get bytes(): Buffer {
    return Buffer.concat(this.collector.pending.map((line) => line.bytes));
  }

  get texts(): string[] {
    return this.collector.texts();
  }

  [Symbol.dispose](): void {
    this.source[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

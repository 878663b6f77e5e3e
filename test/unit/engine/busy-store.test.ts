/** Long questions to a store into which logs are written meanwhile: small segments come, and go before they are reached. */
import { expect, test } from 'vitest';
import type { SearchRequest } from '../../../src/engine/search-request.ts';
import type { StoreReader } from '../../../src/engine/store-reader.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { numberedEntries, TestStore } from '../../support/engine-store.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const NOW_US = 1_700_000_000_000_000;
const PASSES_MAX = 20;
/** Nothing is found in them, though everything is looked at. */
const { filter: query } = parseQuery('/number [0-9]+x/', { nowMs: 0, timezone: 'UTC' });
type Ask = (reader: StoreReader, request: SearchRequest) => number;

test.each<[kind: string, ask: Ask]>([
  ['a count', (reader, request) => reader.count(request)],
  ['a search', (reader, request) => [...reader.matches({ ...request, order: 'newest' })].length],
])(
  'Small segments that are let go of again and again do not make %s begin anew each time',
  (_, ask) => {
    using folder = TempFolder.make();
    using store = new TestStore(folder.path, { limits: { inlineBytesMax: 1_024 } });
    const small = (): void => store.add(numberedEntries(1, -60_000));
    store.add(numberedEntries(5_000));
    small();
    let lookCount = 0;
    // Asked for with each chunk: more often than a segment is begun.
    const signal = {
      get aborted(): boolean {
        lookCount += 1;
        if (lookCount % 3 === 0) {
          store.engine.expire({ beforeUs: NOW_US - 1, bytesMax: null });
          small();
        }
        if (lookCount > PASSES_MAX * 6) throw new Error('It goes on and on');
        return false;
      },
    } as AbortSignal;
    using reader = store.openReader();
    expect(ask(reader, { query, signal })).toBe(0);
  },
);

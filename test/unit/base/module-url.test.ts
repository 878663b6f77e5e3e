import { expect, test } from 'vitest';
import { moduleUrl } from '../../../src/base/module-url.ts';

test('moduleUrl() names the file as it is called where it lies', () => {
  const check = (from: string, want: string): void => {
    expect(moduleUrl('../ingest/thread.ts', from).href).toBe(want);
  };
  check('file:///clone/src/base/a.ts', 'file:///clone/src/ingest/thread.ts');
  check('file:///package/dist/base/a.js', 'file:///package/dist/ingest/thread.js');
  check('file:///odd%20folder.ts/dist/base/a.js', 'file:///odd%20folder.ts/dist/ingest/thread.js');
});

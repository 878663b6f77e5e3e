import { dirname } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { loadSettings } from '../../../src/config/load-settings.ts';
import { readStateFolder } from '../../../src/config/state-folder.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** `minimalConfig()` with the value of `state_dir`; null: left out. */
function configWith(value: string | null): string {
  return value === null
    ? minimalConfig()
    : minimalConfig().replace('[paths]\n', `[paths]\nstate_dir = ${value}\n`);
}

test('readStateFolder() says what the whole config says, or leaves it to that', () => {
  using folder = TempFolder.make();
  let foundCount = 0;
  const name = fc.array(
    fc.constantFrom(
      'a',
      'B',
      '7',
      '.',
      '/',
      '-',
      '_',
      ' ',
      '~',
      '$',
      '*',
      '"',
      '#',
      ';',
      '=',
      'é',
      '[',
      '\\',
    ),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(fc.option(name.map((parts) => parts.join(''))), (value) => {
      const path = folder.write('config/config.ini', configWith(value));
      const found = readStateFolder(path);
      if (found === null) return;
      foundCount += 1;
      try {
        expect(loadSettings(path, {}).paths.stateDir).toBe(found);
      } catch (thrown) {
        // Refused for what the folder would be beside others; then there is no other answer.
        expect(String(thrown)).toMatch(/state_dir|inside/);
      }
    }),
    { numRuns: 300 },
  );
  expect(foundCount).toBeGreaterThan(50);
});

test('readStateFolder() answers while another section is wrong, and not where [paths] is', () => {
  using folder = TempFolder.make();
  const broken = folder.write(
    'config/config.ini',
    `${minimalConfig()}[alert:x]\nwhen = level:nope\n`,
  );
  expect(readStateFolder(broken)).toBe(`${dirname(dirname(broken))}/state`);
  const none = folder.write('config/other.ini', '[rotation]\nenabled = no\n');
  expect(readStateFolder(none)).toBeNull();
  const doubled = folder.write('config/twice.ini', '[paths]\nstate_dir = a\nstate_dir = b\n');
  expect(readStateFolder(doubled)).toBeNull();
});

import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { loadSettings } from '../../../src/config/load-settings.ts';
import { readPlainConfig } from '../../../src/config/plain-config.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** `minimalConfig()` with the value of `state_dir`; null: left out. */
function configWith(value: string | null): string {
  return value === null
    ? minimalConfig()
    : minimalConfig().replace('[paths]\n', `[paths]\nstate_dir = ${value}\n`);
}

test('readPlainConfig() says what the whole config says, or leaves it to that', () => {
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
      const found = readPlainConfig(path).stateDir;
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

test('readPlainConfig() answers while another section is wrong, and not where [paths] is', () => {
  using folder = TempFolder.make();
  const broken = folder.write(
    'config/config.ini',
    `${minimalConfig()}[alert:x]\nwhen = level:nope\n`,
  );
  expect(readPlainConfig(broken).stateDir).toBe(`${dirname(dirname(broken))}/state`);
  const none = folder.write('config/other.ini', '[rotation]\nenabled = no\n');
  expect(readPlainConfig(none).stateDir).toBeNull();
  const doubled = folder.write('config/twice.ini', '[paths]\nstate_dir = a\nstate_dir = b\n');
  expect(readPlainConfig(doubled).stateDir).toBeNull();
});

test('readPlainConfig() says who answers and what this machine is called', () => {
  using folder = TempFolder.make();
  const plain = folder.write('config/config.ini', minimalConfig());
  expect(readPlainConfig(plain)).toMatchObject({ engine: 'local', machineName: hostname() });
  const cluster = `${minimalConfig()}[store]\nengine = both\n[clickhouse]\nhost = web-1\n`;
  const named = folder.write('config/named.ini', cluster);
  expect(readPlainConfig(named)).toMatchObject({ engine: 'both', machineName: 'web-1' });
  const wrong = folder.write('config/wrong.ini', `${minimalConfig()}[store]\nengine = oracle\n`);
  expect(readPlainConfig(wrong)).toMatchObject({ engine: null, machineName: hostname() });
});

test('readPlainConfig() finds the state beside mistakes, in any alphabet', () => {
  using folder = TempFolder.make();
  for (const name of ['state', 'Zustände', '状態']) {
    const path = folder.write(
      'config/config.ini',
      `[paths]\nstate_dir = ${name}\nno_such_key = 1\n`,
    );
    expect(readPlainConfig(path).stateDir).toBe(join(folder.path, name));
  }
});

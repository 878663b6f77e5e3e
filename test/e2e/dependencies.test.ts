/** Packages that the program ships with: none has a known hole that is high or critical, where the registry tells. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runCommand } from '../support/daemon-process.ts';
import { userEnvironment } from '../support/fresh-clone.ts';
import { skipsWithout } from '../support/needs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

type Audit = Readonly<{
  metadata?: Readonly<{ vulnerabilities: Readonly<Record<string, number>> }>;
}>;

test('no shipped package has a known hole that is high or critical', {
  timeout: 90_000,
}, async (context) => {
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=20000'];
  const { stdout } = await runCommand('npm', args, { cwd: ROOT, env: userEnvironment() });
  const { metadata } = JSON.parse(stdout === '' ? '{}' : stdout) as Audit;
  if (metadata === undefined) skipsWithout(context, 'a registry that answers "npm audit"');
  expect(metadata.vulnerabilities).toMatchObject({ high: 0, critical: 0 });
});

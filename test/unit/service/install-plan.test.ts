/** The steps of an installation, made by looking alone. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { installPlan, type Step } from '../../../src/service/install-plan.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const OWN = {
  logDir: '/var/spool/logstead',
  reportDir: '/var/log/logstead/reports',
  archiveDir: '/var/log/logstead/archives',
  notifyDir: '/var/log/logstead/notifications',
  stateDir: '/var/lib/logstead',
};

function planFor(paths: Partial<typeof OWN>): Step[] {
  const settings = { watches: [], paths: { ...OWN, ...paths } };
  return installPlan({ programFolder: ROOT, systemdVersion: 252, starts: true, settings });
}

test('installPlan() makes folders that the config puts elsewhere, before the service is started: it may write to them, not make them', () => {
  using folder = TempFolder.make();
  const [there, missing] = [folder.makeFolder('state'), folder.join('data/archives')];
  const plan = planFor({ stateDir: there, archiveDir: missing });
  const own = plan.filter(({ path }) => path.startsWith(folder.path));
  expect(own).toMatchObject([
    { kind: 'folder', path: missing, mode: 0o750, group: null, isDone: false },
    { kind: 'folder', path: there, isDone: true },
  ]);
  const starts = plan.findIndex(({ path }) => path.startsWith('restart'));
  expect(plan.indexOf(own[0]!)).toBeLessThan(starts);
  expect(planFor({}).filter(({ path }) => path.startsWith('/var/l'))).toEqual([]);
});

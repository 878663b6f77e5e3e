import { expect, test } from 'vitest';
import { AlertLog } from '../../../src/alert/alert-log.ts';
import { IncidentStore } from '../../../src/alert/incident-store.ts';
import { Database } from '../../../src/base/database.ts';
import { AlertDesk } from '../../../src/ingest/alert-desk.ts';
import { AlertLife, lifeRule } from '../../support/alert-life.ts';

const HOUR = 3_600;

/** A thousand at a time are what there may be. */
function silencesOf(life: AlertLife, desk: AlertDesk): void {
  for (let count = 0; count < 1_000; count += 1) silence(life, desk);
}

function silence({ batch }: AlertLife, desk: AlertDesk): void {
  const untilMs = batch.atUs / 1_000 + HOUR * 1_000;
  desk.act({ kind: 'silence', query: 'rule:errors', untilMs, who: '', why: '' }, batch, 0);
}

test('AlertDesk refuses a thousand and first silence, but not where the others are over', () => {
  using database = Database.open(':memory:');
  const life = new AlertLife([lifeRule()]);
  const { evaluator } = life;
  const incidents = IncidentStore.open(database);
  const desk = new AlertDesk({ evaluator, incidents, alertLog: AlertLog.open(database) });
  silencesOf(life, desk);
  expect(() => silence(life, desk)).toThrow('there are 1000 silences already');
  life.read(HOUR + 1);
  silencesOf(life, desk);
  expect(() => silence(life, desk)).toThrow('there are 1000 silences already');
  // Nor are those of long ago held.
  life.read(27 * HOUR);
  silence(life, desk);
  expect(evaluator.silences).toHaveLength(1);
});

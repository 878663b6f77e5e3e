/** Views that are made anew every few seconds: what did not change stays as it is. */
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { RuleStatus } from '../../../src/alert/rule-status.ts';
import { HttpScene } from '../../support/http-scene.ts';
import { open } from './dashboard-scene.ts';
import { TestBrowser } from './test-browser.ts';

const RULES = 300;

/** So many, of which the given ones have seen something new. */
function rulesOf(matches: Readonly<Record<number, number>>): RuleStatus[] {
  return Array.from({ length: RULES }, (_, index) => ({
    name: `rule ${index}`,
    kind: 'any',
    counters: {
      matchedCount: matches[index] ?? 1,
      lateCount: 0,
      evictedGroupCount: 0,
      otherCount: 0,
      cutLineCount: 0,
      valuelessCount: 0,
    },
    groupCount: 1,
    heldLineCount: 0,
    openIncidentCount: 0,
    bytes: 100,
    testedCount: 1,
    spentUs: 1,
    failedCount: 0,
    learnsUntilMs: null,
  }));
}

/** Rows that were there when they were marked. */
async function oldRows(page: Page): Promise<(string | null)[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll('tr[data-old]')].map((row) => row.getAttribute('data-old')),
  );
}

describe('dashboard, a view of many rules,', () => {
  test('makes anew the rows that changed, and no others', async (context) => {
    await using own = await HttpScene.open([]);
    const withRules = (rules: RuleStatus[]): void => {
      own.status = { ...own.status, ingest: { ...own.status.ingest, rules } };
    };
    withRules(rulesOf({}));
    await using browser = await TestBrowser.open(context);
    const page = await open(own, browser, '/?view=incidents');
    await page.getByText('rule 299', { exact: true }).waitFor();
    await page.evaluate(() => {
      for (const row of document.querySelectorAll('tbody tr'))
        row.setAttribute('data-old', row.querySelector('b')?.textContent ?? '');
      const seen = globalThis as unknown as { added: number };
      seen.added = 0;
      new MutationObserver((changes) => {
        for (const { addedNodes } of changes)
          for (const node of addedNodes)
            if (node instanceof Element) seen.added += node.querySelectorAll('*').length + 1;
      }).observe(document.querySelector('#page') as Node, { childList: true, subtree: true });
    });
    withRules(rulesOf({ 7: 500, 299: 600 }));
    await page.getByText('matched 600').waitFor();
    const old = new Set(await oldRows(page));
    expect(old.size).toBeGreaterThanOrEqual(RULES - 2);
    expect([7, 299].filter((index) => old.has(`rule ${index}`))).toEqual([]);
    expect(await page.locator('section:last-child tbody tr').count()).toBe(RULES);
    expect(await page.locator('section:last-child tbody tr').nth(7).textContent()).toMatch(
      /rule 7.*matched 500/,
    );
    // What is moved counts as well: none of the others was.
    const added = await page.evaluate(() => (globalThis as unknown as { added: number }).added);
    expect(added).toBeLessThan(RULES);
    expect(browser.complaints).toEqual([]);
  });
});

/**
 * `npm run bench:dashboard`: from a key press to list and histogram of the new query, and from the address to the first
 * paint, in Chromium, over a store that is there already. Needs a machine that does nothing else.
 *
 *     npm run bench:dashboard -- --state FOLDER --save
 *
 * Then a list of a hundred thousand rows is scrolled through. Each letter of the words is pressed once the answer to the one before is painted: every press is a query of its own.
 */
import { symlinkSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { saveSection } from '../../bench/results.ts';
import { slowness } from '../../bench/yardstick.ts';
import { DaemonProcess, TestProject } from '../../support/daemon-process.ts';

const { values } = parseArgs({
  options: {
    state: { type: 'string' },
    words: { type: 'string', default: 'timeout,connection,refused,payment,error,checkout' },
    rounds: { type: 'string', default: '2' },
    save: { type: 'boolean', default: false },
  },
});
const PRESS_P95_MS_MAX = 200;
const PAINT_MS_MAX = 300;
const PAINTS = 10;
/** The list ends there. */
const ROWS = 100_000;
const FILL_MS_MAX = 120_000;
const SCROLL_STEPS = 600;

await main();

async function main(): Promise<void> {
  if (values.state === undefined)
    throw new Error('--state FOLDER is missing: the state folder of a store');
  using project = TestProject.make();
  symlinkSync(values.state, project.folder.join('state'));
  await using daemon = await DaemonProcess.start(project);
  const { http, ingest } = (await project.cliJson(['status', '--json'])) as {
    http: { url: string };
    ingest: { storedEntryCount: number };
  };
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const paints = await paintTimes(browser, http.url);
  const presses = await pressTimes(browser, http.url);
  const scrolled = await scrollFrames(browser, http.url);
  await browser.close();
  await daemon.stop();
  report({ entries: ingest.storedEntryCount, paints, presses, scrolled });
}

async function paintTimes(browser: Browser, url: string): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < PAINTS; round += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(url);
    times.push(
      await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            new PerformanceObserver((list) => {
              const paint = list.getEntriesByName('first-contentful-paint')[0];
              if (paint !== undefined) resolve(paint.startTime);
            }).observe({ type: 'paint', buffered: true });
          }),
      ),
    );
    await context.close();
  }
  return times;
}

async function pressTimes(browser: Browser, url: string): Promise<Presses> {
  const page = await (
    await browser.newContext({ viewport: { width: 1440, height: 1000 } })
  ).newPage();
  await page.goto(url);
  await page.waitForSelector('.row');
  await page.evaluate(listenForKeys);
  await page.locator('#query').focus();
  const times: number[] = [];
  const slownesses: number[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const word of values.words.split(',')) {
      slownesses.push(slowness());
      for (const letter of word) times.push(await press(page, letter));
      // Once for the proposals, once for the text.
      while ((await page.inputValue('#query')) !== '') await press(page, 'Escape');
      await page.locator('#query').focus();
    }
  }
  return { times, slownesses };
}

type Presses = Readonly<{
  times: number[];
  /** Of the machine, between the words. */
  slownesses: number[];
}>;

type Scrolled = Readonly<{ rows: number; framesMs: number[]; heapBytes: number }>;

/** A list as long as it gets, and the times between frames while it is scrolled from its end to its start. */
async function scrollFrames(browser: Browser, url: string): Promise<Scrolled> {
  const page = await (
    await browser.newContext({ viewport: { width: 1440, height: 1000 } })
  ).newPage();
  await page.goto(url);
  await page.waitForSelector('.row');
  const deadlineMs = performance.now() + FILL_MS_MAX;
  let rows = 0;
  while (rows < ROWS && performance.now() < deadlineMs) {
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    await page.waitForTimeout(20);
    rows = await page.evaluate(() =>
      Number(
        [...document.querySelectorAll('.runway > .row')].at(-1)?.getAttribute('aria-rowindex'),
      ),
    );
  }
  const found = await page.evaluate(async (steps) => {
    const framesMs: number[] = [];
    let last = performance.now();
    for (let step = 0; step < steps; step += 1) {
      scrollBy(0, -document.documentElement.scrollHeight / steps);
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      framesMs.push(now - last);
      last = now;
    }
    const { memory } = performance as unknown as { memory: { usedJSHeapSize: number } };
    return { framesMs, heapBytes: memory.usedJSHeapSize };
  }, SCROLL_STEPS);
  return { rows, ...found };
}

async function press(page: Page, key: string): Promise<number> {
  await page.keyboard.press(key);
  const took = page.evaluate(() =>
    (globalThis as unknown as { shown: () => Promise<number> }).shown(),
  );
  return took;
}

/** In the page: from the event of the key to the frame after list and chart both show the query. */
function listenForKeys(): void {
  let pressedAtMs = 0;
  addEventListener(
    'keydown',
    (event) => {
      pressedAtMs = event.timeStamp;
    },
    true,
  );
  const box = document.querySelector('textarea')!;
  const count = document.querySelector<HTMLElement>('#count')!;
  const shown = () =>
    new Promise<number>((resolve) => {
      const look = () => {
        if (count.dataset.query === box.value) {
          requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - pressedAtMs)));
        } else requestAnimationFrame(look);
      };
      look();
    });
  Object.assign(globalThis, { shown });
}

type Measured = Readonly<{
  entries: number;
  paints: number[];
  presses: Presses;
  scrolled: Scrolled;
}>;

function report({
  entries,
  paints,
  presses: { times: presses, slownesses },
  scrolled,
}: Measured): void {
  const sorted = (list: number[]) => list.toSorted((one, other) => one - other);
  const at = (list: number[], share: number) =>
    sorted(list)[Math.min(list.length - 1, Math.floor(list.length * share))] ?? 0;
  const text = `\`npm run bench:dashboard -- --state FOLDER\`, ${entries.toLocaleString('en-US')} entries, ${presses.length} key presses, all times

| what | p50 | p95 | longest |
| --- | --- | --- | --- |
| key press to painted list and histogram | ${at(presses, 0.5).toFixed(0)} ms | ${at(presses, 0.95).toFixed(0)} ms | ${at(presses, 1).toFixed(0)} ms |
| address to first paint, new browser context | ${at(paints, 0.5).toFixed(0)} ms | ${at(paints, 0.95).toFixed(0)} ms | ${at(paints, 1).toFixed(0)} ms |
| frames while ${scrolled.rows.toLocaleString('en-US')} rows are scrolled, heap ${(scrolled.heapBytes / 1e6).toFixed(0)} MB | ${at(scrolled.framesMs, 0.5).toFixed(0)} ms | ${at(scrolled.framesMs, 0.95).toFixed(0)} ms | ${at(scrolled.framesMs, 1).toFixed(0)} ms |

The machine was ${at(slownesses, 0.5).toFixed(2)} times slower than a free one (\`yardstick.ts\`), ${at(slownesses, 0).toFixed(2)} to ${at(slownesses, 1).toFixed(2)}.
`;
  process.stdout.write(text);
  if (values.save) saveSection('The dashboard', text);
  if (at(presses, 0.95) > PRESS_P95_MS_MAX || at(paints, 0.95) > PAINT_MS_MAX) process.exitCode = 1;
}

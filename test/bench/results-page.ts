/** `RESULTS.md`: each benchmark keeps a section of its own there and touches no other. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const RESULTS_PATH = fileURLToPath(new URL('RESULTS.md', import.meta.url));

/** Put `text` under `## title`, in the place of what was there or behind everything. */
export function saveSection(title: string, text: string): void {
  const page = readFileSync(RESULTS_PATH, 'utf8');
  const head = `## ${title}\n`;
  const start = page.indexOf(head);
  if (start < 0) {
    writeFileSync(RESULTS_PATH, `${page.trimEnd()}\n\n${head}\n${text}`);
    return;
  }
  const next = page.indexOf('\n## ', start + head.length);
  const rest = next < 0 ? '' : page.slice(next + 1);
  writeFileSync(
    RESULTS_PATH,
    `${page.slice(0, start)}${head}\n${text}${rest === '' ? '' : `\n${rest}`}`,
  );
}

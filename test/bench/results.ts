/** RESULTS.md in sections: each benchmark keeps its own there and touches no other. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

const PATH = new URL('RESULTS.md', import.meta.url);

/** What a figure was measured on. */
export function machineLine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  const gibibytes = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()[1]!.toFixed(1);
  return `${cpus().length} × ${model}, ${gibibytes} GiB, Node ${process.versions.node}; load ${load} over the last 5 minutes, this run included.`;
}

/** Replace the section with this title by what the command found, or put it at the end. */
export function saveRun(title: string, command: string, text: string): void {
  saveSection(title, `Made by \`${command}\`.\n${machineLine()}\n\n${text}`);
}

/** The same with a text that says itself how it was made. */
export function saveSection(title: string, text: string): void {
  const section = `## ${title}\n\n${text.trim()}\n`;
  const parts = readFileSync(PATH, 'utf8').split(/^(?=## )/m);
  const at = parts.findIndex((part) => part.startsWith(`## ${title}\n`));
  if (at === -1) parts.push(section);
  else parts[at] = section;
  writeFileSync(PATH, `${parts.map((part) => part.trim()).join('\n\n')}\n`);
}

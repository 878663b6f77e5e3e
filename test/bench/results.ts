/** RESULTS.md in sections: each benchmark keeps its own, with the command that makes it again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

const PATH = new URL('RESULTS.md', import.meta.url);

/** Replace the section with this title, or put it at the end. */
export function saveSection(title: string, command: string, text: string): void {
  const all = readFileSync(PATH, 'utf8');
  const load = loadavg()[1]!.toFixed(1);
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}; load ${load} over the last 5 minutes.`;
  const section = `## ${title}\n\nMade by \`${command}\`.\n${machine}\n\n${text.trim()}\n`;
  const parts = all.split(/^(?=## )/m);
  const at = parts.findIndex((part) => part.startsWith(`## ${title}\n`));
  if (at === -1) parts.push(section);
  else parts[at] = section;
  writeFileSync(PATH, `${parts.map((part) => part.trim()).join('\n\n')}\n`);
}

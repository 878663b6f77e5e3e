/** What many programs print, each as a file of its own, and what the parser must make of it without being told anything. */
import { describe, expect, test } from 'vitest';
import { type ParsedEntry, parseText } from '../../support/parse.ts';
import { appliances } from '../../support/service-lines/appliances.ts';
import { databases } from '../../support/service-lines/databases.ts';
import { furtherServices } from '../../support/service-lines/further.ts';
import { languages } from '../../support/service-lines/languages.ts';
import { moreServices } from '../../support/service-lines/more.ts';
import { platformServices } from '../../support/service-lines/platforms.ts';
import type { ExpectedEntry, ServiceSample } from '../../support/service-lines/sample.ts';
import { systems } from '../../support/service-lines/systems.ts';
import { webServices } from '../../support/service-lines/web.ts';

const GROUPS: Readonly<Record<string, readonly ServiceSample[]>> = {
  'web servers and proxies': webServices,
  'databases and queues': databases,
  'systems, mail and network': systems,
  'loggers and platforms': languages,
  'and more': moreServices,
  'and further ones': furtherServices,
  platforms: platformServices,
  'appliances, balancers and application servers': appliances,
};

for (const [group, samples] of Object.entries(GROUPS)) {
  describe(group, () => {
    test.each(samples.map((sample) => [sample.program, sample] as const))('%s', (_, sample) => {
      const entries = parseText(sample.text);
      expect(entries.map((entry) => entry.message)).toHaveLength(sample.expected.length);
      const bytes = Buffer.from(sample.text).toString('latin1');
      expect(entries.map((entry) => entry.raw).join('')).toBe(bytes);
      for (const [index, entry] of entries.entries()) checkEntry(entry, sample.expected[index]!);
    });
  });
}

function checkEntry(entry: ParsedEntry, expected: ExpectedEntry): void {
  const [timestamp, level, message, fields = {}] = expected;
  // Three digits of a second where the line prints no more.
  const found = entry.timestamp?.replace(/(\.\d{3})000Z$/, '$1Z') ?? null;
  if (timestamp !== undefined) expect(found).toBe(timestamp);
  if (level !== undefined) expect(entry.level).toBe(level);
  if (message !== undefined) expect(entry.message).toBe(message);
  expect(entry.metadata).toMatchObject(fields);
}

/**
 * A thousand rules as a large installation has them, for logs of the generator: most name something rare, some look at
 * every line of a source, some at a field or a regular expression.
 */

/** Sources of the generated logs, and others that this machine does not have. */
const SOURCES = [
  'nginx-access',
  'app-json',
  'syslog',
  'service-log4j',
  'worker-python',
  'gateway-logfmt',
  'kubelet',
  'postgresql',
] as const;

type Keys = Readonly<Record<string, string | number>>;

/** `[alert:NAME]` sections; the first `count` of the thousand, spread over all sorts. */
export function ruleSections(count: number): string {
  const sections: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const keys = { ...ruleAt(index), notify: 'file' };
    const lines = Object.entries(keys).map(([key, value]) => `${key} = ${value}`);
    sections.push(`[alert:rule ${index}]\n${lines.join('\n')}\n`);
  }
  return sections.join('\n');
}

/** Of ten rules five name words, and one each a source with a level, a field, a regular expression, a part of a word, a flow. */
function ruleAt(index: number): Keys {
  const round = Math.floor(index / 10);
  const source = SOURCES[round % SOURCES.length]!;
  const other = `service-${round}`;
  switch (index % 10) {
    case 0:
      return { when: `"payment ${round} declined"`, threshold: 5, window: '5m' };
    case 1:
      return { when: `level>=warn "timeout after" peer-${round}`, threshold: 3, window: '1m' };
    case 2:
      return { when: `source:${other} level>=error`, threshold: 10, window: '5m' };
    case 3:
      return { when: `error code E${1_000 + round}`, group_by: 'source', threshold: 1 };
    case 4:
      // The busy ones: as many lines match as a real source has trouble.
      return round < SOURCES.length
        ? { when: `source:${source} level>=error`, threshold: 1_000, window: '5m' }
        : { when: `source:${source} "disk ${round} full"`, threshold: 1 };
    case 5:
      return { when: `duration_ms>${60_000 + round} source:${source}`, threshold: 5, window: '5m' };
    case 6:
      return { when: `/connection to db-${round}[.:]\\d+ refused/`, threshold: 3, window: '1m' };
    case 7:
      return { when: `*-tenant${round}-*`, threshold: 3, window: '10m', group_by: 'user' };
    case 8:
      return flowAt(round, source);
    default:
      return { when: `status>=${600 + round} path:/api/v${round}/*`, threshold: 20, window: '5m' };
  }
}

/** Kinds that look at more than single matches. */
function flowAt(round: number, source: string): Keys {
  switch (round % 5) {
    case 0:
      return round < SOURCES.length * 5
        ? { kind: 'rate', when: 'level>=error', of: `source:${source}`, percent: 60, window: '5m' }
        : { kind: 'rate', when: 'level>=error', of: `source:job-${round}`, percent: 60 };
    case 1:
      return { kind: 'absence', when: `"backup ${round} finished"`, silence: '24h' };
    case 2:
      return { kind: 'spike', when: `source:job-${round} level>=error`, ratio: 5, window: '10m' };
    case 3:
      return {
        kind: 'sequence',
        when: `"job ${round} started"`,
        next: `"job ${round} finished"`,
        within: '10m',
      };
    default:
      return {
        kind: 'cardinality',
        when: `"login of tenant ${round}"`,
        field: 'user',
        at_least: 50,
      };
  }
}

/** All formats, the most particular first: of formats that fit equally many lines of a file the first is chosen. */
import { OperatorError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest.ts';
import type { Format } from '../format.ts';
import { Layout } from '../layout.ts';
import { access } from './access.ts';
import { android } from './android.ts';
import { audit } from './audit.ts';
import { chromium, ray, tornado } from './boxed.ts';
import { cef } from './cef.ts';
import { cluster } from './cluster.ts';
import { criFormat, dockerFormat } from './containers.ts';
import { glassfish } from './glassfish.ts';
import { journal } from './journal.ts';
import { json, jsonFormat } from './json.ts';
import { jsonPretty } from './json-pretty.ts';
import { jvm, kernel } from './kernel.ts';
import { klog } from './klog.ts';
import { logfmt, logfmtFormat } from './logfmt.ts';
import { mysqlSlow } from './mysql-slow.ts';
import { postgresCsvFormat } from './postgres-csv.ts';
import { redis } from './redis.ts';
import { balancer, gin, squid, uwsgi } from './requests.ts';
import { slapd } from './slapd.ts';
import { syslog3164, syslog5424 } from './syslog.ts';
import { textFormats } from './text.ts';
import { dotnetConsole, erlang, history, javaUtilLogging } from './two-line.ts';
import { w3cFormat } from './w3c.ts';
import { weblogic } from './weblogic.ts';

/** The formats of one file, in order. Of records that are complete nothing is remembered but by the layout. */
export function formatsOf(layout: Layout): readonly Format[] {
  // What a container printed is told line by line: its lines come from many programs.
  const [text, textLevel] = textFormats(new Layout({ isAlone: true }));
  const payloads = [json, klog, logfmt, text!, textLevel!];
  return [
    dockerFormat(payloads),
    jsonFormat(),
    criFormat(payloads),
    syslog5424,
    klog,
    tornado,
    ray,
    chromium,
    android,
    audit,
    w3cFormat(layout),
    mysqlSlow,
    postgresCsvFormat(),
    cluster,
    redis,
    uwsgi,
    squid,
    slapd,
    balancer,
    gin,
    access,
    kernel,
    jvm,
    journal,
    erlang,
    javaUtilLogging,
    dotnetConsole,
    history,
    cef,
    weblogic,
    glassfish,
    logfmtFormat(),
    jsonPretty(),
    syslog3164,
    ...textFormats(layout),
  ];
}

/** The format of lines that no other fits: the whole line is the message. */
export const PLAIN = 'plain';

/** Every name that `[watch] format` may give. */
export function formatNames(): string[] {
  return [...formatsOf(new Layout()).map((format) => format.name), PLAIN];
}

/** Throws USAGE where no format is called so, of those built in and of `declared`: its lines would all be plain text. */
export function checkFormatName(
  name: string,
  { doing, declared }: Readonly<{ doing: string; declared: readonly string[] }>,
): void {
  const names = [...declared, ...formatNames()];
  if (names.includes(name)) return;
  const meant = nearestName(name, names);
  throw new OperatorError('USAGE', `Cannot ${doing} as "${name}": there is no such format`, {
    hint: `${meant === null ? '' : `Did you mean ${meant}? `}Formats: ${names.join(', ')}`,
  });
}

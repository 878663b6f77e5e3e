/**
 * The grok names people know from Logstash, as regular expressions without look-around, so that lines are read in linear time.
 *
 * A name may be used by those below it. Stamps are generous: what they say is decided by the stamp reader.
 */
import { nearestName } from '../../base/nearest.ts';

const DEFINITIONS: readonly (readonly [name: string, pattern: string])[] = [
  ['WORD', '\\w+'],
  ['NOTSPACE', '\\S+'],
  ['SPACE', '\\s*'],
  ['DATA', '.*?'],
  ['GREEDYDATA', '.*'],
  ['INT', '[+-]?\\d+'],
  ['POSINT', '[1-9]\\d*'],
  ['NONNEGINT', '\\d+'],
  ['BASE10NUM', '[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)'],
  ['NUMBER', '%{BASE10NUM}'],
  ['BASE16NUM', '[+-]?(?:0x)?[0-9A-Fa-f]+'],
  ['BOOLEAN', '(?:true|false|TRUE|FALSE|True|False)'],
  ['UUID', '[A-Fa-f0-9]{8}-(?:[A-Fa-f0-9]{4}-){3}[A-Fa-f0-9]{12}'],
  ['QUOTEDSTRING', '(?:"(?:\\\\.|[^\\\\"])*"|\'(?:\\\\.|[^\\\\\'])*\')'],
  ['QS', '%{QUOTEDSTRING}'],
  ['MAC', '(?:[A-Fa-f0-9]{2}[:-]){5}[A-Fa-f0-9]{2}|(?:[A-Fa-f0-9]{4}\\.){2}[A-Fa-f0-9]{4}'],
  ['IPV4', '(?:\\d{1,3}\\.){3}\\d{1,3}'],
  ['IPV6', '[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?:%\\w+)?'],
  ['IP', '(?:%{IPV4}|%{IPV6})'],
  ['HOSTNAME', '[0-9A-Za-z][0-9A-Za-z_.-]*'],
  ['IPORHOST', '(?:%{IP}|%{HOSTNAME})'],
  ['HOST', '%{HOSTNAME}'],
  ['HOSTPORT', '%{IPORHOST}:%{POSINT}'],
  ['USERNAME', '[a-zA-Z0-9._-]+'],
  ['USER', '%{USERNAME}'],
  ['EMAILADDRESS', '[a-zA-Z0-9!#$%&*+/=?^_{|}~.-]+@%{HOSTNAME}'],
  ['UNIXPATH', '/[^\\s:]*'],
  ['PATH', '(?:%{UNIXPATH}|[A-Za-z]:\\\\\\S*)'],
  ['URIPROTO', '[A-Za-z][A-Za-z0-9+.-]*'],
  ['URIPATH', '/[^\\s?#]*'],
  ['URIPARAM', '\\?\\S*'],
  ['URIPATHPARAM', '%{URIPATH}(?:%{URIPARAM})?'],
  ['URI', '%{URIPROTO}://\\S*'],
  ['MONTH', '[A-Z][a-z]{2,8}'],
  ['MONTHNUM', '(?:0?[1-9]|1[0-2])'],
  ['MONTHDAY', '(?:0?[1-9]|[12]\\d|3[01])'],
  ['DAY', '[A-Z][a-z]{2,8}'],
  ['YEAR', '\\d{4}|\\d{2}'],
  ['HOUR', '(?:[01]?\\d|2[0-3])'],
  ['MINUTE', '[0-5]\\d'],
  ['SECOND', '(?:[0-5]?\\d|60)(?:[:.,]\\d+)?'],
  ['TIME', '%{HOUR}:%{MINUTE}(?::%{SECOND})?'],
  ['DATE_US', '%{MONTHNUM}[/-]%{MONTHDAY}[/-](?:%{YEAR})'],
  ['DATE_EU', '%{MONTHDAY}[./-]%{MONTHNUM}[./-](?:%{YEAR})'],
  ['DATE', '(?:%{DATE_US}|%{DATE_EU})'],
  ['ISO8601_TIMEZONE', '(?:Z|[+-]\\d{2}:?\\d{2})'],
  ['TIMESTAMP_ISO8601', '\\d{4}-%{MONTHNUM}-%{MONTHDAY}[T ]%{TIME}(?: ?%{ISO8601_TIMEZONE})?'],
  ['DATESTAMP', '%{DATE}[- ]%{TIME}'],
  ['TZ', '[A-Z]{3,4}'],
  ['HTTPDATE', '%{MONTHDAY}/%{MONTH}/\\d{4}:%{TIME} [+-]\\d{4}'],
  ['SYSLOGTIMESTAMP', '%{MONTH} +%{MONTHDAY} %{TIME}'],
  ['PROG', '[\\x21-\\x5a\\x5c\\x5e-\\x7e]+'],
  ['SYSLOGPROG', '%{PROG}(?:\\[\\d+\\])?'],
  ['SYSLOGHOST', '%{IPORHOST}'],
  ['LOGLEVEL', '[A-Za-z]+'],
  ['JAVACLASS', '(?:[a-zA-Z$_][a-zA-Z$_0-9]*\\.)*[a-zA-Z$_][a-zA-Z$_0-9]*'],
  ['JAVAFILE', '[A-Za-z0-9_. -]+'],
  ['JAVATHREAD', '[^\\]]+'],
];

const PATTERNS = new Map<string, string>();
for (const [name, pattern] of DEFINITIONS) {
  PATTERNS.set(
    name,
    pattern.replaceAll(/%\{(\w+)\}/g, (_, used: string) => `(?:${PATTERNS.get(used)!})`),
  );
}

/** The expression that a grok name stands for; null where there is none such. */
export function grokPattern(name: string): string | null {
  return PATTERNS.get(name) ?? null;
}

/** The name that was likely meant. */
export function nearestGrokName(name: string): string | null {
  return nearestName(name.toUpperCase(), [...PATTERNS.keys()]);
}

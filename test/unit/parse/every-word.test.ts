/**
 * Whatever a line says can be looked for: each word of what many programs print is in the message, in a field, or is the time or
 * the level. What a format drops, no search would find.
 */
import { expect, test } from 'vitest';
import { ColumnNames, EntryColumns } from '../../../src/model/entry-columns.ts';
import { FileParser } from '../../../src/parse/file-parser.ts';
import { PARSER_OPTIONS, parseText } from '../../support/parse.ts';
import { appliances } from '../../support/service-lines/appliances.ts';
import { databases } from '../../support/service-lines/databases.ts';
import { furtherServices } from '../../support/service-lines/further.ts';
import { languages } from '../../support/service-lines/languages.ts';
import { moreServices } from '../../support/service-lines/more.ts';
import { platformServices } from '../../support/service-lines/platforms.ts';
import { systems } from '../../support/service-lines/systems.ts';
import { webServices } from '../../support/service-lines/web.ts';

const SAMPLES = [
  ...webServices,
  ...databases,
  ...systems,
  ...languages,
  ...moreServices,
  ...furtherServices,
  ...platformServices,
  ...appliances,
];

/** Levels, which every search knows by their own names. */
const LEVELS = `trace debug info warn warning error err fatal critical crit notice alert emerg panic severe fine finer
  finest config log information dbg inf wrn ftl verbose note system status success parse deprecated statement detail
  timing silly eror erro fail debg ddebug subdebug crt verbose1 infos grave warnung schwerwiegend informaci`;
/** Of times. */
const TIMES = `mon tue wed thu fri sat sun jan feb mar apr may jun jul aug sep oct nov dec november cet juin juil okt utc gmt
  europe berlin coordinated universal date instant epochsecond nanoofsecond 19nov2026 250l 12ms
  400000006a0d86d00edcba14 6afcd281 0edcba14 795082401250e 795082402e i1119 e1119 w1119 w0000 i261119 e261119`;
/** Names of keys whose values have a name of ours, and what all lines of a format have. */
const NAMES = `level msg message time timestamp ts lvl severity timecreated timegenerated severitylevel loglevel priority
  short_message error_severity ibm_datetime resultdescription tid pid _threadid _threadname _timemillis _levelvalue
  timemillis levelvalue threadid myid nest gin report audit cef leef set use host effective real class jvm unknown`;
/** Known to be dropped: an owner of a bucket, who runs Samba, a node of a router, a topic behind its level, numbers of sessions. */
const DROPPED = `79a59df900b949e55d96a1e698fbaced object winbind rsp0 cpu0 sw1 account 011a id1 rank0 local
  p12345 p12300 con12 cmd4 seg dx4 sx1`;
const KNOWN = new Set([LEVELS, TIMES, NAMES, DROPPED].join(' ').split(/\s+/));

test.each(SAMPLES)('every word that $program prints can be found', ({ text }) => {
  const columns = new EntryColumns(new ColumnNames());
  const parser = FileParser.open(columns.names, PARSER_OPTIONS);
  const bytes = Buffer.from(text);
  parser.push(columns, bytes, 0, bytes.length, 0);
  parser.flush(columns);
  for (const [row, { message, raw, tags, metadata }] of parseText(text).entries()) {
    const values: string[] = [];
    for (let field = columns.fieldFirst(row); field < columns.fieldEnd[row]!; field += 1) {
      const start = columns.fieldStart[field]!;
      values.push(columns.bytes.toString('utf8', start, start + columns.fieldLength[field]!));
    }
    // As it is written: escapes of JSON are those of its line.
    const kept = JSON.stringify([message, values, tags, Object.keys(metadata)]).replaceAll(
      /\\[nrt"\\]/g,
      ' ',
    );
    const found = new Set(kept.toLowerCase().match(/[a-z0-9_]{3,}/g));
    const words = raw.toLowerCase().match(/[a-z0-9_]{3,}/g) ?? [];
    const lost = words.filter(
      (word) => !found.has(word) && !/^\d+(?:t\d+z?|z)?$/.test(word) && !KNOWN.has(word),
    );
    expect(lost, raw).toEqual([]);
  }
});

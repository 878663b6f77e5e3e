/** What entries are grouped by, as SQL: `attribute.ts` of the engine says the same of rows. */
import { LEVEL_NONE_NAME } from '../model/level.ts';
import { HOST_KEY, MESSAGE_KEY } from '../query/query-tree.ts';
import { EXACT_US } from './schema.ts';
import { fieldExpression } from './sql-filter.ts';
import type { SqlParameters } from './sql-text.ts';

export type AttributeSql = Readonly<{
  /** The value; several rows come of an entry with several tags. */
  value: string;
  /** Whether an entry has one; null: always. */
  exists: string | null;
  /** The value is one of an array: the query has to spread it. */
  spreads: string | null;
}>;

export function attributeSql(name: string, parameters: SqlParameters): AttributeSql {
  switch (name) {
    case 'level':
      return always(`if(SeverityText = '', '${LEVEL_NONE_NAME}', SeverityText)`);
    case 'source':
      return always('toString(ServiceName)');
    case 'file':
      return always('toString(Path)');
    case 'tag':
      return { value: 'toString(tag)', exists: null, spreads: 'Tags AS tag' };
    case MESSAGE_KEY:
      return always('Body');
    case HOST_KEY:
      return always(fieldExpression(name, parameters));
    default:
      return {
        value: fieldExpression(name, parameters),
        exists: `mapContains(LogAttributes, ${parameters.of(name, 'String')})`,
        spreads: null,
      };
  }
}

/** The same where a stage names it: there `timestamp` is the time of the entry (`pipeline/values.ts`), not a field. */
export function stageValueSql(name: string, parameters: SqlParameters): AttributeSql {
  return name === 'timestamp' ? always(TIMESTAMP_TEXT) : attributeSql(name, parameters);
}

function always(value: string): AttributeSql {
  return { value, exists: null, spreads: null };
}

/** Milliseconds always, microseconds only where there are any: `timestampText` of the model. */
const TIMESTAMP_TEXT = timestampTextSql(EXACT_US);

function timestampTextSql(us: string): string {
  const text = `formatDateTime(fromUnixTimestamp64Micro(${us}, 'UTC'), '%Y-%m-%dT%H:%i:%S', 'UTC')`;
  const ms = `leftPad(toString(intDiv(positiveModulo(${us}, 1000000), 1000)), 3, '0')`;
  const rest = `positiveModulo(${us}, 1000)`;
  const micros = `if(${rest} = 0, '', leftPad(toString(${rest}), 3, '0'))`;
  return `concat(${text}, '.', ${ms}, ${micros}, 'Z')`;
}

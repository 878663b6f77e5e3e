/** Names of fields in JSON: what is written with escapes is the name it says. */
import { expect, test } from 'vitest';
import { parseChunks, parseText } from '../../support/parse.ts';

const HEAD = '"time":"2026-11-20T10:30:00Z","level":"error","msg":"x"';

function metadataOf(members: string): object {
  const line = `{${HEAD},${members}}\n`;
  const [one] = parseText(line);
  // From the second line on the shape of the first is known.
  const many = parseChunks([line, line, `${line}${line}`]);
  for (const { metadata, level } of many)
    expect([metadata, level]).toEqual([one!.metadata, 'ERROR']);
  return one!.metadata;
}

test.each([
  // Python's json.dumps() and PHP's json_encode() write so unless told otherwise.
  [String.raw`"gr\u00f6\u00dfe":5,"n":1`, { größe: 5, n: 1 }],
  [String.raw`"a\/b":"c","\"q\"":true`, { 'a/b': 'c', '"q"': true }],
  [String.raw`"\u7528\u6237":{"\u540d\u5b57":"Li","id":7}`, { '用户.名字': 'Li', '用户.id': 7 }],
  [String.raw`"\ud83d\ude00":"smile \u00e4","k\\l":"\t"`, { '😀': 'smile ä', 'k\\l': '\t' }],
  [String.raw`"\ud83d":1,"broken\x":2,"\u00":3`, { '\ufffd': 1, 'broken\\x': 2, '\\u00': 3 }],
])('escapes in the name of a field are read: %s', (members, metadata) => {
  expect(metadataOf(members)).toEqual(metadata);
});

test('an escaped name is the same field as one that is written plainly, and has its meaning', () => {
  expect(metadataOf(String.raw`"größe":1,"gr\u00f6\u00dfe":2`)).toEqual({ größe: 2 });
  const [entry] = parseText(
    String.raw`{"\u0074ime":"2026-11-20T10:30:00Z","l\u0065vel":"error","m\u0073g":"failed"}` +
      '\n',
  );
  expect(entry).toMatchObject({
    timestamp: '2026-11-20T10:30:00.000Z',
    level: 'ERROR',
    message: 'failed',
    metadata: {},
  });
});

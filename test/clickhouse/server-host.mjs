/**
 * A real ClickHouse server in a process of its own: the library that the npm package `chdb` brings holds the whole
 * server, and can open its HTTP and TCP ports. It lives as long as its standard input is open, so it never outlives a test.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ffi from 'ffi-rs';

const { DataType, load, open } = ffi;
const library = createRequire(import.meta.url).resolve(
  `@chdb/lib-linux-${process.arch}-gnu/package.json`,
);
open({ library: 'chdb', path: join(dirname(library), 'libchdb.so') });
const words = ['clickhouse', ...process.argv.slice(2)];
load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: DataType.I64,
  paramsType: [DataType.I32, DataType.StringArray],
  paramsValue: [words.length, words],
});
process.exit(0);

import { chmodSync, chownSync, lstatSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { register } from '../../../src/cli/clickhouse.ts';
import { CONFIG_TEXT, runCommand } from '../../support/command-line.ts';
import { needsRoot } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const CLUSTER = `
[store]
engine = clickhouse

[clickhouse]
shards = http://127.0.0.1:9
`;
/** Whoever the daemon runs as: no name is needed. */
const DAEMON = 12_345;

test.for(['itself', 'by a link'])(
  'rollback leaves a config, named %s, to whom it belongs',
  async (named, context) => {
    needsRoot(context);
    using folder = TempFolder.make();
    const target = folder.write('elsewhere/logstead.ini', `${CONFIG_TEXT}${CLUSTER}`);
    chownSync(target, 0, DAEMON);
    chmodSync(target, 0o640);
    const link = folder.join('config.ini');
    symlinkSync(target, link);

    const args = ['clickhouse', 'rollback', '--config', named === 'itself' ? target : link];
    const { code, stderr } = await runCommand(register, args, { workingFolder: folder.path });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const { uid, gid, mode } = statSync(target);
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: 0, gid: DAEMON, mode: 0o640 });
    expect(readFileSync(target, 'utf8')).toContain('engine = both');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  },
);

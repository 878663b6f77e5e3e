/** Who a unit reads as: by what systemd says of it, whoever wrote the unit and whatever was added to it. */
import { expect, test } from 'vitest';
import { unitPaths } from '../../../src/doctor/check-service.ts';
import { identityOfUnit, type UnitProperties } from '../../../src/doctor/service-identity.ts';

const ACCOUNTS = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\nlogs:x:812:900:,,,:/:/usr/sbin/nologin\n',
  group: 'root:x:0:\nadm:x:4:syslog,logs\nsystemd-journal:x:101:\nlogs:x:900:\nmysql:x:113:\n',
};

/** As `systemctl show` prints the unit of the package. */
const UNIT: UnitProperties = {
  LoadState: 'loaded',
  User: 'logstead',
  Group: 'logstead',
  DynamicUser: 'yes',
  SupplementaryGroups: 'adm systemd-journal',
  AmbientCapabilities: '',
  LimitNOFILESoft: '65536',
  ProtectHome: 'yes',
  PrivateTmp: 'yes',
};

test('identityOfUnit() reads as the groups of the unit, those that were added too', () => {
  expect(identityOfUnit(UNIT, ACCOUNTS)).toMatchObject({
    reader: {
      name: 'logstead, in adm and systemd-journal',
      asks: false,
      uid: null,
      groupIds: [4, 101],
      readsAll: false,
    },
    openFilesMax: 65_536,
    hidden: [{ setting: 'ProtectHome=yes' }, { setting: 'PrivateTmp=yes' }],
  });
  const more = { ...UNIT, SupplementaryGroups: 'adm mysql', ProtectHome: 'read-only' };
  expect(identityOfUnit(more, ACCOUNTS)).toMatchObject({
    reader: { groupIds: [4, 113] },
    hidden: [{ setting: 'PrivateTmp=yes' }],
  });
});

test('identityOfUnit() knows a user of the machine by his own groups, and who reads everything', () => {
  const fixed = { ...UNIT, DynamicUser: 'no', User: 'logs', Group: '', SupplementaryGroups: '' };
  expect(identityOfUnit(fixed, ACCOUNTS).reader).toMatchObject({
    name: 'logs',
    uid: 812,
    groupIds: [4, 900],
    readsAll: false,
  });
  const capable = { ...UNIT, AmbientCapabilities: 'cap_chown cap_dac_override cap_fowner' };
  expect(identityOfUnit(capable, ACCOUNTS).reader.readsAll).toBe(true);
  expect(identityOfUnit({ ...fixed, User: '' }, ACCOUNTS).reader.readsAll).toBe(true);
});

test('unitPaths() reads a list as systemd prints it', () => {
  const text = '-/var/spool/logstead "-/srv/with blank/x" -/var/log/application +/srv/"odd';
  expect(unitPaths(text)).toEqual([
    '/var/spool/logstead',
    '/srv/with blank/x',
    '/var/log/application',
    '/srv/"odd',
  ]);
});

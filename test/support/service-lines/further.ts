/** Services of many kinds: headers that are easily taken for others, or for text. */
import { on, type ServiceSample, service } from './sample.ts';

export const furtherServices: readonly ServiceSample[] = [
  service(
    'busybox syslogd (Alpine)',
    [
      'Nov 19 10:00:01 alpine daemon.info init: starting pid 12',
      on('10:00:01'),
      'INFO',
      'starting pid 12',
      { host: 'alpine', component: 'init', facility: 'daemon' },
    ],
    [
      'Nov 19 10:00:02 alpine kern.err kernel: [   12.345678] ata1: failed',
      on('10:00:02'),
      'ERROR',
      '[   12.345678] ata1: failed',
      { component: 'kernel' },
    ],
    [
      'Nov 19 10:00:03 alpine auth.warn sshd[123]: error: no such user',
      on('10:00:03'),
      'WARN',
      'error: no such user',
      { component: 'sshd', pid: 123 },
    ],
    ['Nov 19 10:00:04 alpine user.name is no severity', on('10:00:04'), null],
  ),
  service(
    'openwrt logread',
    [
      'Thu Nov 19 10:00:01 2026 daemon.info dnsmasq[123]: started',
      on('10:00:01'),
      'INFO',
      'started',
      { component: 'dnsmasq', pid: 123 },
    ],
    ['Thu Nov 19 10:00:02 2026 kern.err kernel: it failed', on('10:00:02'), 'ERROR', 'it failed'],
  ),
  service(
    'freebsd syslogd -v',
    [
      'Nov 19 10:00:01 <auth.err> bsd sshd[123]: no such user',
      on('10:00:01'),
      'ERROR',
      'no such user',
      { host: 'bsd', component: 'sshd', facility: 'auth' },
    ],
    ['Nov 19 10:00:02 <3.6> bsd cron[12]: ready', on('10:00:02'), 'INFO', 'ready'],
  ),
  service('rsyslog (pri-text)', [
    '2026-11-19T10:00:01.250+00:00 web daemon.err app[12]: it failed',
    on('10:00:01.250'),
    'ERROR',
    'it failed',
    { host: 'web', component: 'app' },
  ]),
  service(
    'f5',
    [
      'Nov 19 10:00:01 bigip err tmm[123]: 01010028:3: No members available for pool',
      on('10:00:01'),
      'ERROR',
      '01010028:3: No members available for pool',
      { host: 'bigip', component: 'tmm', pid: 123 },
    ],
    ['Nov 19 10:00:02 bigip notice mcpd[12]: ready', on('10:00:02'), 'INFO', 'ready'],
  ),
  service(
    'cloud-init',
    [
      "2026-11-19 10:00:01,250 - util.py[DEBUG]: Cloud-init v. 23.1 running 'init'",
      on('10:00:01.250'),
      'DEBUG',
      "Cloud-init v. 23.1 running 'init'",
      { component: 'util.py' },
    ],
    [
      '2026-11-19 10:00:02,250 - handlers.py[WARNING]: failed to run\nTraceback (most recent call last):\n  File "x.py", line 3, in y\nValueError: no',
      on('10:00:02.250'),
      'WARN',
      'failed to run\nTraceback (most recent call last):\n  File "x.py", line 3, in y\nValueError: no',
    ],
    ['2026-11-19 10:00:03,250 - util.py[CRITICAL]: no', on('10:00:03.250'), 'FATAL', 'no'],
  ),
  service('dmesg --time-format iso', [
    '2026-11-19T10:00:01,250000+01:00 usb 1-1: new high-speed USB device',
    on('09:00:01.250'),
    null,
    'usb 1-1: new high-speed USB device',
  ]),
  service(
    'pm2',
    ['2026-11-19T10:00:01: PM2 log: App [x:0] online', on('10:00:01'), null],
    ['2026-11-19T10:00:02: PM2 error: it failed', on('10:00:02'), 'ERROR', 'it failed'],
  ),
  service('cisco ios xr', [
    'RP/0/RSP0/CPU0:Nov 19 10:00:01.250 : ifmgr[123]: %PKT_INFRA-LINK-3-UPDOWN : Interface down',
    on('10:00:01.250'),
    'ERROR',
    '%PKT_INFRA-LINK-3-UPDOWN : Interface down',
    { component: 'ifmgr', pid: 123 },
  ]),
];

/** Network devices, balancers, security devices and application servers, mostly as a syslog server keeps their lines. */
import { on, type ServiceSample, service } from './sample.ts';

export const appliances: readonly ServiceSample[] = [
  service(
    'cisco ios behind a syslog server',
    [
      'Nov 19 10:00:01 10.0.0.1 123: Nov 19 2026 09:59:59.250 UTC: %LINK-3-UPDOWN: Interface Gi0/1, changed state to down',
      on('10:00:01'),
      'ERROR',
      '%LINK-3-UPDOWN: Interface Gi0/1, changed state to down',
      { host: '10.0.0.1', facility: 'LINK' },
    ],
    [
      'Nov 19 10:00:02 sw1 124: *Nov 19 10:00:02.250: %SYS-5-CONFIG_I: Configured from console',
      on('10:00:02'),
      'INFO',
      '%SYS-5-CONFIG_I: Configured from console',
    ],
    [
      'Nov 19 10:00:03 10.0.0.1 125: sw1: Nov 19 10:00:03: %SEC_LOGIN-4-LOGIN_FAILED: Login failed',
      on('10:00:03'),
      'WARN',
      '%SEC_LOGIN-4-LOGIN_FAILED: Login failed',
      { host: '10.0.0.1' },
    ],
    [
      '<187>126: Nov 19 10:00:04: %LINEPROTO-3-UPDOWN: Line protocol is down',
      on('10:00:04'),
      'ERROR',
      '%LINEPROTO-3-UPDOWN: Line protocol is down',
    ],
    [
      'Nov 19 10:00:05 fw : %ASA-3-106014: Deny inbound icmp',
      on('10:00:05'),
      'ERROR',
      '%ASA-3-106014: Deny inbound icmp',
      { host: 'fw', facility: 'ASA' },
    ],
    [
      '2026-11-19T10:00:06.250+00:00 sw1 127: Nov 19 10:00:06: %SYS-2-MALLOCFAIL: Memory allocation failed',
      on('10:00:06.250'),
      'FATAL',
      '%SYS-2-MALLOCFAIL: Memory allocation failed',
    ],
  ),
  service('cisco nx-os', [
    '2026 Nov 19 10:00:01.250 nx1 %$ VDC-1 %$ %PLATFORM-2-PFM_ALERT: no power',
    on('10:00:01.250'),
    'FATAL',
    '%$ VDC-1 %$ %PLATFORM-2-PFM_ALERT: no power',
    { host: 'nx1', facility: 'PLATFORM' },
  ]),
  service(
    'mikrotik behind a syslog server',
    [
      'Nov 19 10:00:01 router firewall,info forward: in:ether1 out:ether2, proto TCP',
      on('10:00:01'),
      'INFO',
      'forward: in:ether1 out:ether2, proto TCP',
      { host: 'router', component: 'firewall' },
    ],
    [
      'Nov 19 10:00:02 10.0.0.1 system,error,critical login failure for user root via ssh',
      on('10:00:02'),
      'FATAL',
      'login failure for user root via ssh',
      { host: '10.0.0.1', component: 'system' },
    ],
    [
      'nov/19 10:00:03 system,error login failure',
      on('10:00:03'),
      'ERROR',
      'login failure',
      { component: 'system' },
    ],
    ['Nov 19 10:00:04 router first,second it is', on('10:00:04'), null, 'first,second it is'],
  ),
  service('junos with priorities', [
    'Nov 19 10:00:01 fw1 sshd[12]: %AUTH-3: error: no such user',
    on('10:00:01'),
    'ERROR',
    '%AUTH-3: error: no such user',
    { component: 'sshd', facility: 'AUTH' },
  ]),
];

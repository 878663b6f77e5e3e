/** Operating systems, mail, name and access services, network and security gear. */
import { on, type ServiceSample, service } from './sample.ts';

export const systems: readonly ServiceSample[] = [
  service(
    'dovecot',
    [
      'Nov 19 10:00:01 mail dovecot: imap-login: Disconnected (auth failed, 1 attempts in 4 secs): user=<bob>, method=PLAIN',
      on('10:00:01'),
      null,
      'imap-login: Disconnected (auth failed, 1 attempts in 4 secs): user=<bob>, method=PLAIN',
      { component: 'dovecot' },
    ],
    [
      'Nov 19 10:00:02 mail dovecot[77]: auth-worker(1): pam(bob,10.0.0.1): unknown user',
      on('10:00:02'),
      null,
      'auth-worker(1): pam(bob,10.0.0.1): unknown user',
    ],
  ),
  service(
    'dovecot own log',
    [
      'Nov 19 10:00:01 imap-login: Info: Aborted login (auth failed, 2 attempts in 10 secs): user=<x>',
      on('10:00:01'),
      'INFO',
      'Aborted login (auth failed, 2 attempts in 10 secs): user=<x>',
      { component: 'imap-login' },
    ],
    [
      'Nov 19 10:00:02 imap(bob)<123><abc>: Error: Mailbox INBOX: open failed',
      on('10:00:02'),
      'ERROR',
      'Mailbox INBOX: open failed',
    ],
    [
      '2026-11-19 10:00:02 auth: Error: pam(bob): pam_authenticate() failed',
      on('10:00:02'),
      'ERROR',
    ],
  ),
  service('postfix', [
    'Nov 19 10:00:01 mail postfix/smtpd[1234]: NOQUEUE: reject: RCPT from unknown[10.0.0.1]: 554 5.7.1 Relay access denied',
    on('10:00:01'),
    null,
    'NOQUEUE: reject: RCPT from unknown[10.0.0.1]: 554 5.7.1 Relay access denied',
    { component: 'postfix/smtpd', pid: 1234 },
  ]),
  service(
    'exim',
    [
      '2026-11-19 10:00:01 1QXGiC-0004vW-0a <= root@example.org U=root P=local S=400',
      on('10:00:01'),
      null,
      '1QXGiC-0004vW-0a <= root@example.org U=root P=local S=400',
    ],
    [
      '2026-11-19 10:00:02 login authenticator failed for (x) [10.0.0.1]: 535 Incorrect authentication data (set_id=bob)',
      on('10:00:02'),
      null,
      'login authenticator failed for (x) [10.0.0.1]: 535 Incorrect authentication data (set_id=bob)',
    ],
  ),
  service(
    'fail2ban',
    [
      '2026-11-19 10:00:01,250 fail2ban.actions        [1234]: NOTICE  [sshd] Ban 10.0.0.1',
      on('10:00:01.250'),
      'INFO',
      '[sshd] Ban 10.0.0.1',
      { component: 'fail2ban.actions', pid: 1234 },
    ],
    [
      '2026-11-19 10:00:02,250 fail2ban.filter         [1234]: INFO    [sshd] Found 10.0.0.1 - 2026-11-19 10:00:02',
      on('10:00:02.250'),
      'INFO',
      '[sshd] Found 10.0.0.1 - 2026-11-19 10:00:02',
    ],
    [
      '2026-11-19 10:00:03,250 fail2ban.actions        [1234]: WARNING [nginx] 10.0.0.1 already banned',
      on('10:00:03.250'),
      'WARN',
      '[nginx] 10.0.0.1 already banned',
    ],
  ),
  service(
    'windows cbs',
    [
      '2026-11-19 10:00:01, Info                  CBS    Loaded Servicing Stack v6.1.7601.23505',
      on('10:00:01'),
      'INFO',
      'Loaded Servicing Stack v6.1.7601.23505',
    ],
    [
      '2026-11-19 10:00:02, Error                 CSI    0000000a@2026/11/19:10:00:02.000 (F) STATUS_OBJECT',
      on('10:00:02'),
      'ERROR',
    ],
    [
      '2026-11-19 10:00:03, Warning               CBS    Unrecognized packageExtended attribute.',
      on('10:00:03'),
      'WARN',
      'Unrecognized packageExtended attribute.',
    ],
  ),
  service(
    'macos',
    [
      'Nov 19 10:00:01 calvisitor-10-105-160-95 kernel[0]: AppleThunderboltNHIType2::prePCIWake - power up complete',
      on('10:00:01'),
      null,
      'AppleThunderboltNHIType2::prePCIWake - power up complete',
      { component: 'kernel' },
    ],
    [
      'Nov 19 10:00:02 mac com.apple.cts[43]: com.apple.EscrowSecurityAlert.daily: scheduler_evaluate_activity',
      on('10:00:02'),
      null,
      'com.apple.EscrowSecurityAlert.daily: scheduler_evaluate_activity',
      { component: 'com.apple.cts' },
    ],
    [
      'Nov 19 10:00:03 mac Microsoft Word[14463]: this is text',
      on('10:00:03'),
      null,
      'this is text',
      { component: 'Microsoft Word' },
    ],
  ),
  service(
    'macos unified',
    [
      '2026-11-19 10:00:01.123456+0000 0x1a2b     Default     0x0                  123    0    launchd: [com.apple.xpc.launchd] service exited',
      on('10:00:01.123456'),
      undefined,
    ],
    [
      '2026-11-19 10:00:02.123456+0000 0x1a2b     Error       0x0                  123    0    kernel: (Sandbox) deny',
      on('10:00:02.123456'),
      undefined,
    ],
  ),
  service(
    'macos install.log',
    [
      '2026-11-19 10:00:01+00 mac softwareupdated[500]: Removing client SUUpdateServiceClient pid=1',
      on('10:00:01'),
      null,
      'Removing client SUUpdateServiceClient pid=1',
    ],
    [
      '2026-11-19 10:00:02+00 mac installd[501]: PackageKit: Begin',
      on('10:00:02'),
      null,
      'PackageKit: Begin',
    ],
  ),
  service(
    'android',
    [
      '11-19 10:00:01.250  1702  2395 D WindowManager: printFreezingDisplayLogsopening app',
      on('10:00:01.250'),
      'DEBUG',
      'printFreezingDisplayLogsopening app',
      { component: 'WindowManager', pid: 1702 },
    ],
    [
      '11-19 10:00:02.250  1702  2395 E PhoneInterfaceManager: queryModemActivityInfo: Empty response',
      on('10:00:02.250'),
      'ERROR',
      'queryModemActivityInfo: Empty response',
    ],
  ),
  service(
    'jvm gc',
    [
      '[2026-11-19T10:00:01.250+0000][info][gc,start    ] GC(0) Pause Young (Normal)',
      on('10:00:01.250'),
      'INFO',
      'GC(0) Pause Young (Normal)',
    ],
    [
      '[2026-11-19T10:00:02.250+0000][warning][gc,alloc] it is slow',
      on('10:00:02.250'),
      'WARN',
      'it is slow',
    ],
  ),
  service('jvm gc old', [
    '2026-11-19T10:00:01.250+0000: 1.234: [GC (Allocation Failure) [PSYoungGen: 65536K->5000K(76288K)] 65536K->5008K(251392K), 0.0050 secs]',
    on('10:00:01.250'),
    null,
  ]),
  service('tai64n', [
    '@400000006a0d86d00edcba14 tcpserver: status: 1/20',
    undefined,
    null,
    'tcpserver: status: 1/20',
  ]),
  service('qmail', [
    'Nov 19 10:00:01 mail vpopmail[782]: vchkpw-smtp: password fail (bob) bob@example.org:10.0.0.1',
    on('10:00:01'),
    null,
    'vchkpw-smtp: password fail (bob) bob@example.org:10.0.0.1',
  ]),
  service('auditd', [
    'type=USER_LOGIN msg=audit(1795082401.250:4063): pid=11998 uid=0 auid=1000 msg=\'op=login acct="bob" res=failed\'',
    on('10:00:01.250'),
    null,
    undefined,
    { type: 'USER_LOGIN', pid: 11998 },
  ]),
  service(
    'kernel',
    [
      '[    0.000000] Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)',
      undefined,
      null,
      'Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)',
    ],
    [
      '[   12.345678] usb 1-1: new high-speed USB device number 2 using xhci_hcd',
      undefined,
      null,
      'usb 1-1: new high-speed USB device number 2 using xhci_hcd',
    ],
  ),
  service(
    'dmesg -T',
    ['[Thu Nov 19 10:00:01 2026] usb 1-1: new device', on('10:00:01'), null, 'usb 1-1: new device'],
    [
      '[Thu Nov 19 10:00:02 2026] EXT4-fs error (device sda1): x',
      on('10:00:02'),
      null,
      'EXT4-fs error (device sda1): x',
    ],
  ),
  service(
    'cisco asa',
    [
      'Nov 19 10:00:01 fw %ASA-4-106023: Deny tcp src outside:10.0.0.1/5 dst inside:10.0.0.2/22 by access-group "x"',
      on('10:00:01'),
      'WARN',
      undefined,
    ],
    [
      'Nov 19 2026 10:00:02 fw : %ASA-6-302013: Built inbound TCP connection 5',
      on('10:00:02'),
      'INFO',
      undefined,
    ],
  ),
  service(
    'cisco ios',
    [
      '*Nov 19 10:00:01.250: %SYS-5-CONFIG_I: Configured from console by vty0 (10.0.0.1)',
      on('10:00:01.250'),
      'INFO',
      undefined,
    ],
    [
      'Nov 19 10:00:02.250: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down',
      on('10:00:02.250'),
      'ERROR',
      undefined,
    ],
  ),
  service('cef', [
    'Nov 19 10:00:01 host CEF:0|Security|threatmanager|1.0|100|worm stopped|10|src=10.0.0.1 dst=2.1.2.2 spt=1232',
    on('10:00:01'),
    undefined,
    undefined,
    { src: '10.0.0.1' },
  ]),
  service('fortigate', [
    'date=2026-11-19 time=10:00:01 devname="fw" devid="FG1" logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=10.0.0.1',
    on('10:00:01'),
    'INFO',
  ]),
  service(
    'openvpn',
    [
      '2026-11-19 10:00:01 OpenVPN 2.6.3 x86_64-pc-linux-gnu [SSL (OpenSSL)]',
      on('10:00:01'),
      null,
      'OpenVPN 2.6.3 x86_64-pc-linux-gnu [SSL (OpenSSL)]',
    ],
    [
      '2026-11-19 10:00:02 10.0.0.1:1194 TLS Error: TLS handshake failed',
      on('10:00:02'),
      null,
      '10.0.0.1:1194 TLS Error: TLS handshake failed',
    ],
  ),
  service(
    'openvpn old',
    [
      'Thu Nov 19 10:00:01 2026 Initialization Sequence Completed',
      on('10:00:01'),
      null,
      'Initialization Sequence Completed',
    ],
    [
      'Thu Nov 19 10:00:02 2026 10.0.0.1:5 WARNING: Bad encapsulated packet length',
      on('10:00:02'),
      undefined,
    ],
  ),
  service(
    'samba',
    [
      '[2026/11/19 10:00:01.123456,  0] ../source3/smbd/server.c:1734(main)\n  smbd version 4.9.5 started.',
      on('10:00:01.123456'),
      null,
    ],
    [
      '[2026/11/19 10:00:02,  2] auth/auth.c:check_ntlm_password(319)\n  check_ntlm_password:  Authentication for user [bob] FAILED',
      on('10:00:02'),
      null,
    ],
  ),
  service(
    'cups',
    [
      'E [19/Nov/2026:10:00:01 +0000] [cups-deviced] PID 1234 (gutenprint53+usb) stopped with status 1!',
      on('10:00:01'),
      'ERROR',
      '[cups-deviced] PID 1234 (gutenprint53+usb) stopped with status 1!',
    ],
    [
      'I [19/Nov/2026:10:00:02 +0000] Listening to /run/cups/cups.sock:631',
      on('10:00:02'),
      'INFO',
      'Listening to /run/cups/cups.sock:631',
    ],
    [
      'W [19/Nov/2026:10:00:03 +0000] CreateProfile failed',
      on('10:00:03'),
      'WARN',
      'CreateProfile failed',
    ],
  ),
  service(
    'dpkg',
    [
      '2026-11-19 10:00:01 install libfoo:amd64 <none> 1.2-3',
      on('10:00:01'),
      null,
      'install libfoo:amd64 <none> 1.2-3',
    ],
    [
      '2026-11-19 10:00:02 status installed libfoo:amd64 1.2-3',
      on('10:00:02'),
      null,
      'status installed libfoo:amd64 1.2-3',
    ],
  ),
  service(
    'unattended-upgrades',
    [
      '2026-11-19 10:00:01,250 INFO Starting unattended upgrades script',
      on('10:00:01.250'),
      'INFO',
      'Starting unattended upgrades script',
    ],
    [
      '2026-11-19 10:00:02,250 WARNING Could not figure out development release',
      on('10:00:02.250'),
      'WARN',
      'Could not figure out development release',
    ],
  ),
  service(
    'asterisk',
    [
      "[2026-11-19 10:00:01] NOTICE[1638] chan_sip.c: Registration from '\"x\" <sip:x@10.0.0.1>' failed for '10.0.0.2' - Wrong password",
      on('10:00:01'),
      'INFO',
    ],
    ['[Nov 19 10:00:02] WARNING[5][C-01] pbx.c: Channel left', on('10:00:02'), 'WARN'],
    [
      '[2026-11-19 10:00:03] ERROR[5]: netsock2.c:269 ast_sockaddr_resolve: getaddrinfo failed',
      on('10:00:03'),
      'ERROR',
    ],
  ),
  service(
    'freeswitch',
    [
      "2026-11-19 10:00:01.123456 [WARNING] sofia_reg.c:1478 SIP auth challenge (REGISTER) on sofia profile 'internal' for [5@10.0.0.1]",
      on('10:00:01.123456'),
      'WARN',
    ],
    ['2026-11-19 10:00:02.123456 99.93% [INFO] switch_core.c:10 up', on('10:00:02.123456'), 'INFO'],
  ),
  service('sshd on bsd', [
    'Nov 19 10:00:01 bsd sshd[73564]: error: PAM: authentication error for bob from 10.0.0.1',
    on('10:00:01'),
    null,
    'error: PAM: authentication error for bob from 10.0.0.1',
  ]),
  service(
    'named',
    [
      "19-Nov-2026 10:00:01.250 security: info: client 10.0.0.1#5: query (cache) 'x/A/IN' denied",
      on('10:00:01.250'),
      undefined,
    ],
    [
      '19-Nov-2026 10:00:02.250 general: error: zone x/IN: loading failed',
      on('10:00:02.250'),
      undefined,
    ],
  ),
  service(
    'nsd / unbound',
    [
      '[1795082401] nsd[7]: info: ratelimit block example.org. type any target 10.0.0.0/24',
      on('10:00:01'),
      undefined,
    ],
    ['[1795082402] unbound[7:0] notice: init module 0: validator', on('10:00:02'), undefined],
    ['[1795082403] unbound[7:0] error: could not open ports', on('10:00:03'), undefined],
  ),
  service(
    'slapd',
    ['6a0d86d0 conn=1015 fd=18 ACCEPT from IP=10.0.0.1:5 (IP=0.0.0.0:389)', undefined, null],
    [
      'Nov 19 10:00:01 ldap slapd[1]: conn=1 op=0 RESULT tag=97 err=49 text=',
      on('10:00:01'),
      null,
      'conn=1 op=0 RESULT tag=97 err=49 text=',
    ],
  ),
  service('webmin', [
    'Nov 19 10:00:01 srv webmin[7]: Non-existent login as bob from 10.0.0.1',
    on('10:00:01'),
    null,
    'Non-existent login as bob from 10.0.0.1',
  ]),
  service(
    'guacamole',
    [
      'apr 16, 2026 8:32:13 AM org.slf4j.impl.JCLLoggerAdapter warn\nWARNING: Authentication attempt from 10.0.0.1 for user "bob" failed.',
      '2026-04-16T08:32:13.000Z',
      'WARN',
      'Authentication attempt from 10.0.0.1 for user "bob" failed.',
    ],
    [
      'Apr 16, 2026 8:32:28 AM org.slf4j.impl.JCLLoggerAdapter info\nINFO: User "bob" logged in',
      '2026-04-16T08:32:28.000Z',
      'INFO',
      'User "bob" logged in',
    ],
  ),
  service(
    'courier / cyrus',
    [
      'Nov 19 10:00:01 mail imapd: LOGIN FAILED, user=bob, ip=[::ffff:10.0.0.1]',
      on('10:00:01'),
      null,
      'LOGIN FAILED, user=bob, ip=[::ffff:10.0.0.1]',
    ],
    [
      'Nov 19 10:00:02 mail imap(pam_unix)[4902]: authentication failure; logname= uid=0',
      on('10:00:02'),
      null,
      'authentication failure; logname= uid=0',
    ],
  ),
  service(
    'ejabberd',
    [
      '=INFO REPORT==== 19-Nov-2026::10:00:01 ===\nI(<0.370.0>:ejabberd_listener:281) : Accepted connection',
      on('10:00:01'),
      'INFO',
    ],
    [
      '2026-11-19 10:00:02.250 [info] <0.22741.0>@ejabberd_c2s:wait_for_feature_request:662 ({socket_state}) Failed authentication for bob',
      on('10:00:02.250'),
      'INFO',
    ],
  ),
  service(
    'murmur',
    [
      '<W>2026-11-19 10:00:01.250 1 => <2:bob(-1)> Rejected connection from 10.0.0.1:5: Invalid server password',
      on('10:00:01.250'),
      undefined,
    ],
    ['<X>2026-11-19 10:00:02.250 SSL: OpenSSL version is x', on('10:00:02.250'), undefined],
  ),
  service(
    'nagios',
    [
      '[1795082401] SERVICE ALERT: web;HTTP;CRITICAL;SOFT;1;connect to address failed',
      on('10:00:01'),
      null,
      'SERVICE ALERT: web;HTTP;CRITICAL;SOFT;1;connect to address failed',
    ],
    ['[1795082402] wproc: Registry request: name=Core Worker', on('10:00:02'), null],
  ),
  service(
    'icinga2',
    [
      '[2026-11-19 10:00:01 +0000] information/ConfigItem: Committing config item(s).',
      on('10:00:01'),
      'INFO',
      undefined,
    ],
    [
      '[2026-11-19 10:00:02 +0000] warning/Application: Found PID file',
      on('10:00:02'),
      'WARN',
      undefined,
    ],
    ['[2026-11-19 10:00:03 +0000] critical/checker: x', on('10:00:03'), 'FATAL', undefined],
  ),
  service(
    'zoneminder',
    [
      '[Thu Nov 19 10:00:01.123456 2026] [php7:notice] [pid 1] [client 10.0.0.1:5] ERR [Login denied for user "bob"]',
      on('10:00:01.123456'),
      'INFO',
    ],
    [
      '11/19/26 10:00:02.123456 zmc_m1[1234].WAR-zm_camera/42 [slow]',
      on('10:00:02.123456'),
      undefined,
    ],
  ),
  service(
    'xrdp',
    [
      '[20261119-10:00:01] [INFO ] Socket 12: AF_INET connection received from 10.0.0.1 port 5',
      on('10:00:01'),
      'INFO',
      'Socket 12: AF_INET connection received from 10.0.0.1 port 5',
    ],
    [
      '[20261119-10:00:02] [ERROR] AUTHFAIL: user=bob ip=10.0.0.1 time=1',
      on('10:00:02'),
      'ERROR',
      'AUTHFAIL: user=bob ip=10.0.0.1 time=1',
    ],
  ),
  service('softether', [
    '2026-11-19 10:00:01.250 [HUB "DEFAULT"] The TCP connection with the client was established.',
    on('10:00:01.250'),
    null,
  ]),
  service('proftpd', [
    '2026-11-19 10:00:01,250 srv proftpd[7] srv (10.0.0.1[10.0.0.1]): USER bob: no such user found',
    on('10:00:01.250'),
    null,
  ]),
  service('vsftpd', [
    'Thu Nov 19 10:00:01 2026 [pid 2] [bob] FAIL LOGIN: Client "10.0.0.1"',
    on('10:00:01'),
    null,
  ]),
  service('counter-strike', [
    'L 11/19/2026 - 10:00:01: Bad Rcon: "rcon 5 "x" status" from "10.0.0.1:5"',
    on('10:00:01'),
    null,
  ]),
  service(
    'openhab',
    [
      '10.0.0.1 -  bob [19/Nov/2026:10:00:01 +0000] "GET /x HTTP/1.1" 401 1382',
      on('10:00:01'),
      null,
      'GET /x HTTP/1.1',
    ],
    [
      '2026-11-19 10:00:02.250 [WARN ] [hab.core.auth] - Authentication failed',
      on('10:00:02.250'),
      'WARN',
      'Authentication failed',
    ],
  ),
  service(
    'directadmin / assp',
    [
      "2026:11:19-10:00:01: '10.0.0.1' 2 failed login attempts. Account 'test'",
      on('10:00:01'),
      null,
    ],
    [
      'Nov-19-26 10:00:02 10.0.0.1 <x@example.org> to: y@example.org [SMTP Error] 535',
      on('10:00:02'),
      null,
    ],
  ),
  service(
    'domino',
    [
      '[011A:0006-1234] 11/19/2026 10:00:01   smtp: bob [10.0.0.1] authentication failure using internet password',
      on('10:00:01'),
      null,
    ],
    ['[011A:0006-1235] 11/19/2026 02:00:02 PM  smtp: x [10.0.0.1] no', on('14:00:02'), null],
  ),
  service('screensharingd / mac secure', [
    'Nov 19 10:00:01 mac.local screensharingd[1]: Authentication: FAILED :: User Name: bob :: Viewer Address: 10.0.0.1',
    on('10:00:01'),
    null,
  ]),
  service('wuftpd / xinetd', [
    'Nov 19 10:00:01 srv xinetd[1]: FAIL: telnet address from=10.0.0.1',
    on('10:00:01'),
    null,
    'FAIL: telnet address from=10.0.0.1',
  ]),
  service(
    'suhosin / php',
    [
      '[19-Nov-2026 10:00:01 UTC] PHP Warning:  Undefined variable $x in /var/www/x.php on line 5',
      on('10:00:01'),
      'WARN',
    ],
    [
      '[19-Nov-2026 10:00:02 Europe/Berlin] PHP Fatal error:  Uncaught Error: no in /x.php:3\nStack trace:\n#0 {main}\n  thrown in /x.php on line 3',
      '2026-11-19T09:00:02.000Z',
      'FATAL',
    ],
    ['[19-Nov-2026 10:00:03 UTC] PHP Notice:  x', on('10:00:03'), 'INFO'],
  ),
  service(
    'php-fpm',
    [
      '[19-Nov-2026 10:00:01] NOTICE: fpm is running, pid 1',
      on('10:00:01'),
      'INFO',
      'fpm is running, pid 1',
    ],
    [
      '[19-Nov-2026 10:00:02] WARNING: [pool www] server reached pm.max_children setting (5)',
      on('10:00:02'),
      'WARN',
    ],
    [
      '10.0.0.1 -  19/Nov/2026:11:00:03 +0100 "GET /index.php" 500',
      on('10:00:03'),
      null,
      'GET /index.php',
      { client: '10.0.0.1', method: 'GET', path: '/index.php', status: 500 },
    ],
    [
      '10.0.0.1 - ann 19/Nov/2026:11:00:04 +0100 "GET /ping" 200',
      on('10:00:04'),
      null,
      'GET /ping',
      { user: 'ann', status: 200 },
    ],
  ),
  service(
    'clamav',
    [
      'Thu Nov 19 10:00:01 2026 -> clamd daemon 0.103.8 (OS: linux-gnu)',
      on('10:00:01'),
      null,
      'clamd daemon 0.103.8 (OS: linux-gnu)',
    ],
    ["Thu Nov 19 10:00:02 2026 -> ERROR: Can't open file", on('10:00:02'), undefined],
  ),
  service('suricata fast', [
    '11/19/2026-10:00:01.123456  [**] [1:2024364:3] ET SCAN Possible Nmap [**] [Classification: Web Application Attack] [Priority: 1] {TCP} 10.0.0.1:5 -> 10.0.0.2:80',
    on('10:00:01.123456'),
    null,
  ]),
  service(
    'suricata own',
    [
      '19/11/2026 -- 10:00:01 - <Notice> - This is Suricata version 6.0.10 RELEASE',
      on('10:00:01'),
      'INFO',
      'This is Suricata version 6.0.10 RELEASE',
    ],
    ['19/11/2026 -- 10:00:02 - <Error> - [ERRCODE: SC_ERR_X(1)] - no', on('10:00:02'), 'ERROR'],
  ),
  service(
    'zeek tsv',
    ['#separator \\x09', undefined, undefined],
    ['#fields\tts\tuid\tid.orig_h\tid.orig_p', undefined, undefined],
    ['#types\ttime\tstring\taddr\tport', undefined, undefined],
    [
      '1795082401.250000\tCHhAvVGS1DHFjwGM9\t10.0.0.1\t5000',
      on('10:00:01.250'),
      null,
      undefined,
      { uid: 'CHhAvVGS1DHFjwGM9' },
    ],
  ),
  service('ufw', [
    'Nov 19 10:00:01 srv kernel: [ 12.345678] [UFW BLOCK] IN=eth0 OUT= MAC=x SRC=10.0.0.1 DST=10.0.0.2',
    on('10:00:01'),
    null,
  ]),
  service('crowdsec', [
    'time="2026-11-19T10:00:01Z" level=info msg="Ip 10.0.0.1 performed \'crowdsecurity/ssh-bf\' (6 events over 2s)"',
    on('10:00:01'),
    'INFO',
  ]),
  service('proxifier', [
    '[11.19 10:00:01] chrome.exe - proxy.example.org:5070 open through proxy proxy.example.org:5070 HTTPS',
    on('10:00:01'),
    null,
  ]),
  service(
    'thunderbird / bgl',
    [
      '- 1795082401 2026.11.19 dn228 Nov 19 10:00:01 dn228/dn228 crond(pam_unix)[2915]: session closed for user root',
      on('10:00:01'),
      undefined,
    ],
    [
      '- 1795082402 2026.11.19 tbird-admin1 Nov 19 10:00:02 local@tbird-admin1 postfix/postdrop[10896]: warning: unable to look up public/pickup',
      on('10:00:02'),
      undefined,
    ],
  ),
  service('hpc', [
    '134681 node-246 unix.hw state_change.unavailable 1795082401 1 Component State Change: Component is in the unavailable state (HWID=1)',
    on('10:00:01'),
    null,
  ]),
  service(
    'hdfs',
    [
      '261119 100001 148 INFO dfs.DataNode$PacketResponder: PacketResponder 0 for block blk_38865049064139660 terminating',
      on('10:00:01'),
      'INFO',
      'PacketResponder 0 for block blk_38865049064139660 terminating',
      { component: 'dfs.DataNode$PacketResponder' },
    ],
    ['261119 100002 35 WARN dfs.FSNamesystem: no', on('10:00:02'), 'WARN', 'no'],
  ),
  service(
    'proxmox',
    [
      'Nov 19 10:00:01 pve pvedaemon[1234]: <root@pam> starting task UPID:pve:0001:x:vzdump::root@pam:',
      on('10:00:01'),
      null,
      '<root@pam> starting task UPID:pve:0001:x:vzdump::root@pam:',
    ],
    ['Nov 19 10:00:02 pve pvestatd[12]: status update time (5.1 seconds)', on('10:00:02'), null],
  ),
  service('windows event text', [
    '<14>Nov 19 10:00:01 dc Microsoft-Windows-Security-Auditing[4]: EventID: 4625 An account failed to log on.',
    on('10:00:01'),
    'INFO',
  ]),
  service('snort alert', [
    '11/19-10:00:01.123456  [**] [1:1000:1] ICMP test [**] [Priority: 0] {ICMP} 10.0.0.1 -> 10.0.0.2',
    on('10:00:01.123456'),
    null,
  ]),
  service(
    'journald short-iso',
    [
      '2026-11-19T10:00:01+0000 web systemd[1]: Started nginx.service - A high performance web server.',
      on('10:00:01'),
      null,
      'Started nginx.service - A high performance web server.',
      { host: 'web' },
    ],
    [
      '2026-11-19T10:00:02.123456+00:00 web sudo[9]: bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/ls',
      on('10:00:02.123456'),
      null,
    ],
  ),
  service(
    'vpxd / esxi',
    [
      '2026-11-19T10:00:01.250Z info hostd[2099] [Originator@6876 sub=Vimsvc.ha-eventmgr] Event 1 : User logged in',
      on('10:00:01.250'),
      'INFO',
      'Event 1 : User logged in',
    ],
    [
      '2026-11-19T10:00:02.250Z warning hostd[2099] [Originator@6876 sub=Libs] no',
      on('10:00:02.250'),
      'WARN',
      'no',
    ],
  ),
  service(
    'sssd',
    [
      '(2026-11-19 10:00:01): [sssd] [monitor_quit_signal] (0x2000): Received shutdown command',
      on('10:00:01'),
      null,
    ],
    ['(Thu Nov 19 10:00:02 2026) [sssd[be[x]]] [sdap_op] (0x0020): no', on('10:00:02'), null],
  ),
  service(
    'dnf',
    ['2026-11-19T10:00:01+0000 INFO it began', on('10:00:01'), 'INFO'],
    ['2026-11-19T10:00:02+0000 DDEBUG sack took 12 ms', on('10:00:02'), 'TRACE', 'sack took 12 ms'],
    ['2026-11-19T10:00:03+0000 SUBDEBUG Upgraded x', on('10:00:03'), 'TRACE', 'Upgraded x'],
  ),
  service(
    'foreman',
    [
      '2026-11-19T10:00:01 [I|app|0a1b2c3d] Started GET "/" for 10.1.1.7',
      on('10:00:01'),
      'INFO',
      'Started GET "/" for 10.1.1.7',
      { component: 'app', request_id: '0a1b2c3d' },
    ],
    ['2026-11-19T10:00:02 [E|bac|] it failed', on('10:00:02'), 'ERROR', 'it failed'],
  ),
  service(
    'xorg',
    ['[    12.345] (II) LoadModule: "glx"', null, 'INFO', '(II) LoadModule: "glx"'],
    ['[    12.350] (WW) no device', null, 'WARN', '(WW) no device', { uptime: 12.35 }],
    ['[    12.355] (EE) it failed', null, 'ERROR', '(EE) it failed'],
  ),
];

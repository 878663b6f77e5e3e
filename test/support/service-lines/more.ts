/** Services of many kinds: what their lines have that others lack. */
import { on, type ServiceSample, service } from './sample.ts';

export const moreServices: readonly ServiceSample[] = [
  service(
    'postgresql (csvlog)',
    [
      '2026-11-19 10:00:01.250 UTC,"postgres","shop",12345,"10.0.0.5:51234",63a1b2c3.3039,1,"SELECT",2026-11-19 09:58:00 UTC,3/42,0,ERROR,42P01,"relation ""x"" does not exist",,,,,,"SELECT * FROM x",15,,"psql","client backend",,0',
      on('10:00:01.250'),
      'ERROR',
      'relation "x" does not exist',
      { user: 'postgres', database: 'shop', pid: 12345 },
    ],
    [
      '2026-11-19 10:00:02.250 UTC,,,123,,63a1b2c3.3039,2,,2026-11-19 09:58:00 UTC,,0,LOG,00000,"database system is ready to accept connections",,,,,,,,,"","postmaster",,0',
      on('10:00:02.250'),
      'INFO',
      'database system is ready to accept connections',
    ],
    [
      '2026-11-19 10:00:03.250 UTC,"postgres","shop",12345,"[local]",63a1b2c3.3039,3,"idle",2026-11-19 09:58:00 UTC,3/42,0,LOG,00000,"statement: SELECT 1,\n2026-11-19 as day\nfrom ""x""",,,,,,,,,"psql"',
      on('10:00:03.250'),
      'INFO',
      'statement: SELECT 1,\n2026-11-19 as day\nfrom "x"',
    ],
    [
      '2026-11-19 10:00:04.250 UTC,"postgres","shop",12345,"[local]",63a1b2c3.3039,4,"idle",2026-11-19 09:58:00 UTC,3/42,0,WARNING,25P01,"there is no transaction in progress",,,,,,,,,"psql"',
      on('10:00:04.250'),
      'WARN',
      'there is no transaction in progress',
    ],
  ),
  service('postgresql (jsonlog)', [
    '{"timestamp":"2026-11-19 10:00:01.250 UTC","user":"postgres","dbname":"shop","pid":12345,"error_severity":"ERROR","state_code":"42P01","message":"no such relation"}',
    on('10:00:01.250'),
    'ERROR',
    'no such relation',
  ]),
  service(
    'db2diag',
    [
      '2026-11-19-10.00.01.250000+060 I1234E456             LEVEL: Warning\nPID     : 12345                TID : 140737           PROC : db2sysc 0\nMESSAGE : it is slow\n',
      on('09:00:01.250'),
      'WARN',
    ],
    [
      '2026-11-19-10.00.02.250000-300 E1691E321             LEVEL: Error\nPID     : 12345                TID : 140737           PROC : db2sysc 0\nMESSAGE : it failed',
      on('15:00:02.250'),
      'ERROR',
    ],
  ),
  service(
    'sql server',
    [
      '2026-11-19 10:00:01.25 Server      Microsoft SQL Server 2022 (RTM) - 16.0.1000.6 (X64) \n\tOct  8 2022 05:58:25 ',
      on('10:00:01.250'),
      null,
    ],
    [
      "2026-11-19 10:00:02.25 spid6s      Starting up database 'master'.",
      on('10:00:02.250'),
      null,
      "Starting up database 'master'.",
      { component: 'spid6s' },
    ],
    [
      '2026-11-19 10:00:03.25 Logon       Error: 18456, Severity: 14, State: 8.',
      on('10:00:03.250'),
      null,
      'Error: 18456, Severity: 14, State: 8.',
    ],
    [
      "2026-11-19 10:00:03.25 Logon       Login failed for user 'sa'. [CLIENT: 10.0.0.1]",
      on('10:00:03.250'),
      null,
      "Login failed for user 'sa'. [CLIENT: 10.0.0.1]",
    ],
  ),
  service(
    'sidekiq (before 6)',
    [
      '2026-11-19T10:00:01Z 12345 TID-owx4f MyWorker JID-0123456789abcdef01234567 INFO: start',
      on('10:00:01'),
      'INFO',
      'start',
      { pid: 12345 },
    ],
    [
      '2026-11-19T10:00:02.250Z 12345 TID-owx4f INFO: Booting Sidekiq 4.2.10 with redis options {}',
      on('10:00:02.250'),
      'INFO',
      'Booting Sidekiq 4.2.10 with redis options {}',
    ],
  ),
  service(
    'consul (before 1.7)',
    ['==> Starting Consul agent...', undefined, null],
    [
      '    2026/11/19 10:00:01 [INFO] raft: Node at 10.0.0.1:8300 [Follower] entering Follower state',
      on('10:00:01'),
      'INFO',
      'Node at 10.0.0.1:8300 [Follower] entering Follower state',
      { component: 'raft' },
    ],
    [
      '    2026/11/19 10:00:02 [WARN] raft: Heartbeat timeout reached, starting election',
      on('10:00:02'),
      'WARN',
      'Heartbeat timeout reached, starting election',
    ],
    [
      '    2026/11/19 10:00:03 [ERR] agent: failed to sync remote state: No cluster leader\n      deeper, so it belongs to it',
      on('10:00:03'),
      'ERROR',
    ],
    ['    2026/11/19 10:00:04 [INFO] serf: EventMemberJoin: web1 10.0.0.1', on('10:00:04'), 'INFO'],
  ),
  service(
    'coredns',
    [
      '2026-11-19T10:00:01.250Z [INFO] 10.0.0.1:1234 - 5 "A IN x. udp 63 false 512" NOERROR qr 156 0.0002s',
      on('10:00:01.250'),
      'INFO',
      '10.0.0.1:1234 - 5 "A IN x. udp 63 false 512" NOERROR qr 156 0.0002s',
    ],
    [
      '2026-11-19T10:00:02.250Z [ERROR] plugin/errors: 2 x. A: unreachable backend',
      on('10:00:02.250'),
      'ERROR',
      '2 x. A: unreachable backend',
    ],
  ),
  service(
    'kibana 7',
    [
      '{"type":"log","@timestamp":"2026-11-19T10:00:01Z","tags":["warning","config"],"pid":1,"message":"x is deprecated"}',
      on('10:00:01'),
      'WARN',
      'x is deprecated',
    ],
    [
      '{"type":"log","@timestamp":"2026-11-19T10:00:02Z","tags":["status","plugin:security", "error"],"pid":1,"message":"it is red"}',
      on('10:00:02'),
      'ERROR',
    ],
    [
      '{"type":"response","@timestamp":"2026-11-19T10:00:03Z","tags":["api"],"pid":1,"statusCode":200,"message":"GET / 200"}',
      on('10:00:03'),
      null,
    ],
  ),
  service('hashicorp (json)', [
    '{"@level":"warn","@message":"leader lost","@module":"consul.raft","@timestamp":"2026-11-19T10:00:01.250000Z"}',
    on('10:00:01.250'),
    'WARN',
    'leader lost',
    { component: 'consul.raft' },
  ]),
  service('rust tracing (json)', [
    '{"timestamp":"2026-11-19T10:00:01.250Z","level":"WARN","fields":{"message":"slow","took":3},"target":"app::x"}',
    on('10:00:01.250'),
    'WARN',
    'slow',
    { component: 'app::x' },
  ]),
  service('nextcloud', [
    '{"reqId":"XyZ","level":2,"time":"2026-11-19T10:00:01+00:00","remoteAddr":"10.0.0.1","app":"core","message":"Login failed"}',
    on('10:00:01'),
    'WARN',
    'Login failed',
  ]),
  service(
    'santa',
    [
      '[2026-11-19T10:00:01.250Z] I santad: action=EXEC|decision=ALLOW|path=/usr/bin/basename',
      on('10:00:01.250'),
      'INFO',
      'action=EXEC|decision=ALLOW|path=/usr/bin/basename',
      { component: 'santad' },
    ],
    [
      '[2026-11-19T10:00:02.250Z] W santad: action=EXEC|decision=DENY|path=/tmp/x',
      on('10:00:02.250'),
      'WARN',
    ],
  ),
  service(
    'sogo',
    [
      'Nov 19 10:00:01 sogod [26818]: <0x0xb8537990[LDAPSource]> it failed',
      on('10:00:01'),
      null,
      '<0x0xb8537990[LDAPSource]> it failed',
      { component: 'sogod', pid: 26818 },
    ],
    [
      "Nov 19 10:00:02 mail sogod [5668]: Login from '10.0.0.1' might not have worked",
      on('10:00:02'),
      null,
      "Login from '10.0.0.1' might not have worked",
      { host: 'mail', component: 'sogod' },
    ],
    [
      'Nov 19 10:00:03 --- last message repeated 2 times ---',
      on('10:00:03'),
      null,
      '--- last message repeated 2 times ---',
    ],
  ),
  service('a program behind an ISO stamp', [
    '2026-11-19 10:00:01 sshd[123]: hello there',
    on('10:00:01'),
    null,
    'hello there',
    { component: 'sshd', pid: 123 },
  ]),
  service('heroku', [
    '2026-11-19T10:00:01.250+00:00 app[web.1]: State changed from starting to up',
    on('10:00:01.250'),
    null,
    'State changed from starting to up',
    { component: 'app' },
  ]),
  service(
    'esxi',
    [
      '2026-11-19T10:00:01.250Z info hostd[2100547] [Originator@6876 sub=Vimsvc] Event 1 : x',
      on('10:00:01.250'),
      'INFO',
      'Event 1 : x',
    ],
    [
      '2026-11-19T10:00:02.250Z cpu3:2097)ScsiDeviceIO: 3000: Cmd(0x) failed',
      on('10:00:02.250'),
      null,
    ],
  ),
  service(
    'weblogic',
    [
      '####<Nov 19, 2026 10:00:01 AM UTC> <Notice> <WebLogicServer> <web1> <AdminServer> <main> <<WLS Kernel>> <> <> <1795082401250> <BEA-000360> <Server started in RUNNING mode>',
      on('10:00:01'),
      'INFO',
      'Server started in RUNNING mode',
      { component: 'WebLogicServer', host: 'web1', thread: 'main' },
    ],
    [
      '####<Nov 19, 2026 10:00:02 AM UTC> <Error> <HTTP> <web1> <AdminServer> <t> <<anonymous>> <> <> <1795082402250> <BEA-101017> <it failed\njava.lang.Error: no\n\tat a.B.c(B.java:1)',
      on('10:00:02'),
      'ERROR',
      'it failed\njava.lang.Error: no\n\tat a.B.c(B.java:1)',
    ],
  ),
  service(
    'websphere',
    [
      '[11/19/26 10:00:01:250 UTC] 00000001 WsServerImpl  A   WSVR0001I: Server server1 open for e-business',
      on('10:00:01.250'),
      'INFO',
      'WSVR0001I: Server server1 open for e-business',
    ],
    [
      '[11/19/26 10:00:02:250 UTC] 0000001f SystemErr     R   java.lang.Error: no',
      on('10:00:02.250'),
      'ERROR',
      'java.lang.Error: no',
    ],
    [
      '[11/19/26 10:00:03:250 UTC] 0000001f webapp        W   CWSRV0295E: slow',
      on('10:00:03.250'),
      'WARN',
    ],
  ),
  service('odoo without a database', [
    '2026-11-19 10:00:02,250 1 INFO ? odoo: Odoo version 16.0\n',
    on('10:00:02.250'),
    'INFO',
  ]),
  service(
    'etcd (before 3.4)',
    [
      '2026-11-19 10:00:01.250123 I | etcdserver: name = default',
      '2026-11-19T10:00:01.250123Z',
      'INFO',
    ],
    [
      '2026-11-19 10:00:02.250123 W | etcdserver: apply took too long',
      '2026-11-19T10:00:02.250123Z',
      'WARN',
      'etcdserver: apply took too long',
    ],
  ),
  service('zabbix', [
    ' 12345:20261119:100001.250 Starting Zabbix Server. Zabbix 6.0',
    on('10:00:01.250'),
    null,
    'Starting Zabbix Server. Zabbix 6.0',
    { pid: 12345 },
  ]),
  service(
    'activemq',
    [
      '2026-11-19 10:00:01,250 | INFO  | Refreshing a.b.Factory$1@2c: startup date [Thu Nov 19] | org.apache.activemq.xbean.Factory$1 | main',
      on('10:00:01.250'),
      'INFO',
      'Refreshing a.b.Factory$1@2c: startup date [Thu Nov 19]',
      { component: 'org.apache.activemq.xbean.Factory$1', thread: 'main' },
    ],
    [
      '2026-11-19 10:00:02,250 | ERROR | it failed | org.apache.x | main\njava.lang.Error: no\n\tat a.B.c(B.java:1)',
      on('10:00:02.250'),
      'ERROR',
      'it failed\njava.lang.Error: no\n\tat a.B.c(B.java:1)',
    ],
  ),
  service(
    'slf4j simple',
    [
      '[main] INFO com.example.App - started',
      null,
      'INFO',
      'started',
      { thread: 'main', component: 'com.example.App' },
    ],
    ['[pool-1] ERROR com.example.App - failed', null, 'ERROR', 'failed'],
  ),
];

/** Databases, search engines, caches and queues. */
import { on, type ServiceSample, service } from './sample.ts';

export const databases: readonly ServiceSample[] = [
  service(
    'postgresql',
    [
      '2026-11-19 10:00:01.250 UTC [12] LOG:  database system is ready to accept connections',
      on('10:00:01.250'),
      'INFO',
      'database system is ready to accept connections',
      { pid: 12 },
    ],
    [
      '2026-11-19 10:00:02.250 UTC [77] postgres@shop ERROR:  relation "x" does not exist at character 15',
      on('10:00:02.250'),
      'ERROR',
      'relation "x" does not exist at character 15',
    ],
    [
      '2026-11-19 10:00:02.250 UTC [77] postgres@shop STATEMENT:  select *\n\tfrom x',
      on('10:00:02.250'),
      'INFO',
      'select *\n\tfrom x',
    ],
    [
      '2026-11-19 10:00:03.250 UTC [78] FATAL:  password authentication failed for user "bob"',
      on('10:00:03.250'),
      'FATAL',
      'password authentication failed for user "bob"',
    ],
    [
      '2026-11-19 10:00:03.250 UTC [78] DETAIL:  Connection matched line 99',
      on('10:00:03.250'),
      'INFO',
      'Connection matched line 99',
    ],
  ),
  service(
    'pgbouncer',
    [
      '2026-11-19 10:00:01.250 UTC [1] LOG listening on 0.0.0.0:6432',
      on('10:00:01.250'),
      'INFO',
      'listening on 0.0.0.0:6432',
    ],
    [
      '2026-11-19 10:00:02.250 UTC [1] WARNING C-0x55: (nodb)/(nouser)@10.0.0.1:4: pooler error: no such user',
      on('10:00:02.250'),
      'WARN',
    ],
  ),
  service(
    'mysql slow query log',
    [
      '# Time: 2026-11-19T10:00:01.250000Z\n# User@Host: app[app] @ localhost []  Id:     7\n# Query_time: 2.000227  Lock_time: 0.000000 Rows_sent: 1  Rows_examined: 9\nuse shop;\nSET timestamp=1795082401;\nSELECT *\nFROM x;',
      undefined,
      undefined,
      'SELECT *\nFROM x;',
      { user: 'app', client: 'localhost', database: 'shop', Query_time: 2.000227 },
    ],
    [
      '# Time: 2026-11-19T10:00:05.250000Z\n# User@Host: root[root] @ db-client [10.0.0.5]  Id:     8\n# Query_time: 3.5  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 9\nSET timestamp=1795082405;\nSELECT 1;',
      undefined,
      undefined,
      'SELECT 1;',
      { user: 'root', client: '10.0.0.5' },
    ],
    [
      '# Time: 2026-11-19T10:00:06.250000Z\n# User@Host: app[app] @ localhost []\n# Query_time: 3.5\n#\n# explain: id\tselect_type\ttable\n# explain: 1\tSIMPLE\tnation\n#\nSET timestamp=1795082406;\nSELECT 2;',
      undefined,
      undefined,
      'SELECT 2;',
      { explain: 'id\tselect_type\ttable\n# explain: 1\tSIMPLE\tnation' },
    ],
    [
      '# Time: 2026-11-19T10:00:07.250000Z\n# User@Host: app[app] @ localhost []\n# Query_time: 9.5\nSET timestamp=1795082407;\n# administrator command: Quit;',
      undefined,
      undefined,
      'administrator command: Quit;',
    ],
  ),
  service(
    'mysql error 8',
    [
      "2026-11-19T10:00:01.123456Z 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.0.35'",
      on('10:00:01.123456'),
      'INFO',
      "/usr/sbin/mysqld: ready for connections. Version: '8.0.35'",
    ],
    [
      '2026-11-19T10:00:02.123456Z 7 [Warning] [MY-013360] [Server] Plugin mysql_native_password reported: it is deprecated',
      on('10:00:02.123456'),
      'WARN',
      'Plugin mysql_native_password reported: it is deprecated',
    ],
    [
      '2026-11-19T10:00:03.123456Z 0 [ERROR] [MY-012574] [InnoDB] Unable to lock ./ibdata1 error: 11',
      on('10:00:03.123456'),
      'ERROR',
      'Unable to lock ./ibdata1 error: 11',
    ],
  ),
  service(
    'mariadb error',
    [
      '2026-11-19 10:00:01 0 [Note] InnoDB: Completed initialization of buffer pool',
      on('10:00:01'),
      'INFO',
      'InnoDB: Completed initialization of buffer pool',
    ],
    [
      "2026-11-19 10:00:02 5 [Warning] Access denied for user 'root'@'localhost' (using password: YES)",
      on('10:00:02'),
      'WARN',
      "Access denied for user 'root'@'localhost' (using password: YES)",
    ],
  ),
  service(
    'mysql 5.5',
    [
      "261119 10:00:01 [Warning] Access denied for user 'bob'@'10.0.0.1' (using password: NO)",
      on('10:00:01'),
      'WARN',
      "Access denied for user 'bob'@'10.0.0.1' (using password: NO)",
    ],
    [
      '261119 10:00:02 InnoDB: Starting shutdown...',
      on('10:00:02'),
      null,
      'InnoDB: Starting shutdown...',
    ],
  ),
  service('mongodb json', [
    '{"t":{"$date":"2026-11-19T10:00:01.250+00:00"},"s":"W","c":"STORAGE","id":22178,"ctx":"initandlisten","msg":"sysfs set to always","attr":{"size":3}}',
    on('10:00:01.250'),
    'WARN',
    'sysfs set to always',
    { component: 'STORAGE', 'attr.size': 3 },
  ]),
  service(
    'mongodb old',
    [
      '2026-11-19T10:00:01.250+0000 I NETWORK  [listener] connection accepted from 10.0.0.1:1 #2 (1 connection now open)',
      on('10:00:01.250'),
      'INFO',
      'connection accepted from 10.0.0.1:1 #2 (1 connection now open)',
    ],
    [
      '2026-11-19T10:00:02.250+0000 E STORAGE  [conn5] WiredTiger error (2)',
      on('10:00:02.250'),
      'ERROR',
      'WiredTiger error (2)',
    ],
  ),
  service(
    'redis',
    [
      '1:M 19 Nov 2026 10:00:01.250 * Ready to accept connections',
      on('10:00:01.250'),
      'INFO',
      'Ready to accept connections',
      { pid: 1 },
    ],
    [
      '1:M 19 Nov 2026 10:00:02.250 # WARNING overcommit_memory is set to 0!',
      on('10:00:02.250'),
      'WARN',
      'WARNING overcommit_memory is set to 0!',
    ],
  ),
  service(
    'elasticsearch',
    [
      '[2026-11-19T10:00:01,250][INFO ][o.e.n.Node               ] [node-1] started',
      on('10:00:01.250'),
      'INFO',
      'started',
      { component: 'o.e.n.Node' },
    ],
    [
      '[2026-11-19T10:00:02,250][WARN ][o.e.c.r.a.DiskThresholdMonitor] [node-1] high disk watermark [90%] exceeded',
      on('10:00:02.250'),
      'WARN',
      'high disk watermark [90%] exceeded',
    ],
    [
      '[2026-11-19T10:00:03,250][DEBUG][o.e.a.s.TransportSearchAction] [node-1] All shards failed',
      on('10:00:03.250'),
      'DEBUG',
      'All shards failed',
    ],
  ),
  service(
    'logstash',
    [
      '[2026-11-19T10:00:01,250][INFO ][logstash.agent           ] Successfully started Logstash API endpoint {:port=>9600}',
      on('10:00:01.250'),
      'INFO',
      'Successfully started Logstash API endpoint {:port=>9600}',
      { component: 'logstash.agent' },
    ],
    [
      '[2026-11-19T10:00:02,250][ERROR][logstash.outputs.x       ] Attempted to send a bulk request',
      on('10:00:02.250'),
      'ERROR',
      'Attempted to send a bulk request',
    ],
  ),
  service('kibana', [
    '{"type":"log","@timestamp":"2026-11-19T10:00:01Z","tags":["status","plugin:kibana","info"],"pid":9,"state":"green","message":"Status changed from uninitialized to green - Ready"}',
    on('10:00:01'),
    undefined,
    'Status changed from uninitialized to green - Ready',
  ]),
  service(
    'kibana text',
    [
      '[2026-11-19T10:00:01.250+00:00][INFO ][plugins-service] Plugin "x" is disabled.',
      on('10:00:01.250'),
      'INFO',
      'Plugin "x" is disabled.',
    ],
    [
      '[2026-11-19T10:00:02.250+00:00][WARN ][config.deprecation] Setting "y" has been removed.',
      on('10:00:02.250'),
      'WARN',
      'Setting "y" has been removed.',
    ],
  ),
  service(
    'kafka',
    [
      '[2026-11-19 10:00:01,250] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)',
      on('10:00:01.250'),
      'INFO',
      'started',
      { component: 'kafka.server.KafkaServer' },
    ],
    [
      '[2026-11-19 10:00:02,250] WARN [Controller id=1] Broker failed to connect (kafka.controller.X)',
      on('10:00:02.250'),
      'WARN',
      'Broker failed to connect',
    ],
  ),
  service(
    'zookeeper',
    [
      '2026-11-19 10:00:01,250 [myid:1] - INFO  [main:QuorumPeerConfig@174] - Reading configuration from: /etc/zoo.cfg',
      on('10:00:01.250'),
      'INFO',
      'Reading configuration from: /etc/zoo.cfg',
    ],
    [
      '2026-11-19 10:00:02,250 [myid:1] - WARN  [SendWorker:188978561024:QuorumCnxManager$SendWorker@688] - Send worker leaving thread',
      on('10:00:02.250'),
      'WARN',
      'Send worker leaving thread',
    ],
    [
      '2026-11-19 10:00:03,250 - ERROR [LearnerHandler-/10.0.0.1:52225:LearnerHandler@562] - Unexpected exception causing shutdown',
      on('10:00:03.250'),
      'ERROR',
      'Unexpected exception causing shutdown',
    ],
  ),
  service(
    'cassandra',
    [
      'INFO  [main] 2026-11-19 10:00:01,250 YamlConfigurationLoader.java:89 - Configuration location: file:/etc/cassandra.yaml',
      on('10:00:01.250'),
      'INFO',
      'Configuration location: file:/etc/cassandra.yaml',
    ],
    [
      'WARN  [GossipStage:1] 2026-11-19 10:00:02,250 Gossiper.java:100 - node is down',
      on('10:00:02.250'),
      'WARN',
      'node is down',
    ],
  ),
  service(
    'rabbitmq',
    [
      '2026-11-19 10:00:01.250 [info] <0.9.0> Server startup complete; 3 plugins started.',
      on('10:00:01.250'),
      'INFO',
      'Server startup complete; 3 plugins started.',
    ],
    [
      '2026-11-19 10:00:02.250 [error] <0.700.0> Error on AMQP connection <0.700.0> (10.0.0.1:1 -> 10.0.0.2:5672)',
      on('10:00:02.250'),
      'ERROR',
    ],
    [
      '2026-11-19 10:00:03.250123+00:00 [warning] <0.1.0> closing AMQP connection',
      on('10:00:03.250123'),
      'WARN',
      'closing AMQP connection',
    ],
  ),
  service(
    'nats',
    [
      '[1] 2026/11/19 10:00:01.123456 [INF] Starting nats-server',
      on('10:00:01.123456'),
      'INFO',
      'Starting nats-server',
      { pid: 1 },
    ],
    [
      '[1] 2026/11/19 10:00:02.123456 [ERR] 10.0.0.1:1 - cid:5 - authentication error',
      on('10:00:02.123456'),
      'ERROR',
      '10.0.0.1:1 - cid:5 - authentication error',
    ],
    [
      '[1] 2026/11/19 10:00:03.123456 [WRN] Readloop processing time: 3.1s',
      on('10:00:03.123456'),
      'WARN',
      'Readloop processing time: 3.1s',
    ],
  ),
  service(
    'mosquitto',
    [
      '1795082401: mosquitto version 2.0.18 starting',
      on('10:00:01'),
      null,
      'mosquitto version 2.0.18 starting',
    ],
    [
      '1795082402: New connection from 10.0.0.1:1 on port 1883.',
      on('10:00:02'),
      null,
      'New connection from 10.0.0.1:1 on port 1883.',
    ],
  ),
  service(
    'oracle alert',
    [
      '2026-11-19T10:00:01.123456+00:00\nStarting ORACLE instance (normal) (OS id: 5)',
      on('10:00:01.123456'),
      null,
    ],
    [
      '2026-11-19T10:00:02.123456+00:00\nORA-00060: Deadlock detected.',
      on('10:00:02.123456'),
      null,
    ],
  ),
  service(
    'sql server',
    [
      '2026-11-19 10:00:01.25 Server      Microsoft SQL Server 2019 (RTM) - 15.0.2000.5 (X64)',
      on('10:00:01.250'),
      null,
    ],
    [
      '2026-11-19 10:00:02.25 Logon       Error: 18456, Severity: 14, State: 8.',
      on('10:00:02.250'),
      undefined,
    ],
    [
      "2026-11-19 10:00:02.25 Logon       Login failed for user 'sa'. [CLIENT: 10.0.0.1]",
      on('10:00:02.250'),
      null,
    ],
  ),
  service(
    'clickhouse',
    [
      '2026.11.19 10:00:01.123456 [ 55 ] {} <Information> Application: Ready for connections.',
      on('10:00:01.123456'),
      'INFO',
      undefined,
    ],
    [
      '2026.11.19 10:00:02.123456 [ 56 ] {abc-1} <Error> executeQuery: Code: 62. DB::Exception: Syntax error',
      on('10:00:02.123456'),
      'ERROR',
      undefined,
    ],
    [
      '2026.11.19 10:00:03.123456 [ 56 ] {} <Debug> MergeTree: x',
      on('10:00:03.123456'),
      'DEBUG',
      undefined,
    ],
  ),
  service('influxdb', [
    'ts=2026-11-19T10:00:01.250Z lvl=info msg="Storage engine started" log_id=0Q service=store',
    on('10:00:01.250'),
    'INFO',
    'Storage engine started',
  ]),
  service(
    'couchdb',
    [
      '[info] 2026-11-19T10:00:01.123456Z couchdb@127.0.0.1 <0.9.0> -------- Application couch started',
      on('10:00:01.123456'),
      'INFO',
      undefined,
    ],
    [
      '[error] 2026-11-19T10:00:02.123456Z couchdb@127.0.0.1 <0.10.0> abc rexi_server error',
      on('10:00:02.123456'),
      'ERROR',
      undefined,
    ],
  ),
  service('etcd', [
    '{"level":"info","ts":"2026-11-19T10:00:01.250Z","caller":"etcdserver/server.go:100","msg":"ready to serve client requests"}',
    on('10:00:01.250'),
    'INFO',
    'ready to serve client requests',
  ]),
  service(
    'etcd old',
    [
      '2026-11-19 10:00:01.123456 I | etcdserver: starting server... [version: 3.3.10]',
      on('10:00:01.123456'),
      'INFO',
      undefined,
    ],
    [
      '2026-11-19 10:00:02.123456 W | rafthttp: health check for peer could not connect',
      on('10:00:02.123456'),
      'WARN',
      undefined,
    ],
    [
      '2026-11-19 10:00:03.123456 C | etcdmain: listen failed',
      on('10:00:03.123456'),
      'FATAL',
      undefined,
    ],
  ),
];

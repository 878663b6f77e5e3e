/** Web servers, proxies and balancers. */
import { on, type ServiceSample, service } from './sample.ts';

export const webServices: readonly ServiceSample[] = [
  service(
    'traefik (common)',
    [
      'time="2026-11-19T10:00:01Z" level=info msg="Configuration loaded from flags."',
      on('10:00:01'),
      'INFO',
      'Configuration loaded from flags.',
    ],
    [
      'time="2026-11-19T10:00:02Z" level=error msg="unable to parse \\"x\\"" providerName=docker',
      on('10:00:02'),
      'ERROR',
      'unable to parse "x"',
      { providerName: 'docker' },
    ],
  ),
  service(
    'traefik (v3 console)',
    [
      '2026-11-19T10:00:01Z INF Traefik version 3.1.2 built on 2026-08-06 version=3.1.2',
      on('10:00:01'),
      'INFO',
    ],
    [
      '2026-11-19T10:00:02Z ERR error="accept tcp: use of closed connection" entryPointName=web',
      on('10:00:02'),
      'ERROR',
    ],
    [
      '2026-11-19T10:00:03Z DBG Provider event received',
      on('10:00:03'),
      'DEBUG',
      'Provider event received',
    ],
  ),
  service('caddy (json)', [
    '{"level":"info","ts":1795082401.25,"logger":"http.log.access","msg":"handled request","request":{"method":"GET","uri":"/"},"status":200}',
    on('10:00:01.250'),
    'INFO',
    'handled request',
    { logger: 'http.log.access', 'request.method': 'GET' },
  ]),
  service(
    'caddy (console)',
    [
      '2026/11/19 10:00:01.250\tINFO\thttp.auto_https\tserver is listening only on the HTTPS port\t{"server_name": "srv0", "port": 443}',
      on('10:00:01.250'),
      'INFO',
      'server is listening only on the HTTPS port',
      { component: 'http.auto_https' },
    ],
    [
      '2026/11/19 10:00:02.250\tERROR\ttls\tjob failed\t{"error": "no"}',
      on('10:00:02.250'),
      'ERROR',
      'job failed',
    ],
  ),
  service(
    'haproxy (http)',
    [
      'Nov 19 10:00:01 lb haproxy[1438]: 10.1.1.7:33317 [19/Nov/2026:10:00:00.655] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {example.org} {} "GET /index.html HTTP/1.1"',
      on('10:00:01'),
      null,
      undefined,
      { host: 'lb', component: 'haproxy', pid: 1438 },
    ],
    [
      'Nov 19 10:00:02 lb haproxy[1438]: Server back/srv2 is DOWN, reason: Layer4 timeout',
      on('10:00:02'),
      null,
      'Server back/srv2 is DOWN, reason: Layer4 timeout',
    ],
  ),
  service(
    'haproxy (own)',
    ['[NOTICE]   (1) : haproxy version is 2.9.1', null, 'INFO'],
    ['[WARNING]  (1) : Proxy web stopped (cumulated conns: FE: 0, BE: 0).', null, 'WARN'],
    ['[ALERT]    (1) : Binding [haproxy.cfg:20] for frontend web: cannot bind', null, 'FATAL'],
  ),
  service(
    'apache error 2.4',
    [
      '[Thu Nov 19 10:00:01.123456 2026] [core:error] [pid 35708:tid 4328636416] [client 10.0.0.9:51000] File does not exist: /var/www/x',
      on('10:00:01.123456'),
      'ERROR',
      'File does not exist: /var/www/x',
      { pid: 35708, client: '10.0.0.9:51000' },
    ],
    [
      '[Thu Nov 19 10:00:02.123456 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.57 (Unix) configured -- resuming normal operations',
      on('10:00:02.123456'),
      'INFO',
      'AH00489: Apache/2.4.57 (Unix) configured -- resuming normal operations',
    ],
    [
      '[Thu Nov 19 10:00:03.000001 2026] [ssl:warn] [pid 1] AH01909: www.example.org:443:0 server certificate does NOT include an ID',
      on('10:00:03.000001'),
      'WARN',
    ],
  ),
  service(
    'apache error 2.2',
    [
      '[Thu Nov 19 10:00:01 2026] [error] [client 10.0.0.9] user admin: authentication failure for "/x": Password Mismatch',
      on('10:00:01'),
      'ERROR',
      'user admin: authentication failure for "/x": Password Mismatch',
      { client: '10.0.0.9' },
    ],
    [
      '[Thu Nov 19 10:00:02 2026] [notice] caught SIGTERM, shutting down',
      on('10:00:02'),
      'INFO',
      'caught SIGTERM, shutting down',
    ],
  ),
  service(
    'nginx error',
    [
      '2026/11/19 10:00:01 [error] 1234#5678: *99 open() "/usr/share/x" failed (2: No such file or directory), client: 10.0.0.1, server: _, request: "GET /x HTTP/1.1"',
      on('10:00:01'),
      'ERROR',
      'open() "/usr/share/x" failed (2: No such file or directory), client: 10.0.0.1, server: _, request: "GET /x HTTP/1.1"',
      { pid: 1234 },
    ],
    [
      '2026/11/19 10:00:02 [notice] 1#1: signal 15 (SIGTERM) received, exiting',
      on('10:00:02'),
      'INFO',
      'signal 15 (SIGTERM) received, exiting',
    ],
    [
      '2026/11/19 10:00:03 [emerg] 1#1: bind() to 0.0.0.0:80 failed (98: Address already in use)',
      on('10:00:03'),
      'FATAL',
    ],
  ),
  service(
    'lighttpd',
    ['2026-11-19 10:00:01: (server.c.1514) server started (lighttpd/1.4.69)', on('10:00:01'), null],
    [
      "2026-11-19 10:00:02: (mod_auth.c.525) password doesn't match for /x username: bob IP: 10.0.0.1",
      on('10:00:02'),
      null,
    ],
  ),
  service(
    's3 access',
    [
      '79a59df900b949e55d96a1e698fbaced mybucket [19/Nov/2026:10:00:01 +0000] 192.0.2.3 79a59df900b949e5 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /mybucket?versioning HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4" - s9lzHYrFp SigV4 ECDHE-RSA AuthHeader mybucket.s3.amazonaws.com TLSV1.1',
      on('10:00:01'),
      null,
      'GET /mybucket?versioning HTTP/1.1',
      {
        client: '192.0.2.3',
        vhost: 'mybucket',
        user: '79a59df900b949e5',
        request_id: '3E57427F3EXAMPLE',
        status: 200,
        bytes: 113,
        user_agent: 'S3Console/0.4',
      },
    ],
    [
      '79a59df900b949e55d96a1e698fbaced mybucket [19/Nov/2026:10:00:02 +0000] 192.0.2.3 - 3E57427F3EXAMPLE REST.GET.OBJECT a/b.png "GET /mybucket/a/b.png HTTP/1.1" 404 NoSuchKey 277 - 7 - "-" "curl/8.1" -',
      on('10:00:02'),
      null,
      'GET /mybucket/a/b.png HTTP/1.1',
      { client: '192.0.2.3', status: 404, error_code: 'NoSuchKey', bytes: 277 },
    ],
  ),
  service('elb classic', [
    '2026-11-19T10:00:01.123456Z my-elb 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -',
    on('10:00:01.123456'),
    null,
    'GET http://www.example.com:80/ HTTP/1.1',
  ]),
  service('alb', [
    'h2 2026-11-19T10:00:01.123456Z app/my-lb/50dc6c495c0c9188 10.0.1.252:48160 10.0.0.66:9000 0.000 0.002 0.000 200 200 5 257 "GET https://10.0.2.105:773/ HTTP/2.0" "curl/7.46.0" ECDHE-RSA TLSv1.2 arn:aws:x "Root=1-58" "-" "-" 1 2026-11-19T10:00:01.000000Z "redirect" "-" "-" "-" "-" "-" "-"',
    on('10:00:01.123456'),
    null,
    'GET https://10.0.2.105:773/ HTTP/2.0',
  ]),
  service('squid', [
    '1795082401.250   5006 10.105.21.199 TCP_MISS/200 19763 CONNECT login.example.com:443 bob DIRECT/192.0.2.9 -',
    on('10:00:01.250'),
    null,
  ]),
  service(
    'squid cache.log',
    [
      '2026/11/19 10:00:01| Starting Squid Cache version 4.13 for x86_64...',
      on('10:00:01'),
      null,
      'Starting Squid Cache version 4.13 for x86_64...',
    ],
    [
      '2026/11/19 10:00:02 kid1| WARNING: no_suid: setuid(0): (1) Operation not permitted',
      on('10:00:02'),
      undefined,
    ],
  ),
  service(
    'iis',
    ['#Software: Microsoft Internet Information Services 10.0', undefined, undefined],
    [
      '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status time-taken',
      undefined,
      undefined,
    ],
    [
      '2026-11-19 10:00:01 10.0.0.5 GET /default.htm a=1 443 - 10.0.0.9 Mozilla/5.0+(x) 200 15',
      on('10:00:01'),
      null,
      undefined,
      { status: 200, client: '10.0.0.9', method: 'GET' },
    ],
    ['#Fields: date time cs-method cs-uri-stem sc-status', undefined, undefined],
    [
      '2026-11-19 10:00:02 POST /form.aspx 500',
      on('10:00:02'),
      null,
      undefined,
      { status: 500, method: 'POST' },
    ],
  ),
  service('envoy', [
    '[2026-11-19T10:00:01.250Z] "GET /api/v1 HTTP/1.1" 200 - 0 154 0 225 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c" "locations" "tcp://10.0.2.1:80"',
    on('10:00:01.250'),
    null,
    'GET /api/v1 HTTP/1.1',
  ]),
  service(
    'envoy (own)',
    [
      '[2026-11-19 10:00:01.250][12][info][main] [source/server/server.cc:404] initializing epoch 0',
      on('10:00:01.250'),
      'INFO',
    ],
    [
      '[2026-11-19 10:00:02.250][12][warning][config] [source/common/config/x.cc:42] gRPC config stream closed: 14',
      on('10:00:02.250'),
      'WARN',
    ],
    [
      '[2026-11-19 10:00:03.250][12][critical][main] [source/exe/x.cc:1] died',
      on('10:00:03.250'),
      'FATAL',
    ],
  ),
  service(
    'istio',
    [
      '2026-11-19T10:00:01.123456Z\tinfo\tads\tADS: new connection for node:sidecar~10.0.0.1',
      on('10:00:01.123456'),
      'INFO',
      'ADS: new connection for node:sidecar~10.0.0.1',
      { component: 'ads' },
    ],
    [
      '2026-11-19T10:00:02.123456Z\twarn\tca ca error',
      on('10:00:02.123456'),
      'WARN',
      'ca ca error',
    ],
  ),
  service(
    'tomcat',
    [
      '19-Nov-2026 10:00:01.250 INFO [main] org.apache.catalina.startup.VersionLoggerListener.log Server version name: Apache Tomcat/9.0.80',
      on('10:00:01.250'),
      'INFO',
      'Server version name: Apache Tomcat/9.0.80',
      { thread: 'main' },
    ],
    [
      '19-Nov-2026 10:00:02.250 SEVERE [main] org.apache.catalina.core.StandardContext.startInternal One or more listeners failed to start',
      on('10:00:02.250'),
      'ERROR',
      'One or more listeners failed to start',
    ],
    [
      '19-Nov-2026 10:00:03.250 WARNING [localhost-startStop-1] org.apache.catalina.util.SessionIdGeneratorBase.createSecureRandom Creation took [5,000] milliseconds.',
      on('10:00:03.250'),
      'WARN',
      'Creation took [5,000] milliseconds.',
    ],
  ),
  service(
    'jboss',
    [
      '10:00:01,250 INFO  [org.jboss.as.server] (Controller Boot Thread) WFLYSRV0039: Creating http management service',
      '2026-11-20T10:00:01.250Z',
      'INFO',
      'WFLYSRV0039: Creating http management service',
      { component: 'org.jboss.as.server' },
    ],
    [
      '10:00:02,250 WARN  [org.jboss.as.txn] (ServerService Thread Pool -- 54) WFLYTX0013: Node identifier property is set to the default value',
      '2026-11-20T10:00:02.250Z',
      'WARN',
      'WFLYTX0013: Node identifier property is set to the default value',
    ],
  ),
  service(
    'keycloak',
    [
      '2026-11-19 10:00:01,250 WARN  [org.keycloak.events] (executor-thread-17) type="LOGIN_ERROR", realmId="x", error="user_not_found"',
      on('10:00:01.250'),
      'WARN',
      'type="LOGIN_ERROR", realmId="x", error="user_not_found"',
      { component: 'org.keycloak.events' },
    ],
    [
      '2026-11-19 10:00:02,250 INFO  [io.quarkus] (main) Keycloak 24.0.1 on JVM started in 9.5s.',
      on('10:00:02.250'),
      'INFO',
      'Keycloak 24.0.1 on JVM started in 9.5s.',
    ],
  ),
  service(
    'weblogic',
    [
      '<Nov 19, 2026 10:00:01 AM UTC> <Notice> <WebLogicServer> <BEA-000365> <Server state changed to RUNNING.>',
      on('10:00:01'),
      'INFO',
    ],
    [
      '<Nov 19, 2026 10:00:02 AM UTC> <Error> <Deployer> <BEA-149231> <Unable to set the activation state.>',
      on('10:00:02'),
      'ERROR',
    ],
  ),
  service('modsecurity audit', [
    '2026/11/19 10:00:01 [warn] 22#22: *5 [client 10.0.0.1] ModSecurity: Access denied with code 403 (phase 2). Matched "Operator" [file "/etc/x.conf"] [line "80"]',
    on('10:00:01'),
    'WARN',
  ]),
  service('varnishncsa', [
    '10.0.0.1 - - [19/Nov/2026:10:00:01 +0000] "GET http://example.org/ HTTP/1.1" 200 11510 "-" "curl/8"',
    on('10:00:01'),
    null,
    'GET http://example.org/ HTTP/1.1',
  ]),
  service(
    'jetty / nifi',
    [
      '2026-11-19 10:00:01.250:INFO:oejs.Server:main: jetty-9.4.43.v20210629; built: 2026-06-30',
      on('10:00:01.250'),
      'INFO',
      undefined,
    ],
    [
      '2026-11-19 10:00:02.250:WARN:oejw.WebAppContext:main: Failed startup of context',
      on('10:00:02.250'),
      'WARN',
      undefined,
    ],
  ),
];

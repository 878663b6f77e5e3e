/** Platforms whose levels or times are written in a way of their own. */
import { on, type ServiceSample, service } from './sample.ts';

export const platformServices: readonly ServiceSample[] = [
  service(
    'Get-WinEvent, as JSON of PowerShell 5',
    [
      '{"Message":"it failed","Id":7000,"ProviderName":"SCM","Level":2,"TimeCreated":"\\/Date(1795082401250)\\/","LevelDisplayName":"Fehler"}',
      on('10:00:01.250'),
      'ERROR',
      'it failed',
      { LevelDisplayName: 'Fehler', Id: 7000 },
    ],
    [
      '{"Message":"it runs","Id":7036,"ProviderName":"SCM","Level":4,"TimeCreated":"\\/Date(1795082402250)\\/","LevelDisplayName":"Informationen"}',
      on('10:00:02.250'),
      'INFO',
      'it runs',
    ],
    [
      '{"Message":"cleared","Id":1102,"ProviderName":"Eventlog","Level":0,"TimeCreated":"\\/Date(1795082403250)\\/"}',
      on('10:00:03.250'),
      'INFO',
      'cleared',
    ],
    [
      '{"Level":"1","ProviderName":"Kernel-Power","Message":"power lost","TimeCreated":"2026-11-19T10:00:04.2501234Z"}',
      on('10:00:04.250123'),
      'FATAL',
      'power lost',
    ],
    [
      '{"Level":5,"ProviderName":"x","Message":"detail","TimeCreated":"2026-11-19 10:00:05 +0000"}',
      on('10:00:05'),
      'DEBUG',
      'detail',
    ],
  ),
  service('evtx_dump, a line an event', [
    '{"Event":{"System":{"Channel":"System","Computer":"web-1","EventID":7000,"Level":3,"TimeCreated":{"#attributes":{"SystemTime":"2026-11-19T10:00:01.250Z"}}}}}',
    on('10:00:01.250'),
    'WARN',
  ]),
  service(
    'Azure: sign-ins and traces',
    [
      '{"time":"2026-11-19T10:00:01.250Z","resourceId":"/tenants/a","operationName":"Sign-in activity","category":"SignInLogs","Level":4}',
      on('10:00:01.250'),
      'INFO',
    ],
    [
      '{"TimeGenerated":"2026-11-19T10:00:02.250Z","Message":"it failed","SeverityLevel":3}',
      on('10:00:02.250'),
      'ERROR',
      'it failed',
    ],
    [
      '{"time":"2026-11-19T10:00:03.250Z","resourceId":"/sub/a","category":"AppServiceConsoleLogs","level":"Error","resultDescription":"it failed"}',
      on('10:00:03.250'),
      'ERROR',
      'it failed',
    ],
  ),
  service('pino with a field called providerName', [
    '{"level":30,"time":1795082401250,"providerName":"docker","msg":"up"}',
    on('10:00:01.250'),
    'INFO',
    'up',
  ]),
  service(
    'slog with levels of its own, as JSON',
    [
      '{"time":"2026-11-19T10:00:01.25Z","level":"ERROR+4","msg":"a"}',
      on('10:00:01.250'),
      'FATAL',
      'a',
    ],
    [
      '{"time":"2026-11-19T10:00:02.25Z","level":"ERROR+2","msg":"b"}',
      on('10:00:02.250'),
      'ERROR',
      'b',
    ],
    [
      '{"time":"2026-11-19T10:00:03.25Z","level":"WARN+1","msg":"c"}',
      on('10:00:03.250'),
      'WARN',
      'c',
    ],
    [
      '{"time":"2026-11-19T10:00:04.25Z","level":"INFO+2","msg":"d"}',
      on('10:00:04.250'),
      'INFO',
      'd',
    ],
    [
      '{"time":"2026-11-19T10:00:05.25Z","level":"DEBUG-4","msg":"e"}',
      on('10:00:05.250'),
      'TRACE',
      'e',
    ],
    [
      '{"time":"2026-11-19T10:00:06.25Z","level":"ERROR+x","msg":"f"}',
      on('10:00:06.250'),
      null,
      'f',
      { level: 'ERROR+x' },
    ],
  ),
  service(
    'slog with levels of its own, as pairs',
    ['time=2026-11-19T10:00:01.250Z level=ERROR+4 msg=a', on('10:00:01.250'), 'FATAL', 'a'],
    ['time=2026-11-19T10:00:02.250Z level=WARN+2 msg="b c"', on('10:00:02.250'), 'WARN', 'b c'],
  ),
  service(
    'slog with levels of its own, as text',
    ['2026/11/19 10:00:01 ERROR+4 it failed host=a', on('10:00:01'), 'FATAL', 'it failed host=a'],
    ['2026/11/19 10:00:02 INFO it runs', on('10:00:02'), 'INFO', 'it runs'],
    ['2026/11/19 10:00:03 WARN+1 it is slow', on('10:00:03'), 'WARN', 'it is slow'],
    ['2026/11/19 10:00:04 DEBUG-4 detail', on('10:00:04'), 'TRACE', 'detail'],
  ),
  service(
    'MongoDB with levels of detail',
    [
      '{"t":{"$date":"2026-11-19T10:00:01.250+00:00"},"s":"D2","c":"NETWORK","id":1,"ctx":"c1","msg":"a"}',
      on('10:00:01.250'),
      'DEBUG',
      'a',
    ],
    [
      '{"t":{"$date":"2026-11-19T10:00:02.250+00:00"},"s":"E","c":"NETWORK","id":1,"ctx":"c1","msg":"b"}',
      on('10:00:02.250'),
      'ERROR',
      'b',
    ],
  ),
  service(
    'Artifactory, beside its Tomcat',
    [
      '2026-11-19T10:00:01.250Z [jfrou] [INFO ] [                ] [bootstrap.go:70               ] [main                ] - it runs',
      on('10:00:01.250'),
      'INFO',
      'it runs',
    ],
    [
      '2026-11-19T10:00:02.250L [tomct] [SEVERE] [                ] [org.apache.catalina.core.StandardContext] [org.apache.catalina.core.StandardContext start] - it failed',
      on('10:00:02.250'),
      'ERROR',
      'it failed',
      { component: 'org.apache.catalina.core.StandardContext' },
    ],
    [
      '2026-11-19T10:00:03.250Z [jfrt ] [ERROR] [a1b2c3d4e5f60718] [o.a.s.Context:301  ] [http-nio-8081-exec-1] - it failed\njava.lang.IllegalStateException: gone\n\tat a.b.C(D.java:1)',
      on('10:00:03.250'),
      'ERROR',
      'it failed\njava.lang.IllegalStateException: gone\n\tat a.b.C(D.java:1)',
      { component: 'o.a.s.Context', line: 301 },
    ],
  ),
  service(
    "Artifactory's Tomcat alone",
    [
      '2026-11-19T10:00:01.250L [tomct] [INFO ] [                ] [org.apache.a.B] [org.apache.a.B init] - it runs',
      on('10:00:01.250'),
      'INFO',
      'it runs',
    ],
    [
      '2026-11-19T10:00:02.250L [tomct] [SEVERE] [                ] [org.apache.a.B] [org.apache.a.B init] - it failed',
      on('10:00:02.250'),
      'ERROR',
      'it failed',
    ],
  ),
  service(
    'Jira: padded levels behind the thread',
    [
      '2026-11-19 10:00:01,250+0000 JIRA-Bootstrap ERROR      [c.a.jira.startup.JiraStartupLogger] it failed',
      on('10:00:01.250'),
      'ERROR',
      'it failed',
    ],
    [
      '2026-11-19 10:00:02,250+0000 main INFO      [c.a.jira.startup.LauncherContextListener] it runs',
      on('10:00:02.250'),
      'INFO',
      'it runs',
    ],
    [
      '2026-11-19 10:00:03,250+0000 Caesium-1-2 WARN anonymous     [c.a.mail.queue.MailQueueImpl] it is slow',
      on('10:00:03.250'),
      'WARN',
    ],
  ),
  service(
    'Lograge: an error in single quotes',
    [
      'method=GET path=/a format=html controller=A action=show status=200 duration=12.30',
      null,
      null,
    ],
    [
      "method=GET path=/b format=html controller=A action=show status=500 error='RuntimeError: it can't be' duration=12.30",
      null,
      null,
      undefined,
      { status: 500, error: "RuntimeError: it can't be", duration: 12.3, path: '/b' },
    ],
    [
      "method=GET path=/c format=html controller=A action=show status=500 error='RuntimeError: last'",
      null,
      null,
      undefined,
      { status: 500, error: 'RuntimeError: last' },
    ],
    [
      "method=GET path=/d format=html controller=A action=show status=500 error='RuntimeError'",
      null,
      null,
      undefined,
      { status: 500, error: "'RuntimeError'" },
    ],
  ),
  service(
    'AWS load balancers: what they answered',
    [
      'h2 2026-11-19T10:00:01.250000Z app/lb/50dc 10.0.1.252:48160 10.0.0.66:9000 0.000 0.002 0.000 502 200 5 257 "GET https://a.example:443/b HTTP/2.0" "curl/8.1" ECDHE TLSv1.2 arn:aws:x "Root=1-5" "-" "-" 1 2026-11-19T10:00:01.000Z "forward" "-" "-" "10.0.0.66:9000" "200" "-" "-"',
      on('10:00:01.250'),
      null,
      'GET https://a.example:443/b HTTP/2.0',
      { client: '10.0.1.252', status: 502, bytes: 257, user_agent: 'curl/8.1', method: 'GET' },
    ],
    [
      '2026-11-19T10:00:02.250000Z lb 10.0.1.252:2817 - -1 -1 -1 504 0 0 0 "GET http://a.example:80/ HTTP/1.1" "curl/8.1" - -',
      on('10:00:02.250'),
      null,
      'GET http://a.example:80/ HTTP/1.1',
      { status: 504, bytes: 0, user_agent: 'curl/8.1' },
    ],
  ),
  service(
    'FortiGate, through rsyslog',
    [
      'Nov 19 10:00:01 10.1.1.1 date=2026-11-19 time=11:00:01 devname="fw" logid="1" type="event" level="error" logdesc="VPN" msg="it failed"',
      on('10:00:01'),
      'ERROR',
      'it failed',
      { host: '10.1.1.1', devname: 'fw', logdesc: 'VPN' },
    ],
    [
      '<189>date=2026-11-19 time=10:00:02 devname="fw" level="critical" msg="it died"',
      on('10:00:02'),
      'FATAL',
      'it died',
      { devname: 'fw' },
    ],
  ),
  service(
    'Greenplum',
    [
      '2026-11-19 10:00:01.250000 UTC,"gpadmin","shop",p12345,th-1234,"10.0.0.5","40000",2026-11-19 09:58:00 UTC,0,con12,cmd4,seg-1,,dx4,x5,sx1,"ERROR","42P01","relation ""a"" does not exist",,,,,,"select\n * from a",0,,"parse.c",99,',
      on('10:00:01.250'),
      'ERROR',
      'relation "a" does not exist',
      { user: 'gpadmin', database: 'shop', pid: 12345 },
    ],
    [
      '2026-11-19 10:00:02.250000 UTC,,,p12300,th-1234,,,,0,,,seg-1,,,,,"LOG","00000","database system is ready",,,,,,,0,,"postmaster.c",2500,',
      on('10:00:02.250'),
      'INFO',
      'database system is ready',
    ],
  ),
];

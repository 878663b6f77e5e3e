/**
 * Numbers of the field keys that formats always give, asked for once per process instead of once per line.
 *
 * Fields of a class and not a map: a load each.
 */

export class KnownKeys {
  readonly backend: number;
  readonly bytes: number;
  readonly cefSeverity: number;
  readonly cefVersion: number;
  readonly client: number;
  readonly component: number;
  readonly connection: number;
  readonly context: number;
  readonly database: number;
  readonly date: number;
  readonly duration: number;
  readonly durationMs: number;
  readonly errorCode: number;
  readonly eventId: number;
  readonly exception: number;
  readonly facility: number;
  readonly forwarded: number;
  readonly frontend: number;
  readonly function: number;
  readonly host: number;
  readonly ident: number;
  readonly kind: number;
  readonly label: number;
  readonly line: number;
  readonly messageId: number;
  readonly method: number;
  readonly name: number;
  readonly path: number;
  readonly pid: number;
  readonly product: number;
  readonly protocol: number;
  readonly referer: number;
  readonly requestId: number;
  readonly rest: number;
  readonly result: number;
  readonly role: number;
  readonly serial: number;
  readonly server: number;
  readonly span: number;
  readonly state: number;
  readonly status: number;
  readonly stream: number;
  readonly thread: number;
  readonly timezone: number;
  readonly type: number;
  readonly tz: number;
  readonly uptime: number;
  readonly user: number;
  readonly userAgent: number;
  readonly vendor: number;
  readonly version: number;
  readonly vhost: number;

  constructor(idOf: (name: string) => number) {
    this.backend = idOf('backend');
    this.bytes = idOf('bytes');
    this.cefSeverity = idOf('cef_severity');
    this.cefVersion = idOf('cef_version');
    this.client = idOf('client');
    this.component = idOf('component');
    this.connection = idOf('connection');
    this.context = idOf('context');
    this.database = idOf('database');
    this.date = idOf('date');
    this.duration = idOf('duration');
    this.durationMs = idOf('duration_ms');
    this.errorCode = idOf('error_code');
    this.eventId = idOf('event_id');
    this.exception = idOf('exception');
    this.facility = idOf('facility');
    this.forwarded = idOf('forwarded');
    this.frontend = idOf('frontend');
    this.function = idOf('function');
    this.host = idOf('host');
    this.ident = idOf('ident');
    this.kind = idOf('kind');
    this.label = idOf('label');
    this.line = idOf('line');
    this.messageId = idOf('message_id');
    this.method = idOf('method');
    this.name = idOf('name');
    this.path = idOf('path');
    this.pid = idOf('pid');
    this.product = idOf('product');
    this.protocol = idOf('protocol');
    this.referer = idOf('referer');
    this.requestId = idOf('request_id');
    this.rest = idOf('rest');
    this.result = idOf('result');
    this.role = idOf('role');
    this.serial = idOf('serial');
    this.server = idOf('server');
    this.span = idOf('span');
    this.state = idOf('state');
    this.status = idOf('status');
    this.stream = idOf('stream');
    this.thread = idOf('thread');
    this.timezone = idOf('timezone');
    this.type = idOf('type');
    this.tz = idOf('tz');
    this.uptime = idOf('uptime');
    this.user = idOf('user');
    this.userAgent = idOf('user_agent');
    this.vendor = idOf('vendor');
    this.version = idOf('version');
    this.vhost = idOf('vhost');
  }
}

/** Whether the mail server can be reached, encrypted and signed in to, as the daemon would; and a mail sent on request. */
import type { EmailSettings } from '../config/settings.ts';
import { MailDoor } from '../notify/mail.ts';
import { type Finding, well } from './finding.ts';

const CHECK = 'mail';

export type MailRequest = Readonly<{
  /** Send a mail to each of `to`, instead of only signing in. */
  sendsMail: boolean;
  /** Whom alerts may be mailed to. */
  to: readonly string[];
  machine: string;
  nowMs: number;
}>;

export async function checkMail(
  email: EmailSettings | null,
  request: MailRequest,
): Promise<Finding[]> {
  if (email === null) {
    if (!request.sendsMail) return [];
    return [
      failed('mail: the config has no [email] section', 'add [email] with host, from and to'),
    ];
  }
  if (email.user !== null && email.password === null) {
    const text = `mail: not tried, because the password of "${email.user}" cannot be read here`;
    const fix = 'run doctor with LOGSTEAD_EMAIL_PASSWORD set, or as who may read the password';
    return [{ check: CHECK, verdict: 'warn', harm: 'mail', text, fix }];
  }
  using door = MailDoor.open(email);
  const place = `${email.host}:${email.port}`;
  if (!request.sendsMail) {
    const { error, isSignedIn } = await door.verify();
    if (error !== null) return [failed(`mail: ${error}`, FIX)];
    if (email.user === null) return [well(CHECK, `mail: ${place}, no sign-in`)];
    return [
      isSignedIn ? well(CHECK, `mail: ${place}, signed in as ${email.user}`) : unasked(place),
    ];
  }
  const findings: Finding[] = [];
  for (const to of request.to) {
    const attempt = await door.send({
      to,
      fromName: request.machine,
      subject: 'Logstead: test mail',
      text: `Logstead on ${request.machine} can send you mail. "logstead doctor --send-test-mail" sent this one.\n`,
      html: `<p>Logstead can send you mail. <code>logstead doctor --send-test-mail</code> sent this one.</p>`,
      messageId: `<test.${request.nowMs}.${findings.length}@logstead.invalid>`,
      inReplyTo: null,
      createdAtMs: request.nowMs,
    });
    findings.push(
      attempt.outcome === 'sent'
        ? well(CHECK, `mail: ${place} took a test mail for ${to}`)
        : failed(`mail to ${to}: ${attempt.error}`, FIX),
    );
  }
  return findings;
}

/** Its mails are sent all the same: some servers know who may send by the address alone. */
function unasked(place: string): Finding {
  const text = `mail: ${place} offers no sign-in, so mails are sent without one`;
  const fix =
    'most servers offer it where the connection is encrypted: see secure and port in [email]; where none is needed, leave user out';
  return { check: CHECK, verdict: 'warn', harm: 'mail', text, fix };
}

const FIX = 'see [email] in the config, and "logstead check --settings" for what is in force';

function failed(text: string, fix: string): Finding {
  return { check: CHECK, verdict: 'fail', harm: 'mail', text, fix };
}

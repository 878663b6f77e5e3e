/**
 * The SMTP server as a process of its own, for a daemon in another network namespace: it asks for a user and a password
 * where these are its arguments. Its first line is the port, then one JSON object a mail: envelope, subject and text.
 */
import { simpleParser } from 'mailparser';
import { SmtpSink } from './smtp-sink.ts';
import { waitFor } from './wait-for.ts';

const FOR_EVER_MS = 24 * 3_600_000;

const [user, password] = process.argv.slice(2);
const isAsking = user !== undefined && password !== undefined;
await using sink = await SmtpSink.listen(isAsking ? { login: { user, password } } : {});
process.stdout.write(`${sink.port}\n`);
for (let told = 0; ; told += 1) {
  await waitFor(() => sink.messages.length > told, { timeoutMs: FOR_EVER_MS });
  const { to, raw } = sink.messages[told]!;
  const { subject, text } = await simpleParser(raw);
  process.stdout.write(`${JSON.stringify({ to, subject, text })}\n`);
}

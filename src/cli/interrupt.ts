/**
 * What Ctrl-C (SIGINT), SIGTERM and a terminal that is closed (SIGHUP, and output that leads nowhere) do to a command.
 *
 * - They end it at once, as they end any program: nothing that a command leaves half done is believed later.
 * - A command that has something to finish asks for `stop` first: from then on they abort that signal instead.
 *   Not before: a handler waits for the event loop, and of a command that does not look they would be lost.
 * - One that only reads and shares code with those says so with `endOnInterrupt`: a scan gives the loop no turn.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const stopping = new AbortController();
let isDecided = false;
let isAskedFor = false;
let heeded: readonly NodeJS.Signals[] = SIGNALS;

/** The signal that a command looks at which has something to finish. */
export function stopOfProcess(): AbortSignal {
  if (!isDecided) {
    isDecided = true;
    isAskedFor = true;
    for (const signal of heeded) process.on(signal, () => stopping.abort(signal));
  }
  return stopping.signal;
}

/** For commands that only read: they have nothing to finish, though they may look at `stop`. */
export function endOnInterrupt(): void {
  isDecided = true;
}

/** Started with `nohup`: the terminal may be closed. Node has forgotten it, and would end. */
export function ignoreHangUp(): void {
  heeded = SIGNALS.filter((signal) => signal !== 'SIGHUP');
  process.on('SIGHUP', () => {});
}

/** For the daemon, to which SIGHUP says something else: before it asks for `stop`. Whether one came while it starts is what the answer says. */
export function leaveHangUp(): () => boolean {
  let came = false;
  heeded = SIGNALS.filter((signal) => signal !== 'SIGHUP');
  process.on('SIGHUP', () => {
    came = true;
  });
  return () => came;
}

/** Nobody reads what a command says any more. False: it has nothing to finish. */
export function stopUnread(): boolean {
  if (isAskedFor) stopping.abort('EPIPE');
  return isAskedFor;
}

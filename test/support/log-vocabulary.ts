/**
 * What generated log messages are made of, and the random numbers behind them.
 *
 * No message begins with, or names, a level, and none holds a quote or a backslash: every format can carry
 * it as it is, and a reader that guesses levels from words has nothing to guess.
 */

/** Repeatable random numbers: xorshift32, good enough for text and very fast. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Spread small seeds over all bits; zero would stay zero.
    this.#state = Math.imul(seed | 0, 0x9e3779b1) ^ 0x85ebca6b || 1;
  }

  /** 32 bits, unsigned. */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** An integer from 0 to `limit - 1`. */
  below(limit: number): number {
    return this.next() % limit;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.next() % from.length]!;
  }

  /** Eight hex digits. */
  hex(): string {
    return HEX[this.next() >>> 16]! + HEX[this.next() >>> 16]!;
  }

  /** A private IPv4 address. */
  address(): string {
    const bits = this.next();
    return `10.${(bits >>> 8) & 31}.${(bits >>> 16) & 255}.${bits >>> 24}`;
  }
}

const HEX = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, '0'));

const NOUNS =
  'order invoice session cart shipment customer payment report image thumbnail queue worker shard replica bucket token lease route peer snapshot'.split(
    ' ',
  );
const PLACES = 'eu-central us-east ap-south eu-west sa-east'.split(' ');
const VERBS = 'accepted stored expired renewed moved merged released delivered queued'.split(' ');

const TEMPLATES: readonly ((random: Random) => string)[] = [
  (r) => `${r.pick(NOUNS)} ${r.below(10_000_000)} ${r.pick(VERBS)} in ${r.below(900)} ms`,
  (r) =>
    `connection from ${r.address()}:${1024 + r.below(60_000)} closed after ${r.below(9_000)} s`,
  (r) => `request ${r.hex()}-${r.hex()} to ${r.pick(NOUNS)} service took ${r.below(4_000)} ms`,
  (r) => `user ${r.below(80_000)} opened ${r.pick(NOUNS)} page from ${r.address()}`,
  (r) =>
    `${r.pick(NOUNS)} cache hit ratio ${r.below(100)}.${r.below(10)} percent over ${r.below(600)} s`,
  (r) => `retrying ${r.pick(NOUNS)} sync with ${r.pick(PLACES)} attempt ${1 + r.below(5)} of 5`,
  (r) =>
    `no answer from ${r.address()} within ${1 + r.below(30)} s while reading ${r.pick(NOUNS)} ${r.hex()}`,
  (r) => `scheduled job ${r.pick(NOUNS)}-cleanup removed ${r.below(5_000)} rows`,
  (r) => `replica ${r.pick(PLACES)}-${r.below(9)} is ${r.below(30_000)} bytes behind`,
  (r) => `disk /dev/sd${'abcd'[r.below(4)]} has ${r.below(100)} percent free`,
  (r) =>
    `upload of /srv/files/${r.pick(NOUNS)}/${r.hex()}.bin finished with ${r.below(10_000_000)} bytes`,
  (r) => `payment ${r.hex()} of ${r.below(900)}.${10 + r.below(90)} EUR ${r.pick(VERBS)}`,
];

export function makeMessage(random: Random): string {
  return random.pick(TEMPLATES)(random);
}

const CLASSES = 'OrderStore CartMapper QueueReader TokenCodec RouteTable ImageScaler'.split(' ');
const FUNCTIONS = 'load save apply decode submit await merge resolve'.split(' ');

/** The lines that follow a message, each with a newline before it. */
export function makeStackTrace(random: Random, language: 'java' | 'python'): string {
  const depth = 4 + random.below(16);
  let text = '';
  if (language === 'python') {
    text += '\nTraceback (most recent call last):';
    for (let frame = 0; frame < depth; frame += 1) {
      const name = random.pick(FUNCTIONS);
      text += `\n  File "/srv/app/${random.pick(NOUNS)}.py", line ${1 + random.below(900)}, in ${name}`;
      text += `\n    return ${name}(${random.pick(NOUNS)})`;
    }
    return `${text}\nValueError: ${random.pick(NOUNS)} ${random.below(1_000)} is not known`;
  }
  text += `\njava.lang.IllegalStateException: ${random.pick(NOUNS)} ${random.below(1_000)} is not known`;
  for (let frame = 0; frame < depth; frame += 1) {
    const owner = random.pick(CLASSES);
    text += `\n\tat com.example.${owner}.${random.pick(FUNCTIONS)}(${owner}.java:${1 + random.below(900)})`;
  }
  return `${text}\nCaused by: java.io.IOException: stream ${random.hex()} closed\n\t... ${depth} more`;
}

/** Asks a daemon heavy questions, one after the other, until it is told to stop; prints how many were answered. */
const listen = process.argv[2] ?? '';
/** A rare word, a regular expression over everything, counts, and the newest entries of a common word. */
const QUESTIONS = [
  '/api/search?q=nonexistentword&limit=100',
  '/api/search?q=/time.*out/&limit=100',
  '/api/search?q=level%3E%3Derror&limit=100',
  '/api/stats?q=*',
  '/api/search?q=connection&limit=100',
];
let answered = 0;
let stopped = false;
process.once('SIGTERM', () => {
  stopped = true;
});
for (let turn = 0; !stopped; turn += 1) {
  try {
    const response = await fetch(`http://${listen}${QUESTIONS[turn % QUESTIONS.length]}`);
    await response.arrayBuffer();
    if (response.ok) answered += 1;
  } catch {
    // The daemon may not listen yet, or no more.
  }
}
process.stdout.write(String(answered));

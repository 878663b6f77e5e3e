/** What properties of alert rules write: lines of a few shops, users and versions, so that rules of all kinds have something to find. */

export const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'];
export const MESSAGES = ['beat', 'begun', 'done', 'it works', 'no route to host'];
const SHOPS = ['north', 'south', 'west'];
const VERSIONS = ['1.0', '1.1'];

/** `shop=north user=u3 ms=80`, some with a version. */
export function shopFields(random: () => number): string {
  const pick = (items: readonly string[]): string => items[Math.floor(random() * items.length)]!;
  return [
    `shop=${pick(SHOPS)}`,
    `user=u${Math.floor(random() * 6)}`,
    `ms=${Math.floor(random() * 120)}`,
    ...(random() < 0.2 ? [`version=${pick(VERSIONS)}`] : []),
  ].join(' ');
}

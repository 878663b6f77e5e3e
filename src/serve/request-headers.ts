/** What request headers say that are lists: which version the browser has, and whether it takes an encoding (RFC 9110). */

/** `If-None-Match`: whether it names this tag, or any. Tags are compared weakly: a proxy that compressed it has marked it `W/`. */
export function namesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return [...header.matchAll(/"[^"]*"/g)].some(([named]) => named === tag);
}

/** `Accept-Encoding`: whether it takes this one, by its name or by `*`; `q=0` refuses it. */
export function takesEncoding(header: string | undefined, name: string): boolean {
  const weights = new Map<string, number>();
  for (const item of (header ?? '').split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1)));
  }
  return (weights.get(name) ?? weights.get('*') ?? 0) > 0;
}

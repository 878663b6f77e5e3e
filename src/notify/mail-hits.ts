/** A line of an entry in an HTML mail, with the words that its rule looks for marked. */
import { Html, html } from '../base/html.ts';
import { type HitFinder, hitFinder } from '../query/hits.ts';
import { parseQuery } from '../query/parse-query.ts';

/** A line with its hits marked; the leading spaces of a stack trace are kept. */
export function indentedLine(line: string, hits: HitFinder): Html {
  const text = line.trimStart();
  const parts: Html[] = [];
  let at = 0;
  for (const { start, end } of hits(text)) {
    const mark = html`<span class="mk" style="background-color:#FFE48A;color:#2B2200;border-bottom:2px solid #8A5C00;">${text.slice(start, end)}</span>`;
    parts.push(html`${text.slice(at, start)}${mark}`);
    at = end;
  }
  return html`${new Html('&nbsp;'.repeat(line.length - text.length))}${parts}${text.slice(at)}<br>`;
}

/** A condition that is no query marks nothing. */
export function hitsOf(condition: string | null): HitFinder {
  if (condition === null) return () => [];
  try {
    return hitFinder(parseQuery(condition, { nowMs: 0, timezone: 'UTC' }).filter);
  } catch {
    return () => [];
  }
}

/** A pattern in HTML: count, level as word and shape, placeholders as chips, one real example. */
import { type Html, html } from '../base/html.ts';
import { formatCount } from '../base/number-text.ts';
import { levelNameOf } from '../model/level.ts';
import { PLACEHOLDER_PATTERN } from '../pattern/template.ts';
import type { PatternTally } from './pattern-tallies.ts';
import { exactText, momentText, type TimeStyle } from './report-time.ts';

/** `isShown`: its example stands above already. */
export function patternItem(
  pattern: PatternTally,
  options: Readonly<{ style: TimeStyle; isShown: boolean }>,
): Html {
  const { style, isShown } = options;
  const { count, levelCode, source, template, example } = pattern;
  const first = momentText(pattern.firstUs / 1000, style);
  const last = momentText(pattern.lastUs / 1000, style);
  const when = count === 1 ? `at ${first}` : `first ${first}, last ${last}`;
  const shown =
    example === template || isShown
      ? null
      : html`<p class="ex${EXAMPLE_EDGES[levelCode] ?? ''}">${exactText(pattern.exampleUs / 1000, style)} ${example}</p>`;
  return html`<li class="p"><b>${formatCount(count)}</b><div>${levelMark(levelCode)} <span class="pt">${templateHtml(template)}</span> <small>${source}, ${when}${isShown ? '. Example above.' : ''}</small>${shown}</div></li>
`;
}

/** Placeholders as chips. A message that itself says `<n>` gets one too; nothing is hidden by that. */
export function templateHtml(template: string): Html {
  const parts: (Html | string)[] = [];
  let at = 0;
  for (const match of template.matchAll(PLACEHOLDER_PATTERN)) {
    parts.push(template.slice(at, match.index), html`<span class="ph">${match[1] ?? ''}</span>`);
    at = match.index + match[0].length;
  }
  parts.push(template.slice(at));
  return html`${parts}`;
}

/** The level's word, with its shape from WARN up: never colour alone. */
export function levelMark(levelCode: number): Html {
  const name = levelNameOf(levelCode);
  const shape = SHAPES[name];
  const kind = shape === undefined ? 'dim' : name.toLowerCase();
  const symbol =
    shape === undefined
      ? null
      : html`<svg class="s ${kind}" viewBox="0 0 12 12" aria-hidden="true">${shape}</svg>`;
  return html`${symbol}<span class="lv ${kind}">${name}</span>`;
}

const SHAPES: Readonly<Record<string, Html>> = {
  FATAL: html`<path fill="currentColor" fill-rule="evenodd" d="M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5zM3.2 4.2L5 6 3.2 7.8l1 1L6 7l1.8 1.8 1-1L7 6l1.8-1.8-1-1L6 5 4.2 3.2z"/>`,
  ERROR: html`<circle cx="6" cy="6" r="5.5" fill="currentColor"/>`,
  WARN: html`<path d="M6 1.2L11.3 10.8H.7z" fill="none" stroke="currentColor" stroke-width="1.6"/>`,
};

/** Left edge of the example, by level code: dashed for WARN, solid above. */
const EXAMPLE_EDGES: Readonly<Record<number, string>> = { 3: ' w', 4: ' e', 5: ' f' };

/**
 * The sections of an HTML mail: entries with what stands around them, a chart, patterns, links, a command, a list.
 *
 * Foreign text is escaped by the `html` template. Addresses are made by us, and escaped all the same.
 */
import { type Html, html } from '../base/html.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { Level } from '../model/level.ts';
import { PLACEHOLDER_PATTERN } from '../pattern/template.ts';
import type { HitFinder } from '../query/hits.ts';
import { CHART_NAME, CHART_WIDTH } from './alert-picture.ts';
import {
  type ChartSection,
  type EntryBlock,
  type Link,
  type PatternItem,
  type Section,
  type ShownEntry,
  timesOf,
} from './document.ts';
import { indentedLine } from './mail-hits.ts';
import { BREAKS, COLOUR, mono, sans, TABLE } from './mail-look.ts';
import { AROUND_LIMITS, shownLines } from './mail-text.ts';
import { lineClocks } from './moment-text.ts';

export type EntryLook = Readonly<{ timezone: string; hits: HitFinder }>;

/** Class and colour of a level's word and of its entry's edge; trouble is a word first, colour comes last. */
type LevelLook = Readonly<{ word: string; colour: string; edge: string; edgeColour: string }>;

const PLAIN_LOOK: LevelLook = {
  word: 't2',
  colour: COLOUR.text2,
  edge: 'en',
  edgeColour: COLOUR.edge,
};
const LEVEL_LOOK: Readonly<Partial<Record<Level, LevelLook>>> = {
  FATAL: { word: 'fa', colour: COLOUR.fatal, edge: 'ef', edgeColour: '#6B0F3D' },
  ERROR: { word: 'er', colour: COLOUR.trouble, edge: 'eh', edgeColour: COLOUR.trouble },
  WARN: { word: 'wa', colour: COLOUR.warn, edge: 'ew', edgeColour: '#E0A42C' },
};

export function sectionHtml(section: Section, look: EntryLook): Html {
  const title = html`<h2 class="t1" style="margin:20px 0 8px;${sans('15px/20px')}font-weight:bold;color:${COLOUR.text};">${section.title}</h2>
`;
  switch (section.kind) {
    case 'entries': {
      const clockOf = lineClocks(timesOf(section.blocks), look.timezone);
      const blocks = section.blocks.map((block) => blockHtml(block, { ...look, clockOf }));
      return html`${title}${blocks}${note(section.note, '0')}`;
    }
    case 'chart':
      return html`${title}${chartHtml(section)}`;
    case 'patterns':
      return html`${title}<table ${TABLE} width="100%">${section.items.map(patternHtml)}</table>
${note(section.note)}`;
    case 'links':
      return html`${title}${linksHtml(section.links)}${note(section.note, '4px 0 0')}`;
    case 'list':
      return html`${title}<table ${TABLE} width="100%">${section.items.map(itemHtml)}</table>
${note(section.note)}`;
    case 'command':
      return html`${title}<table ${TABLE} width="100%"><tr><td class="b t1" style="padding:10px;background-color:${COLOUR.page};border-radius:6px;${mono('13px/18px')}color:${COLOUR.text};${BREAKS}">${section.command}</td></tr></table>
${note(section.note)}`;
  }
}

/** The first is what most people want; side by side where there is room. */
export function buttonsHtml(buttons: readonly Link[]): Html | null {
  if (buttons.length === 0) return null;
  const cells = buttons.map(({ label, url }, index) => {
    const isFirst = index === 0;
    const gap = index < buttons.length - 1 ? '0 8px 0 0' : '0';
    const font = html`${sans('16px/20px')}text-align:center;text-decoration:none;border-radius:6px;display:block;`;
    const link = isFirst
      ? html`<a class="bt" href="${url}" style="${font}padding:12px 8px;font-weight:bold;background-color:${COLOUR.accent};color:#FFFFFF;">${label}</a>`
      : html`<a class="b2" href="${url}" style="${font}padding:11px 8px;border:1px solid #7D868C;color:${COLOUR.text};">${label}</a>`;
    return html`<td class="stk" width="50%" style="padding:${gap};">${link}</td>`;
  });
  return html`<table ${TABLE} width="100%" style="margin:16px 0 0;"><tr>${cells}</tr></table>
`;
}

type LineLook = EntryLook & Readonly<{ clockOf: ReturnType<typeof lineClocks> }>;

function blockHtml({ title, entries, note: below }: EntryBlock, look: LineLook): Html {
  const head = html`<tr><td class="b t2" style="padding:6px 10px;background-color:${COLOUR.page};${sans('12px/16px')}color:${COLOUR.text2};${BREAKS}">${title}</td></tr>
`;
  const foot = html`<tr><td class="b t2" style="padding:5px 10px 7px 12px;background-color:${COLOUR.page};${sans('12px/17px')}color:${COLOUR.text2};">${below}</td></tr>
`;
  return html`<table ${TABLE} width="100%" class="ln" style="border:1px solid ${COLOUR.line};border-collapse:separate;border-radius:6px;margin:0 0 12px;">
${title !== '' && head}${entries.map((entry) => entryHtml(entry, look))}${below !== '' && foot}</table>
`;
}

function entryHtml({ record, isMatch }: ShownEntry, look: LineLook): Html {
  const { level } = record;
  const colours = (level === null ? undefined : LEVEL_LOOK[level]) ?? PLAIN_LOOK;
  const word = html` <b class="${colours.word}" style="color:${colours.colour};">${level}</b>`;
  const clock = look.clockOf(Date.parse(record.timestamp));
  const head = html`<span class="t2" style="color:${COLOUR.text2};">${clock}</span>${level !== null && word}<br>`;
  const font = html`${mono('12px/17px')}${BREAKS}`;
  if (isMatch) {
    return html`<tr><td class="s ${colours.edge}" style="padding:5px 10px 5px 9px;border-left:3px solid ${colours.edgeColour};background-color:${COLOUR.card};${font}color:${COLOUR.text};">${head}<span class="t1">${matchLines(record, look)}</span></td></tr>
`;
  }
  const lines = shownLines(record, AROUND_LIMITS).map((line) => indentedLine(line, () => []));
  return html`<tr><td class="b ea" style="padding:5px 10px 5px 9px;border-left:3px solid ${COLOUR.page};background-color:${COLOUR.page};${font}color:${COLOUR.text2};">${head}<span class="t2">${lines}</span></td></tr>
`;
}

function matchLines(record: EntryRecord, { hits }: EntryLook): Html[] {
  return shownLines(record).map((line) => indentedLine(line, hits));
}

/** On white in both themes: the picture is. */
function chartHtml({ alt, caption, marks }: ChartSection): Html {
  const [first, middle, last] = marks;
  const mark = (text: string, align: string): Html =>
    html`<td width="33%" align="${align}" style="padding:2px 0 0;${sans('11px/14px')}color:${COLOUR.text2};">${text}</td>`;
  return html`<table ${TABLE} width="100%" style="max-width:440px;"><tr><td style="padding:8px;border-radius:6px;background-color:#FFFFFF;">
<p style="margin:0 0 4px;${sans('13px/17px')}font-weight:bold;text-align:right;color:${COLOUR.trouble};${BREAKS}">${caption}</p>
<img src="cid:${CHART_NAME}" width="${CHART_WIDTH}" alt="${alt}" style="display:block;width:100%;height:auto;border:0;${sans('13px/18px')}color:${COLOUR.text2};">
<table ${TABLE} width="100%"><tr>${mark(first, 'left')}${mark(middle, 'center')}${mark(last, 'right')}</tr></table>
</td></tr></table>
`;
}

function patternHtml({ count, text, note: below }: PatternItem): Html {
  const parts: (Html | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(PLACEHOLDER_PATTERN)) {
    const name = html`<i class="t2" style="color:#5C666D;">${match[1]!}</i>`;
    parts.push(text.slice(at, match.index), name);
    at = match.index + match[0].length;
  }
  parts.push(text.slice(at));
  const line = html`border-bottom:1px solid ${COLOUR.line};`;
  const foot = html`<br><span class="t2" style="${sans('12px/18px')}color:${COLOUR.text2};">${below}</span>`;
  return html`<tr><td valign="top" align="right" class="t1 bd" style="padding:6px 10px 6px 0;${line}${sans('14px/18px')}font-weight:bold;color:${COLOUR.text};width:32px;">${count}</td><td class="t1 bd" style="padding:6px 0;${line}${mono('12px/18px')}color:${COLOUR.text};${BREAKS}">${parts}${below !== '' && foot}</td></tr>
`;
}

function linksHtml(links: readonly Link[]): Html {
  const parts = links.map(({ label, url }, index) => {
    const link = html`<a class="ac" href="${url}" style="color:${COLOUR.accent};white-space:nowrap;">${label}</a>`;
    return index === 0 ? link : html` &nbsp;&middot;&nbsp; ${link}`;
  });
  return html`<p class="t2" style="margin:0;${sans('15px/24px')}color:${COLOUR.text2};">${parts}</p>
`;
}

function itemHtml(item: string): Html {
  return html`<tr><td class="t1 bd" style="padding:6px 0;border-bottom:1px solid ${COLOUR.line};${sans('14px/18px')}color:${COLOUR.text};${BREAKS}">${item}</td></tr>
`;
}

function note(text: string, margin = '6px 0 0'): Html | null {
  if (text === '') return null;
  return html`<p class="t2" style="margin:${margin};${sans('13px/18px')}color:${COLOUR.text2};">${text}</p>
`;
}

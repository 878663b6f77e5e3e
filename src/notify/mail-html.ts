/**
 * A notification as an HTML mail: tables and inline styles, at most 600 px wide and whole at 320 px, readable in
 * light and dark, no image, nothing loaded from anywhere.
 *
 * Foreign text is escaped by the `html` template. Colours and fonts are constants of our own: they stand in
 * `style` attributes, where nothing foreign ever goes.
 */
import { Html, html } from '../base/html.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { Level } from '../model/level.ts';
import { type HitFinder, hitFinder } from '../query/hits.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { EntryBlock, Fact, NoticeDocument, Section } from './document.ts';
import { BREAKS, COLOUR, mailPage, mono, sans, TABLE } from './mail-look.ts';
import { shownLines } from './mail-text.ts';
import { clockTextMs } from './moment-text.ts';

type EntryLook = Readonly<{ timezone: string; hits: HitFinder }>;

/** Class and colour of a level's word and of its entry's edge; trouble is a word first, colour comes last. */
type LevelLook = Readonly<{ word: string; colour: string; edge: string; edgeColour: string }>;

const PLAIN_LOOK: LevelLook = {
  word: 't2',
  colour: COLOUR.text2,
  edge: 'en',
  edgeColour: COLOUR.line,
};
const LEVEL_LOOK: Readonly<Partial<Record<Level, LevelLook>>> = {
  FATAL: { word: 'fa', colour: COLOUR.fatal, edge: 'ef', edgeColour: '#6B0F3D' },
  ERROR: { word: 'er', colour: COLOUR.trouble, edge: 'eh', edgeColour: COLOUR.trouble },
  WARN: { word: 'wa', colour: COLOUR.warn, edge: 'ew', edgeColour: '#E0A42C' },
};

export function noticeHtml(document: NoticeDocument, timezone: string): string {
  const { subject, preview, isTrouble, status, heading, lead, footer } = document;
  const entryLook = { timezone, hits: hitsOf(document.condition) };
  const sections = document.sections.map((section) => sectionHtml(section, entryLook));
  return mailPage({
    subject,
    preview,
    isTrouble,
    status,
    heading,
    body: html`${lead !== '' && paragraph(lead)}
${factTable(document.facts)}
${sections}`,
    footer,
  });
}

function factTable(facts: readonly Fact[]): Html | null {
  if (facts.length === 0) return null;
  const rows = facts.map(({ label, value, detail }) => {
    const shown = detail === '' ? html`${value}` : html`<b>${value}</b>, ${detail}`;
    return html`<tr><td valign="top" class="t2" style="padding:2px 12px 2px 0;${sans('14px/20px')}color:${COLOUR.text2};">${label}</td>
<td class="t1" style="padding:2px 0;${sans('14px/20px')}color:${COLOUR.text};${BREAKS}">${shown}</td></tr>
`;
  });
  return html`<table ${TABLE}>${rows}</table>`;
}

function sectionHtml(section: Section, look: EntryLook): Html {
  const title = html`<h2 class="t1" style="margin:20px 0 8px;${sans('15px/20px')}font-weight:bold;color:${COLOUR.text};">${section.title}</h2>
`;
  switch (section.kind) {
    case 'entries':
      return html`${title}${section.blocks.map((block) => blockHtml(block, look))}${note(section.note)}`;
    case 'list': {
      const items = section.items.map(
        (
          item,
        ) => html`<tr><td class="t1 bd" style="padding:6px 0;border-bottom:1px solid ${COLOUR.line};${sans('14px/18px')}color:${COLOUR.text};${BREAKS}">${item}</td></tr>
`,
      );
      return html`${title}<table ${TABLE} width="100%">${items}</table>
${note(section.note)}`;
    }
    case 'command':
      return html`${title}<table ${TABLE} width="100%"><tr><td class="b t1" style="padding:10px;background-color:${COLOUR.page};border-radius:6px;${mono('13px/18px')}color:${COLOUR.text};${BREAKS}">${section.command}</td></tr></table>
${note(section.note)}`;
  }
}

function blockHtml({ title, entries }: EntryBlock, look: EntryLook): Html {
  const head = html`<tr><td class="b t2" style="padding:6px 10px;background-color:${COLOUR.page};${sans('12px/16px')}color:${COLOUR.text2};${BREAKS}">${title}</td></tr>
`;
  return html`<table ${TABLE} width="100%" class="ln" style="border:1px solid ${COLOUR.line};border-collapse:separate;border-radius:6px;margin:0 0 12px;">
${title !== '' && head}${entries.map((entry) => entryHtml(entry, look))}</table>
`;
}

function entryHtml(entry: EntryRecord, { timezone, hits }: EntryLook): Html {
  const { level } = entry;
  const look = (level === null ? undefined : LEVEL_LOOK[level]) ?? PLAIN_LOOK;
  const clock = clockTextMs(Date.parse(entry.timestamp), timezone);
  const word = html` <b class="${look.word}" style="color:${look.colour};">${level}</b>`;
  const lines = shownLines(entry).map((line) => html`${indented(line, hits)}<br>`);
  return html`<tr><td class="s ${look.edge}" style="padding:5px 10px 5px 9px;border-left:3px solid ${look.edgeColour};background-color:${COLOUR.card};${mono('12px/17px')}color:${COLOUR.text};${BREAKS}"><span class="t2" style="color:${COLOUR.text2};">${clock}</span>${level !== null && word}<br><span class="t1">${lines}</span></td></tr>
`;
}

/** A line with its hits marked; the leading spaces of a stack trace are kept. */
function indented(line: string, hits: HitFinder): Html {
  const text = line.trimStart();
  const parts: Html[] = [];
  let at = 0;
  for (const { start, end } of hits(text)) {
    const mark = html`<span class="mk" style="background-color:#FFE48A;color:#2B2200;border-bottom:2px solid #8A5C00;">${text.slice(start, end)}</span>`;
    parts.push(html`${text.slice(at, start)}${mark}`);
    at = end;
  }
  return html`${new Html('&nbsp;'.repeat(line.length - text.length))}${parts}${text.slice(at)}`;
}

/** A condition that is no query marks nothing. */
function hitsOf(condition: string | null): HitFinder {
  if (condition === null) return () => [];
  try {
    return hitFinder(parseQuery(condition, { nowMs: 0, timezone: 'UTC' }).filter);
  } catch {
    return () => [];
  }
}

function paragraph(text: string): Html {
  const lines = text.split('\n').map((line) => html`${line}<br>`);
  return html`<p class="t1" style="margin:0 0 10px;${sans('15px/21px')}color:${COLOUR.text};${BREAKS}">${lines}</p>`;
}

function note(text: string): Html | null {
  if (text === '') return null;
  return html`<p class="t2" style="margin:6px 0 0;${sans('13px/18px')}color:${COLOUR.text2};">${text}</p>
`;
}

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
import { shownLines } from './mail-text.ts';
import { clockTextMs } from './moment-text.ts';

const SANS =
  "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif;";
const MONO =
  "font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;";
const BREAKS = 'word-break:break-word;overflow-wrap:anywhere;';

/** Light colours stand inline; the dark ones replace them, by class, where a client asks for dark. */
const COLOUR = {
  page: '#F5F6F4',
  card: '#FFFFFF',
  text: '#1B2125',
  text2: '#49535A',
  line: '#DDE1DE',
  trouble: '#AD3410',
  warn: '#7D5300',
  fatal: '#7A0F45',
} as const;

const STYLE_SHEET =
  '@media (prefers-color-scheme:dark){' +
  '.b{background-color:#111518!important}.s{background-color:#181D21!important}' +
  '.t1{color:#E3E8EA!important}.t2{color:#AEB8BE!important}' +
  '.er{color:#FF9774!important}.wa{color:#EFBF5F!important}.fa{color:#FF9CC6!important}' +
  '.mk{background-color:#5A4700!important;color:#FFF1BF!important;border-color:#EFBF5F!important}' +
  '.bd,.ln{border-color:#2A3237!important}.eh{border-left-color:#E0602F!important}' +
  '.ef{border-left-color:#F276AE!important}.ew{border-left-color:#F0CD78!important}' +
  '.en{border-left-color:#2A3237!important}}' +
  '@media (max-width:480px){.px{padding-left:16px!important;padding-right:16px!important}}';

const TABLE = new Html('role="presentation" cellpadding="0" cellspacing="0" border="0"');

/** Keeps clients from showing what follows behind the preview. */
const PREVIEW_FILLER = new Html('&#847;&zwnj;&nbsp;'.repeat(20));
const PREVIEW_CHARACTERS_MAX = 200;

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
  const mark = new Html(isTrouble ? '&#9679;' : '&#10003;');
  const tone = isTrouble ? COLOUR.trouble : COLOUR.text2;
  const entryLook = { timezone, hits: hitsOf(document.condition) };
  const sections = document.sections.map((section) => sectionHtml(section, entryLook));
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no">
<title>${subject}</title>
<style>${new Html(STYLE_SHEET)}</style></head>
<body class="b" style="margin:0;padding:0;background-color:${COLOUR.page};-webkit-text-size-adjust:100%;">
<div style="display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:${COLOUR.page};">${cut(preview)} ${PREVIEW_FILLER}</div>
<table ${TABLE} width="100%" class="b" style="background-color:${COLOUR.page};"><tr><td align="center" style="padding:0;">
<table ${TABLE} width="100%" class="s" style="max-width:600px;background-color:${COLOUR.card};text-align:left;">
<tr><td style="height:4px;line-height:4px;font-size:4px;background-color:${tone};">&nbsp;</td></tr>
<tr><td class="px" style="padding:16px 24px 20px;">
<p class="${isTrouble ? 'er' : 't2'}" style="margin:0 0 4px;${sans('13px/18px')}font-weight:bold;color:${tone};">${mark} ${status}</p>
<h1 class="t1" style="margin:0 0 10px;${sans('21px/27px')}font-weight:bold;color:${COLOUR.text};${BREAKS}">${heading}</h1>
${lead !== '' && paragraph(lead)}
${factTable(document.facts)}
${sections}
</td></tr>
<tr><td class="px b bd" style="padding:14px 24px 24px;background-color:${COLOUR.page};border-top:1px solid ${COLOUR.line};">
<p class="t2" style="margin:0;${sans('12px/18px')}color:${COLOUR.text2};${BREAKS}">${footer}</p></td></tr>
</table></td></tr></table></body></html>
`.text;
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

/** A part of a `style` attribute. `size` is `font-size/line-height`. */
function sans(size: string): Html {
  return fontOf(SANS, size);
}

function mono(size: string): Html {
  return fontOf(MONO, size);
}

function fontOf(family: string, size: string): Html {
  const [fontSize, lineHeight] = size.split('/');
  return new Html(`${family}font-size:${fontSize};line-height:${lineHeight};`);
}

function cut(text: string): string {
  if (text.length <= PREVIEW_CHARACTERS_MAX) return text;
  return `${text.slice(0, PREVIEW_CHARACTERS_MAX).toWellFormed()}…`;
}

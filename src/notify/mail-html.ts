/**
 * A notification as an HTML mail: tables and inline styles, at most 600 px wide and whole at 320 px, readable in
 * light and dark, no image, nothing loaded from anywhere.
 *
 * Every foreign text passes `escapeHtml`, here and nowhere else; colours and fonts are constants.
 */
import { escapeHtml } from '../base/escape.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { Level } from '../model/level.ts';
import type { EntryBlock, Fact, NoticeDocument, Section } from './document.ts';
import { shownLines } from './mail-text.ts';
import { clockTextMs } from './moment-text.ts';

const SANS =
  "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif;";
const MONO =
  "font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;";
const BREAKS = 'word-break:break-word;overflow-wrap:anywhere;';

/** Light colours stand inline; the dark ones replace them where a client asks for dark. */
const COLOUR = {
  page: '#F5F6F4',
  card: '#FFFFFF',
  text: '#1B2125',
  text2: '#49535A',
  line: '#DDE1DE',
  trouble: '#AD3410',
  warn: '#7D5300',
  fatal: '#7A0F45',
  accent: '#0B665E',
} as const;

const DARK_STYLE =
  '@media (prefers-color-scheme:dark){' +
  '.b{background-color:#111518!important}.s{background-color:#181D21!important}' +
  '.t1{color:#E3E8EA!important}.t2{color:#AEB8BE!important}' +
  '.er{color:#FF9774!important}.wa{color:#EFBF5F!important}.fa{color:#FF9CC6!important}' +
  '.bd,.ln{border-color:#2A3237!important}.hb{border-left-color:#E0602F!important}' +
  '.fb{border-left-color:#F276AE!important}.wb{border-left-color:#F0CD78!important}' +
  '.nb{border-left-color:#2A3237!important}}';
const NARROW_STYLE =
  '@media (max-width:480px){.px{padding-left:16px!important;padding-right:16px!important}}';

const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"';

/** Keeps clients from showing what follows behind the preview. */
const PREVIEW_FILLER = '&#847;&zwnj;&nbsp;'.repeat(20);

/** Class, colour and edge of a level; trouble is a word first, colour comes last. */
type LevelLook = Readonly<{ text: string; colour: string; edge: string; edgeColour: string }>;

const PLAIN_LOOK: LevelLook = {
  text: 't2',
  colour: COLOUR.text2,
  edge: 'nb',
  edgeColour: COLOUR.line,
};
const LEVEL_LOOK: Readonly<Partial<Record<Level, LevelLook>>> = {
  FATAL: { text: 'fa', colour: COLOUR.fatal, edge: 'fb', edgeColour: '#6B0F3D' },
  ERROR: { text: 'er', colour: COLOUR.trouble, edge: 'hb', edgeColour: COLOUR.trouble },
  WARN: { text: 'wa', colour: COLOUR.warn, edge: 'wb', edgeColour: '#E0A42C' },
};

export function noticeHtml(document: NoticeDocument, timezone: string): string {
  const { subject, preview, isTrouble, status, heading, lead, facts, sections, footer } = document;
  const bar = isTrouble ? COLOUR.trouble : COLOUR.text2;
  const statusMark = isTrouble ? '&#9679; ' : '&#10003; ';
  const statusLook = isTrouble
    ? `class="er" style="color:${bar};`
    : `class="t2" style="color:${bar};`;
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
    '<meta name="format-detection" content="telephone=no,date=no,address=no">',
    `<title>${escapeHtml(subject)}</title>`,
    `<style>${DARK_STYLE}${NARROW_STYLE}</style></head>`,
    `<body class="b" style="margin:0;padding:0;background-color:${COLOUR.page};-webkit-text-size-adjust:100%;">`,
    `<div style="display:none;max-height:0;overflow:hidden;font-size:1px;line-height:1px;color:${COLOUR.page};">`,
    `${escapeHtml(cut(preview, 200))} ${PREVIEW_FILLER}</div>`,
    `<table ${TABLE} width="100%" class="b" style="background-color:${COLOUR.page};"><tr><td align="center" style="padding:0;">`,
    `<table ${TABLE} width="100%" class="s" style="max-width:600px;background-color:${COLOUR.card};text-align:left;">`,
    `<tr><td style="height:4px;line-height:4px;font-size:4px;background-color:${bar};">&nbsp;</td></tr>`,
    '<tr><td class="px" style="padding:16px 24px 20px;">',
    `<p ${statusLook}margin:0 0 4px;${SANS}font-size:13px;line-height:18px;font-weight:bold;">`,
    `${statusMark}${escapeHtml(status)}</p>`,
    `<h1 class="t1" style="margin:0 0 10px;${SANS}font-size:21px;line-height:27px;font-weight:bold;color:${COLOUR.text};${BREAKS}">`,
    `${escapeHtml(heading)}</h1>`,
    lead === '' ? '' : paragraph(lead, 15),
    factTable(facts),
    ...sections.map((section) => sectionHtml(section, timezone)),
    '</td></tr>',
    `<tr><td class="px b bd" style="padding:14px 24px 24px;background-color:${COLOUR.page};border-top:1px solid ${COLOUR.line};">`,
    `<p class="t2" style="margin:0;${SANS}font-size:12px;line-height:18px;color:${COLOUR.text2};${BREAKS}">`,
    `${escapeHtml(footer)}</p></td></tr>`,
    '</table></td></tr></table></body></html>',
  ].join('\n');
}

function factTable(facts: readonly Fact[]): string {
  if (facts.length === 0) return '';
  const rows = facts.map(({ label, value, detail }) => {
    const tail = detail === '' ? '' : `, ${escapeHtml(detail)}`;
    return (
      `<tr><td valign="top" class="t2" style="padding:2px 12px 2px 0;${SANS}font-size:14px;line-height:20px;color:${COLOUR.text2};">${escapeHtml(label)}</td>` +
      `<td class="t1" style="padding:2px 0;${SANS}font-size:14px;line-height:20px;color:${COLOUR.text};${BREAKS}">` +
      `${tail === '' ? escapeHtml(value) : `<b>${escapeHtml(value)}</b>${tail}`}</td></tr>`
    );
  });
  return `<table ${TABLE}>${rows.join('\n')}</table>`;
}

function sectionHtml(section: Section, timezone: string): string {
  const title =
    `<h2 class="t1" style="margin:20px 0 8px;${SANS}font-size:15px;line-height:20px;font-weight:bold;color:${COLOUR.text};">` +
    `${escapeHtml(section.title)}</h2>`;
  switch (section.kind) {
    case 'entries':
      return [
        title,
        ...section.blocks.map((block) => blockHtml(block, timezone)),
        note(section.note),
      ].join('\n');
    case 'command':
      return [
        title,
        `<table ${TABLE} width="100%"><tr><td class="b t1" style="padding:10px;background-color:${COLOUR.page};border-radius:6px;${MONO}font-size:13px;line-height:18px;color:${COLOUR.text};${BREAKS}">`,
        `${escapeHtml(section.command)}</td></tr></table>`,
        note(section.note),
      ].join('\n');
    case 'list':
      return [title, ...section.items.map((item) => paragraph(item, 14))].join('\n');
  }
}

function blockHtml({ title, entries }: EntryBlock, timezone: string): string {
  const head =
    `<tr><td class="b t2" style="padding:6px 10px;background-color:${COLOUR.page};${SANS}font-size:12px;line-height:16px;color:${COLOUR.text2};${BREAKS}">` +
    `${escapeHtml(title)}</td></tr>`;
  return [
    `<table ${TABLE} width="100%" class="ln" style="border:1px solid ${COLOUR.line};border-collapse:separate;border-radius:6px;margin:0 0 12px;">`,
    title === '' ? '' : head,
    ...entries.map((entry) => entryHtml(entry, timezone)),
    '</table>',
  ].join('\n');
}

function entryHtml(entry: EntryRecord, timezone: string): string {
  const look = (entry.level === null ? undefined : LEVEL_LOOK[entry.level]) ?? PLAIN_LOOK;
  const clock = clockTextMs(Date.parse(entry.timestamp), timezone);
  const level =
    entry.level === null
      ? ''
      : ` <b class="${look.text}" style="color:${look.colour};">${entry.level}</b>`;
  return (
    `<tr><td class="s ${look.edge}" style="padding:5px 10px 5px 9px;border-left:3px solid ${look.edgeColour};background-color:${COLOUR.card};${MONO}font-size:12px;line-height:17px;color:${COLOUR.text};${BREAKS}">` +
    `<span class="t2" style="color:${COLOUR.text2};">${clock}</span>${level}<br>` +
    `<span class="t1">${shownLines(entry).map(escapeHtml).join('<br>')}</span></td></tr>`
  );
}

function paragraph(text: string, sizePx: number): string {
  return (
    `<p class="t1" style="margin:0 0 10px;${SANS}font-size:${sizePx}px;line-height:${sizePx + 6}px;color:${COLOUR.text};${BREAKS}">` +
    `${escapeHtml(text).replaceAll('\n', '<br>')}</p>`
  );
}

function note(text: string): string {
  if (text === '') return '';
  return (
    `<p class="t2" style="margin:6px 0 0;${SANS}font-size:13px;line-height:18px;color:${COLOUR.text2};">` +
    `${escapeHtml(text)}</p>`
  );
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax).toWellFormed()}…`;
}

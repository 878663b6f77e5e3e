/**
 * What all mails look like: the frame, the colours of light and dark, the fonts. Tables and inline styles, at most
 * 600 px wide and whole at 320 px.
 *
 * Colours and fonts are constants of our own: they stand in `style` attributes, where nothing foreign ever goes.
 */
import { Html, html } from '../base/html.ts';

const SANS =
  "font-family:-apple-system,'Segoe UI',Roboto,'Noto Sans','Liberation Sans',Arial,sans-serif;";
const MONO =
  "font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace;";
export const BREAKS = 'word-break:break-word;overflow-wrap:anywhere;';

/** Light colours stand inline; the dark ones replace them, by class, where a client asks for dark. */
export const COLOUR = {
  page: '#F5F6F4',
  card: '#FFFFFF',
  text: '#1B2125',
  text2: '#49535A',
  line: '#DDE1DE',
  edge: '#7D868C',
  trouble: '#AD3410',
  warn: '#7D5300',
  fatal: '#7A0F45',
  accent: '#0B665E',
} as const;

const STYLE_SHEET =
  '@media (prefers-color-scheme:dark){' +
  '.b{background-color:#111518!important}.s{background-color:#181D21!important}' +
  '.t1{color:#E3E8EA!important}.t2{color:#AEB8BE!important}' +
  '.er{color:#FF9774!important}.wa{color:#EFBF5F!important}.fa{color:#FF9CC6!important}' +
  '.mk{background-color:#5A4700!important;color:#FFF1BF!important;border-color:#EFBF5F!important}' +
  '.bd,.ln{border-color:#2A3237!important}.eh{border-left-color:#E0602F!important}' +
  '.ef{border-left-color:#F276AE!important}.ew{border-left-color:#F0CD78!important}' +
  '.en{border-left-color:#6F7A81!important}.ea{border-left-color:#111518!important}' +
  '.ac{color:#63C7BA!important}.bt{background-color:#63C7BA!important;color:#0C1F1D!important}' +
  '.b2{border-color:#6F7A81!important;color:#E3E8EA!important}}' +
  '@media (max-width:480px){.px{padding-left:16px!important;padding-right:16px!important}' +
  '.np{display:none!important}.hf{display:inline-block!important;width:50%!important;box-sizing:border-box!important}' +
  '.stk{display:block!important;width:100%!important;padding-right:0!important;padding-bottom:8px!important;box-sizing:border-box!important}}';

export const TABLE = new Html('role="presentation" cellpadding="0" cellspacing="0" border="0"');

/** Keeps clients from showing what follows behind the preview. */
const PREVIEW_FILLER = new Html('&#847;&zwnj;&nbsp;'.repeat(20));
const PREVIEW_CHARACTERS_MAX = 200;

export type MailFrame = Readonly<{
  subject: string;
  /** What a phone shows under the subject. */
  preview: string;
  isTrouble: boolean;
  /** Above the heading. */
  status: string;
  heading: string;
  body: Html;
  footer: string;
}>;

export function mailPage(frame: MailFrame): string {
  const { subject, preview, isTrouble, status, heading, body, footer } = frame;
  const mark = new Html(isTrouble ? '&#9679;' : '&#10003;');
  const tone = isTrouble ? COLOUR.trouble : COLOUR.text2;
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
${body}
</td></tr>
<tr><td class="px b bd" style="padding:14px 24px 24px;background-color:${COLOUR.page};border-top:1px solid ${COLOUR.line};">
<p class="t2" style="margin:0;${sans('12px/18px')}color:${COLOUR.text2};${BREAKS}">${footer}</p></td></tr>
</table></td></tr></table></body></html>
`.text;
}

/** A part of a `style` attribute. `size` is `font-size/line-height`. */
export function sans(size: string): Html {
  return fontOf(SANS, size);
}

export function mono(size: string): Html {
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

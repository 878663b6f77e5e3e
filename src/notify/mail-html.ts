/**
 * A notification as an HTML mail: tables and inline styles, at most 600 px wide and whole at 320 px, readable in
 * light and dark, no picture but those inside the mail, nothing loaded from anywhere.
 *
 * Foreign text is escaped by the `html` template. Colours and fonts are constants of our own: they stand in
 * `style` attributes, where nothing foreign ever goes.
 */
import { type Html, html } from '../base/html.ts';
import type { Fact, NoticeDocument } from './document.ts';
import { hitsOf } from './mail-hits.ts';
import { BREAKS, COLOUR, mailPage, sans, TABLE } from './mail-look.ts';
import { buttonsHtml, sectionHtml } from './mail-sections.ts';

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
${buttonsHtml(document.buttons)}${sections}`,
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

function paragraph(text: string): Html {
  const lines = text.split('\n').map((line) => html`${line}<br>`);
  return html`<p class="t1" style="margin:0 0 10px;${sans('15px/21px')}color:${COLOUR.text};${BREAKS}">${lines}</p>`;
}

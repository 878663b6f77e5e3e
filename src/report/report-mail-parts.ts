/** Headings, cells and sentences of the report mail, styled inline as mail clients want them. */
import { type Html, html } from '../base/html.ts';
import { BREAKS, COLOUR, sans } from '../notify/mail-look.ts';

export function mailHeading(title: string, detail = ''): Html {
  return html`<h2 class="t1" style="margin:24px 0 6px;${sans('16px/22px')}font-weight:bold;color:${COLOUR.text};">${title} <span class="t2" style="font-weight:normal;${sans('13px/20px')}color:${COLOUR.text2};">${detail}</span></h2>
`;
}

export function mailLine(content: Html | string): Html {
  return html`<p class="t2" style="margin:0 0 8px;${sans('14px/20px')}color:${COLOUR.text2};${BREAKS}">${content}</p>
`;
}

/** `wide`: a phone has no room for it. */
type CellPlace = 'wide' | 'everywhere';

export function headCell(
  text: string,
  align: 'left' | 'right',
  place: CellPlace = 'everywhere',
): Html {
  return html`<th align="${align}" valign="bottom" class="t2 bd${PLACES[place]}" style="padding:4px ${align === 'left' ? '8px 4px 0' : '0 4px 8px'};border-bottom:1px solid ${COLOUR.line};${sans('12px/16px')}font-weight:bold;color:${COLOUR.text2};">${text}</th>`;
}

const PLACES: Readonly<Record<CellPlace, string>> = { wide: ' np', everywhere: '' };

export function dataCell(
  content: Html | string,
  align: 'left' | 'right',
  place: CellPlace = 'everywhere',
): Html {
  const wraps = align === 'left' ? BREAKS : 'white-space:nowrap;';
  return html`<td align="${align}" valign="top" class="t1 bd${PLACES[place]}" style="padding:5px ${align === 'left' ? '8px 5px 0' : '0 5px 8px'};border-bottom:1px solid ${COLOUR.line};${sans('13px/18px')}color:${COLOUR.text};${wraps}">${content}</td>`;
}

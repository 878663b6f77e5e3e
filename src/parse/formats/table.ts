/** All formats, the most particular first: of formats that fit equally many lines of a file the first is chosen. */
import type { Format } from '../format.ts';
import { Layout } from '../layout.ts';
import { access } from './access.ts';
import { json } from './json.ts';
import { klog } from './klog.ts';
import { logfmt } from './logfmt.ts';
import { syslog3164, syslog5424 } from './syslog.ts';
import { textFormats } from './text.ts';

/** The formats of one file, in order. */
export function formatsOf(layout: Layout): readonly Format[] {
  return [json, syslog5424, klog, access, logfmt, syslog3164, ...textFormats(layout)];
}

/** The format of lines that no other fits: the whole line is the message. */
export const PLAIN = 'plain';

/** Every name that `[watch] format` may give. */
export function formatNames(): string[] {
  return [...formatsOf(new Layout()).map((format) => format.name), PLAIN];
}

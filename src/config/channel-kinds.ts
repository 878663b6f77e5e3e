/** Values that name ways to tell people: `file`, `email`, sections by name, and addresses. */
import { nearestName } from '../base/nearest.ts';
import { HIDDEN } from '../base/secret.ts';
import { CHANNEL_KINDS, type Channel } from '../model/notification.ts';
import { NAMES_MAX } from './setting.ts';
import { list, schemaOf, type ValueKind } from './value-kinds.ts';

const NAMED = /^(webhook|command):(\S.{0,78}\S|\S)$/;

const channel: ValueKind<Channel> = {
  allowed: 'file, email, webhook:NAME or command:NAME',
  schema: schemaOf((value) => {
    if (value === 'file' || value === 'email') return { value };
    if (NAMED.test(value)) return { value: value as Channel };
    return { problem: '', suggestion: nearestName(value, CHANNEL_KINDS) };
  }),
  isFreeText: false,
  write: (value) => value,
};

export const channelList = list(channel, { min: 0, max: NAMES_MAX });

/** Where people reach this daemon. */
export const webAddress: ValueKind<string> = {
  allowed: 'an address such as https://logs.example.org, without a name and password in it',
  schema: schemaOf((value) => {
    if (!URL.canParse(value)) return { problem: '' };
    const { protocol, username, password, hash } = new URL(value);
    const isWeb = protocol === 'https:' || protocol === 'http:';
    const isPlain = username === '' && password === '' && hash === '';
    return isWeb && isPlain && value.length <= 2_000 ? { value } : { problem: '' };
  }),
  isFreeText: true,
  write: (value) => value,
};

/** Where a hook is reached. Whoever knows the path of one of Slack, Teams or ntfy may write there: it is a secret. */
export const hookAddress: ValueKind<string> = {
  ...webAddress,
  shown: (value) => {
    const { origin, pathname, search } = new URL(value);
    return pathname === '/' && search === '' ? value : `${origin}/${HIDDEN}`;
  },
};

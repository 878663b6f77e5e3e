/** Values that name ways to tell people: `file`, `email`, and sections by name. */
import { nearestName } from '../base/nearest.ts';
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

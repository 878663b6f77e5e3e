/** How one try to deliver ended, and what that says of the next. */
import type { DeliveryResult } from './outbox.ts';

export type Attempt = Readonly<{
  outcome: DeliveryResult['outcome'];
  /** Null when sent. */
  error: string | null;
  /** The trouble is the server's or its settings', not this message's: others will fail the same way. */
  isGeneral: boolean;
  /** For so long whoever was asked wants to be left alone, by all notifications; absent: nothing was said of that. */
  restMs?: number;
  /** What is in it was refused, not whom it is for: without that it may be taken. */
  isForContent?: true;
  /** A mail server takes no more connections for now, or none at all. */
  isCrowded?: true;
}>;

export const SENT: Attempt = { outcome: 'sent', error: null, isGeneral: false };

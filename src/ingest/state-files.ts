/** Names of what lies in the state folder. A contract: other processes and versions find things by them. */

export const LOCK_NAME = 'lock';
export const DATABASE_NAME = 'logstead.db';
export const SEGMENTS_FOLDER = 'segments';
export const INTAKE_FOLDER = 'intake';
/** What is in compressed logs while it is read: beside the index, where it is known that there is room. */
export const UNPACKED_FOLDER = 'unpacked';
/** Touched while somebody reads. */
export const PRESENCE_NAME = 'alive';
/** Signs the links of alert mails. */
export const LINK_KEY_NAME = 'link-key';

/** Rows of which followed files are asked for: of a hundred thousand files all are 30 MB and a second of work, so who asks often goes by the totals. */
export const FILE_ROWS = ['all', 'behind', 'none'] as const;

export type FileRows = (typeof FILE_ROWS)[number];

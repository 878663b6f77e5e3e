/** Rows of which followed files are asked for: of a hundred thousand files all are 30 MB and a second of work, so who asks often goes by the totals. */
export const FILE_ROWS = ['all', 'behind', 'worst', 'none'] as const;

/** Of `worst`: as many as somebody looks through. */
export const WORST_FILES_MAX = 200;

export type FileRows = (typeof FILE_ROWS)[number];

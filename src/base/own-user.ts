/** The user whose rights this process has; null where the system has none. */
export const OWN_USER: number | null = process.geteuid?.() ?? null;

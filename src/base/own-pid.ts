/** This process, for those who look at processes and must leave it out, and what runs it. */

export const OWN_PID: number = process.pid;
/** The Node of this process, for a program of ours that runs in one of its own. */
export const OWN_NODE: string = process.execPath;

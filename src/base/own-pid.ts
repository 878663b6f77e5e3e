/** This process, for those who look at processes and must leave it out. */

export const OWN_PID: number = process.pid;

/** What this process takes of the machine, all of its threads together. */

export type ProcessUsage = Readonly<{ cpuSeconds: number; residentBytes: number }>;

export function processUsage(): ProcessUsage {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    residentBytes: process.memoryUsage.rss(),
  };
}

/** The threads of a process, as the system has them. */
import { readdirSync, readFileSync } from 'node:fs';

export function threadNamesOf(pid: number): string[] {
  return threadsOf(pid).map(({ name }) => name);
}

/** Ids of the threads of a name: another thread has another one. */
export function threadIdsOf(pid: number, name: string): string[] {
  return threadsOf(pid)
    .filter((thread) => thread.name === name)
    .map(({ id }) => id);
}

function threadsOf(pid: number): { id: string; name: string }[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((id) => {
    try {
      return [{ id, name: readFileSync(`/proc/${pid}/task/${id}/comm`, 'utf8').trim() }];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

/** Writing to an open connection at its reader's pace, for answers that have no end or a far one. */
import type { ServerResponse } from 'node:http';

/** Resolves when the connection takes more, or is gone. */
export function writeAtPace(response: ServerResponse, content: string | Buffer): Promise<void> {
  if (response.destroyed || response.write(content)) return Promise.resolve();
  return new Promise((resolve) => {
    const goOn = (): void => {
      response.off('drain', goOn);
      response.off('close', goOn);
      resolve();
    };
    response.on('drain', goOn);
    response.on('close', goOn);
  });
}

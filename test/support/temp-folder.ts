/** A folder of its own for each test, removed with everything in it: `using folder = TempFolder.make()`. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export class TempFolder implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** `under`: make it there, for example on another file system. Default: the system's folder for temporary files. */
  static make(under: string = tmpdir()): TempFolder {
    return new TempFolder(mkdtempSync(join(under, 'logstead-test-')));
  }

  /** Absolute path of something in the folder. */
  join(...parts: readonly string[]): string {
    return join(this.path, ...parts);
  }

  /** Write a file, making its folders. Returns its absolute path. */
  write(name: string, content: string | Uint8Array): string {
    const path = this.join(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Add to the end of a file, making it and its folders where missing. Returns its absolute path. */
  append(name: string, content: string | Uint8Array): string {
    const path = this.join(name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { flag: 'a' });
    return path;
  }

  makeFolder(name: string): string {
    const path = this.join(name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  read(name: string): string {
    return readFileSync(this.join(name), 'utf8');
  }

  exists(name: string): boolean {
    return existsSync(this.join(name));
  }

  remove(name: string): void {
    rmSync(this.join(name), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    // A test may have taken away the right to write, which removal needs.
    chmodSync(this.path, 0o700);
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A run of rotation in this process that can die at any of its calls, and does nothing from then on. */
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { type Disk, type DiskFile, systemDisk } from '../../src/base/disk.ts';
import { recoverMoves, rotate } from '../../src/rotate/rotation-job.ts';
import type { RotationRequest } from '../../src/rotate/rotation-request.ts';
import type { RotationResult } from '../../src/rotate/rotation-run.ts';
import type { IngestScene } from './ingest-scene.ts';

/** Of the disk, of a file that is open there, or of ingest. */
export type MortalCall = Readonly<{
  of: 'disk' | 'file' | 'ingest';
  name: PropertyKey;
  argument: unknown;
}>;

export class MortalRun {
  /** Told of each call; `die` in it, or let something happen meanwhile. */
  beforeCall: (call: MortalCall) => void = () => {};
  readonly #scene: IngestScene;
  readonly #clock: Clock;
  #isDead = false;

  constructor(scene: IngestScene, clock: Clock = systemClock) {
    this.#scene = scene;
    this.#clock = clock;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  die(): void {
    this.#isDead = true;
  }

  rotate(
    run: RotationRequest['run'],
    more: Partial<RotationRequest> = {},
  ): Promise<RotationResult> {
    return rotate(this.#parts(), this.#scene.settings, { run, ...more });
  }

  /** As a daemon does that starts. */
  async recover(): Promise<void> {
    await recoverMoves(this.#parts(), this.#scene.settings);
  }

  #parts(): Parameters<typeof rotate>[0] {
    const disk = this.#watched<Disk>(systemDisk, 'disk');
    const ingest = this.#watched(this.#scene.ingest.service(), 'ingest');
    return { clock: this.#clock, disk, ingest };
  }

  #watched<T extends object>(target: T, of: MortalCall['of']): T {
    const names = [target, Object.getPrototypeOf(target)].flatMap(Reflect.ownKeys);
    const calls = names
      .map((name) => [name, Reflect.get(target, name) as unknown] as const)
      .filter(([name, member]) => name !== 'constructor' && typeof member === 'function')
      .map(([name, member]) => {
        const call = (...args: unknown[]): unknown => {
          // A process that dies closes its files.
          if (name !== 'close' && name !== Symbol.dispose)
            this.#live({ of, name, argument: args[0] });
          const answer: unknown = Reflect.apply(member as CallableFunction, target, args);
          return name === 'open' ? this.#watched(answer as DiskFile, 'file') : answer;
        };
        return [name, call];
      });
    return Object.fromEntries(calls);
  }

  #live(call: MortalCall): void {
    if (!this.#isDead) this.beforeCall(call);
    if (this.#isDead) throw new Error('the process is dead');
  }
}

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { RunningVendor } from './vendor-simulator.js';

const SAVE_EVERY_MS = 1000;
const FORMAT = 1;

/**
 * Keeps the vendors' objects in a file, so that sites which were made yesterday are still there today. Writes are
 * synchronous: the file is for one person at a desk, and a process that is ending has no time for more.
 */
export class DataFile {
  readonly #path: string;
  readonly #vendors: ReadonlyMap<string, RunningVendor>;
  #saved = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(path: string, vendors: ReadonlyMap<string, RunningVendor>) {
    this.#path = path;
    this.#vendors = vendors;
  }

  /** Takes back what an earlier process stored and saves from now on. */
  open(): void {
    for (const [name, saved] of Object.entries(readSaved(this.#path))) this.#vendors.get(name)?.load(saved);
    this.#saved = this.#revision();
    this.#timer = setInterval(() => this.#saveChanges(), SAVE_EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#saveChanges();
  }

  #revision(): number {
    let sum = 0;
    for (const vendor of this.#vendors.values()) sum += vendor.revision();
    return sum;
  }

  #saveChanges(): void {
    const revision = this.#revision();
    if (revision === this.#saved) return;
    const vendors = Object.fromEntries([...this.#vendors].map(([name, vendor]) => [name, vendor.save()]));
    const draft = `${this.#path}.draft`;
    // It holds pre-shared keys in clear, as the admin API shows them.
    writeFileSync(draft, JSON.stringify({ format: FORMAT, vendors }), { mode: 0o600 });
    renameSync(draft, this.#path);
    this.#saved = revision;
  }
}

function readSaved(path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
  const content: unknown = parse(path, text);
  const isKnown =
    typeof content === 'object' && content !== null && 'format' in content && content.format === FORMAT;
  if (!isKnown || !('vendors' in content) || typeof content.vendors !== 'object' || !content.vendors) {
    throw new Error(`${path} is no sandbox data file`);
  }
  return { ...content.vendors };
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${path} is no sandbox data file`, { cause });
  }
}

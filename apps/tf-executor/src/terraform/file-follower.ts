import { closeSync, openSync, readSync, watch, type FSWatcher } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const PIECE = 16 * 1024;

/**
 * Reads a file that another process appends to, as it grows. It reads synchronously: what was written a moment ago is
 * in memory, and the way through a thread costs ten times as much as the reading, for every line of Terraform's.
 */
export class FileFollower {
  readonly #file: number;
  readonly #watcher: FSWatcher;
  readonly #onText: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #buffer = Buffer.allocUnsafe(PIECE);
  #position = 0;

  /** Creates the file, readable by us alone, and follows it. */
  constructor(path: string, onText: (text: string) => void) {
    this.#onText = onText;
    this.#file = openSync(path, 'ax+', 0o600);
    this.#watcher = watch(path, { persistent: false }, () => this.#read());
    // What could not be watched is read at the end.
    this.#watcher.on('error', () => {});
  }

  /** Reads what is left, and stops. Nobody may append any more. */
  finish(): void {
    this.#watcher.close();
    try {
      this.#read();
      const rest = this.#decoder.end();
      if (rest !== '') this.#onText(rest);
    } finally {
      closeSync(this.#file);
    }
  }

  #read(): void {
    let size: number;
    do {
      size = readSync(this.#file, this.#buffer, 0, PIECE, this.#position);
      this.#position += size;
      if (size > 0) this.#onText(this.#decoder.write(this.#buffer.subarray(0, size)));
      // Less than was asked for is the end of the file for now; what is appended next is an event of its own.
    } while (size === PIECE);
  }
}

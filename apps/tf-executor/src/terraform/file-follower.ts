import { watch, type FSWatcher } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

const PIECE = 64 * 1024;

/** Reads a file that another process appends to, as it grows. */
export class FileFollower {
  readonly #file: FileHandle;
  readonly #watcher: FSWatcher;
  readonly #onText: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #buffer = Buffer.allocUnsafe(PIECE);
  #position = 0;
  #reading: Promise<void> | undefined;
  #hasMore = false;

  /** Creates the file, readable by us alone, and follows it. */
  static async create(path: string, onText: (text: string) => void): Promise<FileFollower> {
    return new FileFollower(path, await open(path, 'ax+', 0o600), onText);
  }

  private constructor(path: string, file: FileHandle, onText: (text: string) => void) {
    this.#file = file;
    this.#onText = onText;
    this.#watcher = watch(path, { persistent: false }, () => this.#wake());
    // What could not be watched is read at the end.
    this.#watcher.on('error', () => {});
  }

  /** Reads what is left, and stops. Nobody may append any more. */
  async finish(): Promise<void> {
    this.#watcher.close();
    try {
      await this.#reading;
      await this.#readAll();
      const rest = this.#decoder.end();
      if (rest !== '') this.#onText(rest);
    } finally {
      await this.#file.close();
    }
  }

  #wake(): void {
    this.#hasMore = true;
    this.#reading ??= this.#readWhileGrowing().finally(() => (this.#reading = undefined));
  }

  async #readWhileGrowing(): Promise<void> {
    while (this.#hasMore) {
      this.#hasMore = false;
      await this.#readAll();
    }
  }

  async #readAll(): Promise<void> {
    for (;;) {
      const { bytesRead } = await this.#file.read(this.#buffer, 0, PIECE, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      this.#onText(this.#decoder.write(this.#buffer.subarray(0, bytesRead)));
    }
  }
}

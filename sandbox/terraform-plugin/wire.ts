/**
 * The part of protocol buffers that the plugin protocol needs: varints and length-delimited fields.
 * Written out by hand because a provider is started several times per Terraform run, and a general
 * protobuf library costs more to load than all messages of a run cost to encode.
 */
const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

export class MessageWriter {
  readonly #parts: Uint8Array[] = [];

  string(field: number, value: string | undefined): this {
    return value ? this.#delimited(field, Buffer.from(value, 'utf8')) : this;
  }

  /** Empty bytes are left out, as proto3 does with every default value. */
  bytes(field: number, value: Uint8Array | undefined): this {
    return value?.length ? this.#delimited(field, value) : this;
  }

  /** An embedded message is written even when it is empty: its presence means something. */
  message(field: number, value: MessageWriter | undefined): this {
    return value ? this.#delimited(field, value.finish()) : this;
  }

  bool(field: number, value: boolean | undefined): this {
    return this.int(field, value ? 1 : 0);
  }

  int(field: number, value: number): this {
    if (value !== 0) this.#parts.push(varint(field * 8 + VARINT), varint(value));
    return this;
  }

  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #delimited(field: number, value: Uint8Array): this {
    this.#parts.push(varint(field * 8 + LENGTH_DELIMITED), varint(value.length), value);
    return this;
  }
}

/** The fields of a received message; of a repeated field the last value, which is all requests need. */
export class MessageReader {
  readonly #bytes = new Map<number, Buffer>();
  readonly #numbers = new Map<number, number>();

  constructor(message: Buffer) {
    let offset = 0;
    const next = (): number => {
      let value = 0;
      let factor = 1;
      for (;;) {
        const byte = message[offset];
        if (byte === undefined) throw new RangeError('message ends inside a number');
        offset += 1;
        value += (byte & 0x7f) * factor;
        if (byte < 0x80) return value;
        factor *= 128;
      }
    };
    while (offset < message.length) {
      const tag = next();
      const field = Math.floor(tag / 8);
      const wireType = tag % 8;
      if (wireType === VARINT) {
        this.#numbers.set(field, next());
      } else if (wireType === LENGTH_DELIMITED) {
        const length = next();
        if (offset + length > message.length) throw new RangeError('message ends inside a field');
        this.#bytes.set(field, message.subarray(offset, offset + length));
        offset += length;
      } else if (wireType === FIXED64 || wireType === FIXED32) {
        offset += wireType === FIXED64 ? 8 : 4;
      } else {
        throw new RangeError(`unknown wire type ${wireType}`);
      }
    }
  }

  string(field: number): string {
    return this.#bytes.get(field)?.toString('utf8') ?? '';
  }

  bytes(field: number): Buffer | undefined {
    return this.#bytes.get(field);
  }

  int(field: number): number {
    return this.#numbers.get(field) ?? 0;
  }

  message(field: number): MessageReader | undefined {
    const bytes = this.#bytes.get(field);
    return bytes && new MessageReader(bytes);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

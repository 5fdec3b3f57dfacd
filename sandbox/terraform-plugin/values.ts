import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';

/** A value Terraform will only know after apply. There is one: compare with `isUnknown`. */
export class Unknown {
  readonly #brand = 'unknown';

  toString(): string {
    return this.#brand;
  }
}

export const UNKNOWN = new Unknown();

export type ObjectValue = { readonly [name: string]: Value };

/** A Terraform value as the plugin sees it: every attribute of an object is present, null where unset. */
export type Value = null | Unknown | string | number | boolean | readonly Value[] | ObjectValue;

export function isUnknown(value: Value | undefined): value is Unknown {
  return value instanceof Unknown;
}

export function isObject(value: Value | undefined): value is ObjectValue {
  return typeof value === 'object' && value !== null && !isList(value) && !(value instanceof Unknown);
}

/** `Array.isArray` does not tell a readonly list from an object. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

export function valuesEqual(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (isList(left)) {
    return (
      isList(right) &&
      left.length === right.length &&
      left.every((item, index) => valuesEqual(item, right[index] ?? null))
    );
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => name in right && valuesEqual(left[name] ?? null, right[name] ?? null))
  );
}

const PLAIN_UNKNOWN = 0;
/** Newer Terraform adds what it already knows of an unknown value; a provider may ignore that. */
const REFINED_UNKNOWN = 12;
const ONE_BYTE = new Uint8Array(1);

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: PLAIN_UNKNOWN,
  encode: (value) => (value instanceof Unknown ? ONE_BYTE : null),
  decode: () => UNKNOWN,
});
extensionCodec.register({ type: REFINED_UNKNOWN, encode: () => null, decode: () => UNKNOWN });

const encoder = new Encoder({ extensionCodec });
const decoder = new Decoder({ extensionCodec });

export function encodeValue(value: Value): Uint8Array {
  return encoder.encode(value);
}

export function decodeValue(bytes: Uint8Array): Value {
  const value = decoder.decode(bytes);
  if (!isValue(value)) throw new TypeError('not a Terraform value');
  return value;
}

function isValue(value: unknown): value is Value {
  if (typeof value !== 'object') return ['string', 'number', 'boolean'].includes(typeof value);
  if (value === null || value instanceof Unknown) return true;
  return (Array.isArray(value) ? value : Object.values(value)).every(isValue);
}

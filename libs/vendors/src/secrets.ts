/**
 * A write-only field, as the path from the spec's root; `*` stands for every entry of a list whose entries
 * have a `name`. Secrets are keyed by that name, so that reordering a list does not lose them.
 */
export interface SecretField {
  path: readonly string[];
  /** It must be known when the resource is created: given now or stored earlier. */
  isRequired: boolean;
}

/** One write-only field of one spec. */
export interface SecretSlot {
  /** Stable key, e.g. `tunnels.hq-1.psk`. */
  key: string;
  /** Where it stands in the request, for error messages, e.g. `tunnels.0.psk`. */
  path: string;
  isRequired: boolean;
  /** What the request gave; undefined when absent or null, which keeps the stored value. */
  value: string | undefined;
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Visits the object that holds each secret field; absent parents are passed over. */
function visit(
  node: unknown,
  path: readonly string[],
  seen: { key: string[]; path: string[] },
  found: (holder: Json, field: string, seen: { key: string[]; path: string[] }) => void,
): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (head === '*') {
    if (!Array.isArray(node)) return;
    node.forEach((entry: unknown, index) => {
      if (!isObject(entry)) return;
      const name = String(entry['name']);
      visit(entry, rest, { key: [...seen.key, name], path: [...seen.path, String(index)] }, found);
    });
    return;
  }
  if (!isObject(node)) return;
  const here = { key: [...seen.key, head], path: [...seen.path, head] };
  if (rest.length === 0) found(node, head, here);
  else visit(node[head], rest, here, found);
}

/** A copy of the spec with every secret shown as null, and the secrets beside it. */
export function splitSecrets(
  spec: Json,
  fields: readonly SecretField[],
): { visible: Json; slots: SecretSlot[] } {
  const visible = structuredClone(spec);
  const slots: SecretSlot[] = [];
  for (const field of fields) {
    visit(visible, field.path, { key: [], path: [] }, (holder, name, seen) => {
      const value = holder[name];
      slots.push({
        key: seen.key.join('.'),
        path: seen.path.join('.'),
        isRequired: field.isRequired,
        value: typeof value === 'string' ? value : undefined,
      });
      holder[name] = null;
    });
  }
  return { visible, slots };
}

/** The reverse of `splitSecrets`: puts the known secrets back; a field without one is removed. */
export function joinSecrets(
  visible: Json,
  fields: readonly SecretField[],
  secrets: Readonly<Record<string, string>>,
): Json {
  const spec = structuredClone(visible);
  for (const field of fields) {
    visit(spec, field.path, { key: [], path: [] }, (holder, name, seen) => {
      const secret = secrets[seen.key.join('.')];
      if (secret === undefined) delete holder[name];
      else holder[name] = secret;
    });
  }
  return spec;
}

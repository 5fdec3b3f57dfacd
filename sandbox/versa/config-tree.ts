import { ConfdRefused } from './answers.js';
import { isObject, textAt, type JsonObject } from './json.js';

/**
 * Configuration data as ConfD serves it, without its schema: a tree of JSON that is never changed in place, so that
 * devices can share what a template gave them. What a list is, is known for the lists that matter, seen in the tree,
 * or told by the body that is sent.
 */
const KEY_LEAVES = new Map([
  ['address', 'name'],
  ['org-services', 'name'],
  ['routing-instance', 'name'],
  ['rti-bgp', 'instance-id'],
  ['tvi', 'name'],
  ['unit', 'name'],
  ['vni', 'name'],
  ['vpn-profile', 'name'],
]);
const USUAL_KEY_LEAVES = ['name', 'id', 'instance-id'];

/** One step of a path: into a container, leaf or whole list, or into the entry of a list. */
export interface Step {
  name: string;
  key?: string;
}

export function keyOf(list: string, entry: unknown): string | undefined {
  if (!isObject(entry)) return undefined;
  const leaf = KEY_LEAVES.get(list);
  const leaves = leaf === undefined ? USUAL_KEY_LEAVES : [leaf, ...USUAL_KEY_LEAVES];
  return leaves.map((name) => textAt(entry, name)).find((key) => key !== '');
}

const findEntry = (list: string, entries: unknown, key: string): unknown =>
  Array.isArray(entries) ? entries.find((entry: unknown) => keyOf(list, entry) === key) : undefined;

export function stepsTo(tree: JsonObject, segments: readonly string[]): Step[] {
  const steps: Step[] = [];
  let node: unknown = tree;
  for (let index = 0; index < segments.length; index += 1) {
    const name = segments[index] ?? '';
    const value: unknown = isObject(node) ? node[name] : undefined;
    const key = segments[index + 1];
    if (key !== undefined && (KEY_LEAVES.has(name) || Array.isArray(value))) {
      steps.push({ name, key });
      node = findEntry(name, value, key);
      index += 1;
    } else {
      steps.push({ name });
      node = value;
    }
  }
  return steps;
}

/** `missing`: an entry on the way is not there; `empty`: nothing is there, though it could be. */
export type Found = { state: 'found'; value: unknown } | { state: 'missing' } | { state: 'empty' };

export function read(tree: JsonObject, steps: readonly Step[]): Found {
  let node: unknown = tree;
  for (const { name, key } of steps) {
    node = isObject(node) ? node[name] : undefined;
    if (key === undefined) continue;
    node = findEntry(name, node, key);
    if (node === undefined) return { state: 'missing' };
  }
  return isEmpty(node) ? { state: 'empty' } : { state: 'found', value: node };
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** The tree with another value at a path; `undefined` takes it away. Containers on the way come by themselves. */
export function write(
  node: JsonObject,
  [step, ...rest]: readonly Step[],
  change: (old: unknown) => unknown,
): JsonObject {
  if (!step) throw new ConfdRefused(400, 'invalid-value', 'the path is empty');
  const old = node[step.name];
  const value =
    step.key === undefined
      ? writeChild(old, rest, change)
      : writeEntry(step.name, step.key, Array.isArray(old) ? old : [], rest, change);
  if (value !== undefined) return { ...node, [step.name]: value };
  const { [step.name]: _gone, ...others } = node;
  return others;
}

function writeChild(old: unknown, rest: readonly Step[], change: (old: unknown) => unknown): unknown {
  return rest.length === 0 ? change(old) : write(isObject(old) ? old : {}, rest, change);
}

function writeEntry(
  list: string,
  key: string,
  entries: readonly unknown[],
  rest: readonly Step[],
  change: (old: unknown) => unknown,
): unknown[] | undefined {
  const index = entries.findIndex((entry) => keyOf(list, entry) === key);
  if (index < 0 && rest.length > 0) throw new ConfdRefused(404, 'data-missing', `there is no ${list} ${key}`);
  const value = writeChild(index < 0 ? undefined : entries[index], rest, change);
  const changed = index < 0 ? [...entries, value] : entries.with(index, value);
  const left = changed.filter((entry) => entry !== undefined);
  return left.length === 0 ? undefined : left;
}

/** Adds what a POST sends below a path: entries of a list, a container or a leaf, none of which may be there. */
export function create(tree: JsonObject, parent: readonly Step[], child: string, sent: unknown): JsonObject {
  const entries = Array.isArray(sent) ? sent : [sent];
  const isList = Array.isArray(sent) || KEY_LEAVES.has(child) || keyOf(child, sent) !== undefined;
  if (!isList) {
    return write(tree, [...parent, { name: child }], (old) => {
      if (!isEmpty(old)) throw new ConfdRefused(409, 'data-exists', `object already exists: ${child}`);
      return sent;
    });
  }
  let grown = tree;
  for (const entry of entries) {
    const key = keyOf(child, entry);
    if (key === undefined) throw new ConfdRefused(400, 'invalid-value', `${child}: an entry has no key`);
    grown = write(grown, [...parent, { name: child, key }], (old) => {
      if (old !== undefined)
        throw new ConfdRefused(409, 'data-exists', `object already exists: ${child} ${key}`);
      return entry;
    });
  }
  return grown;
}

/** What a PATCH does: objects grow together, entries of lists by their keys, the rest is replaced. */
export function merged(name: string, old: unknown, sent: unknown): unknown {
  if (isObject(old) && isObject(sent)) {
    const result: JsonObject = { ...old };
    for (const [key, value] of Object.entries(sent)) result[key] = merged(key, old[key], value);
    return result;
  }
  if (!Array.isArray(sent) || !Array.isArray(old)) return sent;
  const result: unknown[] = [...old];
  for (const entry of sent) {
    const key = keyOf(name, entry);
    const index = result.findIndex((known) => key !== undefined && keyOf(name, known) === key);
    if (index < 0) result.push(entry);
    else result[index] = merged(name, result[index], entry);
  }
  return result;
}

/** One level only, as without `?deep`: containers are shown empty, entries of lists as their keys. */
export function shallow(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => (isObject(entry) ? keysOnly(name, entry) : entry));
  if (!isObject(value)) return value;
  const shown: JsonObject = {};
  for (const [key, inner] of Object.entries(value)) {
    if (Array.isArray(inner)) shown[key] = shallow(key, inner);
    else shown[key] = isObject(inner) ? {} : inner;
  }
  return shown;
}

function keysOnly(list: string, entry: JsonObject): JsonObject {
  const key = keyOf(list, entry);
  return Object.fromEntries(
    Object.entries(entry)
      .filter(([, value]) => key !== undefined && String(value) === key)
      .slice(0, 1),
  );
}

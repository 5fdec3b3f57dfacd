/** What may be in an answer, by response name; null for a leaf. */
type Shape = Map<string, Shape | null>;

/** The one leaf whose value is a JSON object of any content. */
const FREE_JSON = 'helperFields';

const shapes = new Map<string, Shape>();

/**
 * The first fault a strict decoder finds in `data`, or undefined. Keys that were not selected are faults, and so
 * are objects where a leaf was selected; missing keys and nulls are not.
 */
export function decodeFault(document: string, data: unknown): string | undefined {
  return faultIn(shapeOf(document), data);
}

function faultIn(shape: Shape, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return firstFault(value, (item) => faultIn(shape, item));
  if (typeof value !== 'object') return `unexpected ${typeof value} where an object was selected`;
  return firstFault(Object.entries(value), ([key, inner]) => {
    const selected = shape.get(key);
    if (selected === undefined)
      return `struct field for "${key}" doesn't exist in any of 1 places to unmarshal`;
    if (selected) return faultIn(selected, inner);
    return key !== FREE_JSON && isObject(inner) ? `unexpected object for leaf "${key}"` : undefined;
  });
}

function firstFault<Item>(
  items: readonly Item[],
  check: (item: Item) => string | undefined,
): string | undefined {
  for (const item of items) {
    const fault = check(item);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shapeOf(document: string): Shape {
  let shape = shapes.get(document);
  if (!shape) {
    const selection = document.slice(document.indexOf('{')).replace(/\([^)]*\)/g, '');
    shape = readSelection((selection.match(/[{}:]|\w+/g) ?? []).values());
    shapes.set(document, shape);
  }
  return shape;
}

/** Reads one brace-delimited selection; the documents are ours, so names, aliases and braces are all there is. */
function readSelection(tokens: Iterator<string>): Shape {
  const root: Shape = new Map();
  const open: Shape[] = [];
  let current = root;
  let name: string | undefined;
  let isAliased = false;
  for (let token = tokens.next(); !token.done; token = tokens.next()) {
    if (token.value === '{') {
      if (name === undefined) continue;
      const inner: Shape = new Map();
      current.set(name, inner);
      open.push(current);
      current = inner;
      name = undefined;
    } else if (token.value === '}') {
      current = open.pop() ?? root;
      name = undefined;
    } else if (token.value === ':') {
      isAliased = true;
    } else if (isAliased) {
      isAliased = false;
    } else {
      name = token.value;
      current.set(name, null);
    }
  }
  return root;
}

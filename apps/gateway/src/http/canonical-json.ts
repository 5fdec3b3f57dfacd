/** JSON with the fields of every object in one order, so that equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, node: unknown) => {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
    const sorted = Object.entries(node).toSorted(([left], [right]) => (left < right ? -1 : 1));
    return Object.fromEntries(sorted);
  });
}

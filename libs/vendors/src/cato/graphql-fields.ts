/** What this reads of GraphQL (spec.graphql.org, October 2021, section 2): enough to name the fields that are asked for. */
const TOKEN =
  /"""(?:\\"""|[^])*?"""|"(?:\\.|[^"\\\n])*"|#[^\n]*|\.\.\.|[A-Za-z_]\w*|-?\d[\w.+-]*|[{}()[\]:$@!=|&]/g;
const NAME = /^[A-Za-z_]/;

interface Field {
  name: string;
  fields: Selection[];
}
type Selection = Field | { fragment: string };

interface Definitions {
  operations: { name: string | undefined; fields: Selection[] }[];
  fragments: Map<string, Selection[]>;
}

class Unreadable extends Error {}

class Reader {
  readonly #tokens: string[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = (text.match(TOKEN) ?? []).filter((token) => !token.startsWith('#'));
  }

  definitions(): Definitions {
    const found: Definitions = { operations: [], fragments: new Map() };
    while (this.#at < this.#tokens.length) {
      const keyword = this.#peek() === '{' ? 'query' : this.#next();
      const name = this.#isName() ? this.#next() : undefined;
      while (this.#peek() !== '{') this.#skip();
      const fields = this.#selections();
      if (keyword === 'fragment') found.fragments.set(name ?? '', fields);
      else found.operations.push({ name, fields });
    }
    return found;
  }

  #selections(): Selection[] {
    this.#expect('{');
    const found: Selection[] = [];
    while (this.#peek() !== '}') {
      if (this.#peek() === '...') found.push(...this.#spread());
      else found.push(this.#field());
    }
    this.#next();
    return found;
  }

  #spread(): Selection[] {
    this.#next();
    if (this.#isName() && this.#peek() !== 'on') {
      const fragment = this.#next();
      this.#skipDirectives();
      return [{ fragment }];
    }
    if (this.#peek() === 'on') this.#at += 2;
    this.#skipDirectives();
    return this.#selections();
  }

  #field(): Field {
    let name = this.#name();
    if (this.#peek() === ':') {
      this.#next();
      name = this.#name();
    }
    if (this.#peek() === '(') this.#skip();
    this.#skipDirectives();
    return { name, fields: this.#peek() === '{' ? this.#selections() : [] };
  }

  #skipDirectives(): void {
    while (this.#peek() === '@') {
      this.#at += 2;
      if (this.#peek() === '(') this.#skip();
    }
  }

  /** Passes one token, and with an opening parenthesis everything up to its end. */
  #skip(): void {
    let depth = 0;
    do {
      const token = this.#next();
      if (token === '(') depth += 1;
      if (token === ')') depth -= 1;
    } while (depth > 0);
  }

  #isName(): boolean {
    return NAME.test(this.#peek());
  }

  #name(): string {
    if (!this.#isName()) throw new Unreadable();
    return this.#next();
  }

  #expect(token: string): void {
    if (this.#next() !== token) throw new Unreadable();
  }

  #peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Unreadable();
    this.#at += 1;
    return token;
  }
}

/** Fields that only group others, with how many levels of them there are. The vendor counts what is below them. */
const GROUPS: ReadonlyMap<string, number> = new Map([
  ['site', 1],
  ['sites', 1],
  ['policy', 2],
  ['accountManagement', 1],
]);

/** The API's fields that a document calls, each once, whatever they are called in its answer; none if it is unreadable. */
export function calledFields(document: string, operationName: string | undefined): string[] {
  let definitions: Definitions;
  try {
    definitions = new Reader(document).definitions();
  } catch (error) {
    if (error instanceof Unreadable) return [];
    throw error;
  }
  const { operations, fragments } = definitions;
  const chosen =
    operationName === undefined ? operations[0] : operations.find(({ name }) => name === operationName);
  const names = new Set<string>();
  const visit = (selections: readonly Selection[], levels: number | undefined, spreads: string[]): void => {
    for (const selection of selections) {
      if ('fragment' in selection) {
        const { fragment } = selection;
        if (spreads.includes(fragment)) continue;
        visit(fragments.get(fragment) ?? [], levels, [...spreads, fragment]);
        continue;
      }
      const below = levels ?? GROUPS.get(selection.name) ?? 0;
      if (below > 0) visit(selection.fields, below - 1, spreads);
      else if (!selection.name.startsWith('__')) names.add(selection.name);
    }
  };
  visit(chosen?.fields ?? [], undefined, []);
  return [...names];
}

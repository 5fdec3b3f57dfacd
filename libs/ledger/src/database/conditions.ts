/** The `where` of a list: what a filter leaves open adds nothing. */
export class Conditions {
  readonly parameters: unknown[] = [];
  private readonly conditions: string[] = [];

  /** @param condition is given the parameter's `$n` */
  add(condition: (parameter: string) => string, value: unknown): this {
    if (value !== undefined) this.conditions.push(condition(this.parameter(value)));
    return this;
  }

  /** Adds a condition without a parameter. */
  require(condition: string): this {
    this.conditions.push(condition);
    return this;
  }

  /** Adds a parameter. @returns its `$n` */
  parameter(value: unknown): string {
    this.parameters.push(value);
    return `$${this.parameters.length}`;
  }

  /** Empty when there is no condition. */
  get sql(): string {
    return this.conditions.length === 0 ? '' : `where ${this.conditions.join(' and ')}`;
  }
}

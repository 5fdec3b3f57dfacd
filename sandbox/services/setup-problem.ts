export interface SetupProblemOptions extends ErrorOptions {
  /** More than a line, such as the end of a log: shown once, below everything else. */
  detail?: string;
}

/** Something the reader can put right: shown as its message and its detail, without a stack. */
export class SetupProblem extends Error {
  override readonly name = 'SetupProblem';
  readonly detail: string | undefined;

  constructor(message: string, { detail, ...options }: SetupProblemOptions = {}) {
    super(message, options);
    this.detail = detail;
  }
}

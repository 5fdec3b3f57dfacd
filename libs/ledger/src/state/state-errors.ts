import { AppError } from '@app/runtime';

/** The run's fencing token is stale: another run owns the state now. */
export class StateFenced extends AppError {
  readonly code = 'LEASE_LOST';
  constructor() {
    super('the state belongs to a later run');
  }
}

/** A write does not follow from what is stored. */
export class StateConflict extends AppError {
  readonly code = 'TF_STATE_UNSAVED';
  constructor(reason: string) {
    super(`the state was refused: ${reason}`);
  }
}

/** The run does not hold the lock that it says it holds. */
export class StateLockLost extends AppError {
  readonly code = 'TF_STATE_UNSAVED';
  constructor() {
    super('the lock of the state was lost');
  }
}

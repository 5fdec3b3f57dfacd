export const OPERATION_QUERIES = Symbol('OperationQueries');
export const OPERATION_COMMANDS = Symbol('OperationCommands');

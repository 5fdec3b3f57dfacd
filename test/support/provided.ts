import type { ProvidedContext } from 'vitest';

/** What the global set-up gives to the tests; the same is in the environment, under the names that the services use. */
export interface TestServices {
  databaseUrl: string;
  /** A database with the current schema, to be cloned. */
  templateDatabase: string;
  amqpUrl: string;
  /** With user and password. */
  managementUrl: string;
  terraformBin: string;
  mirrorDirectory: string;
  lockFile: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    services: TestServices;
  }
}

export type Provide = <Key extends keyof ProvidedContext>(key: Key, value: ProvidedContext[Key]) => void;

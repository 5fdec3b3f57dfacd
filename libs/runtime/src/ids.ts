import { v7 } from 'uuid';

/** A new id: UUIDv7, so that ids sort by the time of their making and indexes stay dense. */
export const newId = (): string => v7();

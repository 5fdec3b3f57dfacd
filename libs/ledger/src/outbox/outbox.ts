import { Injectable } from '@nestjs/common';

/** Tells whoever publishes that rows were committed. */
@Injectable()
export class Outbox {
  private listener: (() => void) | undefined;

  /** Called after the commit of a transaction that wrote outbox rows. Losing a poke costs one poll interval. */
  poke(): void {
    this.listener?.();
  }

  onPoke(listener: () => void): void {
    this.listener = listener;
  }
}

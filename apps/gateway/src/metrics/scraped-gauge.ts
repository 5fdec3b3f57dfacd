import { failureReport } from '@app/runtime';
import { Logger } from '@nestjs/common';
import { Gauge } from 'prom-client';

/** A scrape waits no longer than this for what it asks. */
const PATIENCE_MS = 2_000;

export interface Sample<Label extends string> {
  labels: Record<Label, string>;
  value: number;
}

export interface ScrapedGaugeOptions<Label extends string> {
  name: string;
  help: string;
  labelNames: readonly Label[];
  read: () => Promise<Sample<Label>[]>;
}

const logger = new Logger('ScrapedGauge');

/**
 * A gauge that is read when somebody scrapes it. What cannot be read in time is absent from that scrape: better no
 * number than an old one, and better the other metrics than none.
 */
export function scrapedGauge<Label extends string>(options: ScrapedGaugeOptions<Label>): Gauge<Label> {
  const { name, help, labelNames } = options;
  const read = shared(options.read);
  return new Gauge({
    name,
    help,
    labelNames,
    registers: [],
    async collect() {
      const samples = await inTime(read()).catch((error: unknown) => {
        logger.warn('a metric could not be read', { metric: name, reason: failureReport(error).message });
        return [];
      });
      this.reset();
      for (const { labels, value } of samples) this.set(labels, value);
    },
  });
}

/** While one read is under way the others wait for it: scrapes of a stuck database must not pile up in its pool. */
function shared<T>(read: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= read().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

function inTime<T>(reading: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const impatience = setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS);
    void reading.then(resolve, reject).finally(() => clearTimeout(impatience));
  });
}

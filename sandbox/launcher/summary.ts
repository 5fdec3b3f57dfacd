import { APPS } from './apps.js';
import { DEMO_SITE_PATH, type DemoResult } from './demo.js';

export interface Started {
  services: Readonly<Record<string, string>>;
  /** Without user and password. */
  brokerUi: string;
  brokerIsOurs: boolean;
  sandboxAdminUrl: string;
  adminKey: string;
  /** True when the key was made just now: later starts say where it is kept. */
  isFirstStart: boolean;
  settingsFile: string;
  logs: string;
  demo: DemoResult;
}

/** What the reader sees once everything is up. */
export function summary(started: Started): string {
  const gateway = started.services['gateway'] ?? '';
  const login = started.brokerIsOurs
    ? `user sitewright, password in ${started.settingsFile}`
    : 'your own broker';
  const key = started.isFirstStart
    ? `${started.adminKey}  (shown this once; kept in ${started.settingsFile})`
    : `kept in ${started.settingsFile}`;
  const rows: [string, string][] = [
    ['API docs', `${gateway}/docs`],
    ['Admin key', key],
    ['RabbitMQ', `${started.brokerUi}  (${login})`],
    ['Sandbox', `${started.sandboxAdminUrl}  (the simulators' admin API)`],
    ...APPS.map(({ name }): [string, string] => [name, `${started.services[name]}/health/ready`]),
    ['Logs', started.logs],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const table = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
  return [
    '',
    ...demoLines(started.demo),
    '',
    'Sitewright is up.',
    '',
    ...table,
    '',
    `  curl -H "Authorization: Bearer $SITEWRIGHT_ADMIN_KEY" ${gateway}${DEMO_SITE_PATH}`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

function demoLines({ changed, outputs, failure }: DemoResult): string[] {
  if (failure !== undefined) return [`The demo site failed. ${failure}`];
  const state = changed ? 'was provisioned' : 'is unchanged since the last start (changed: false)';
  return [`Site paris of customer acme ${state}. Outputs:`, indented(outputs)];
}

const indented = (value: unknown): string => JSON.stringify(value, null, 2).replaceAll(/^/gm, '  ');

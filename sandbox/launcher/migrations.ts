// A module of its own, so that the launcher loads the database library while the services start.
export { migrate } from '@app/ledger';

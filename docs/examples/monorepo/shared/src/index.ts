import { defineSettings } from 'varve';

/** The settings that every service has. */
export const shared = defineSettings({
  log: { level: { format: ['debug', 'info', 'warn'], default: 'info' } },
  database: { url: { format: 'url', default: 'postgres://localhost/acme' } },
});

/** Writes the types of the settings, and the tables of them in the documentation: `npm run docs:settings`. */
import { writeFileSync } from 'node:fs';
import { settingsPage, settingsPages } from './settings-pages.js';

for (const page of settingsPages) {
  const { file, before, after } = settingsPage(page);
  if (after !== before) writeFileSync(file, after);
  process.stdout.write(`${after === before ? 'unchanged' : 'written'}: ${page.path}\n`);
}

/** Writes the types of the settings, and what the documentation says of settings and errors: `npm run docs:reference`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { ERRORS_PAGE, errorsPage } from './errors-page.js';
import { settingsPage, settingsPages } from './settings-pages.js';

for (const page of settingsPages) {
  const { file, before, after } = settingsPage(page);
  write(file, before, after);
}
const errors = readFileSync(ERRORS_PAGE, 'utf8');
write(ERRORS_PAGE, errors, errorsPage(errors));

function write(file: string, before: string, after: string): void {
  if (after !== before) writeFileSync(file, after);
  process.stdout.write(`${after === before ? 'as it was' : 'written'}: ${file}\n`);
}

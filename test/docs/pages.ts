import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../support/temporary-folder.js';

/** A page of the documentation. */
export interface DocumentationPage {
  /** From the top of the repository: `docs/clients.md`. */
  readonly path: string;
  readonly text: string;
}

/** README, CONTRIBUTING, CHANGELOG and every page in `docs`. */
export function documentationPages(): DocumentationPage[] {
  const docs = readdirSync(join(packageRoot, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.sort().map((name) => `docs/${name}`)].map((path) => ({
    path,
    text: readFileSync(join(packageRoot, path), 'utf8'),
  }));
}

/** A fenced block of code. */
export interface Snippet {
  readonly page: string;
  readonly language: string;
  /** What its fence says after the language: `with=clients`. */
  readonly options: Readonly<Record<string, string>>;
  readonly code: string;
}

export function snippetsOf({ path, text }: DocumentationPage): Snippet[] {
  return [...text.matchAll(/^```(\w*) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', info = '', code = '']) => ({
    page: path,
    language,
    options: Object.fromEntries(info.split(' ').flatMap((word) => (word.includes('=') ? [word.split('=')] : []))),
    code,
  }));
}

/** The page without its code. */
export function proseOf({ text }: DocumentationPage): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, 'code');
}

/** The anchors that GitHub gives the headings of a page. */
export function anchorsOf({ text }: DocumentationPage): Set<string> {
  const headings = [...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(
    ([, heading = '']) => heading,
  );
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

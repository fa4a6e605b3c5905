/** `BookOrder`, `bookOrder`, `BOOK_ORDER` and `book-order` all have the words `book`, `order`. */
export function words(name: string): string[] {
  return name.match(WORDS)?.map((word) => word.toLowerCase()) ?? [];
}

/** Capitals up to the one that begins the next word; or a word, with the capitals before it; or capitals alone. */
const WORDS = /[A-Z]+(?=[A-Z][a-z])|[A-Z]*[a-z\d]+|[A-Z]+/g;

/** `bookOrder` → `book_order`: proto field and file names. */
export function snakeCase(name: string): string {
  return words(name).join('_');
}

/** `book_order` → `BookOrder`: proto message, service and method names. */
export function pascalCase(name: string): string {
  return words(name).map(capitalize).join('');
}

/** `book_order` → `bookOrder`: names in TypeScript. */
export function camelCase(name: string): string {
  const pascal = pascalCase(name);
  return pascal.charAt(0).toLowerCase() + pascal.slice(1);
}

/** `BookOrder` → `book-order`: file names in TypeScript. */
export function kebabCase(name: string): string {
  return words(name).join('-');
}

/** `bookOrder` → `BOOK_ORDER`: proto enum values. */
export function screamingSnakeCase(name: string): string {
  return snakeCase(name).toUpperCase();
}

function capitalize(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

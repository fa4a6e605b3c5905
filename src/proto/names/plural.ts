import pluralize from 'pluralize';

/** `Book` → `Books`; what is a plural already, such as `Users`, or has none, stays as it is. */
export function plural(name: string): string {
  return pluralize.plural(name);
}

/** Text that is HTML already, and may be put into a page as it is. */
export class SafeHtml {
  constructor(readonly text: string) {}
}

type Value = SafeHtml | string | number | readonly (SafeHtml | string | number)[];

/**
 * A piece of a page. What is filled in is escaped, unless it was made by this function; a list is joined.
 *
 * @example
 * html`<p>${'a < b'}</p>`.text; // '<p>a &lt; b</p>'
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): SafeHtml {
  return new SafeHtml(parts.reduce((text, part, index) => text + toText(values[index - 1]) + part));
}

/** Marks a text as HTML, such as a drawing of a library. */
export function trusted(text: string): SafeHtml {
  return new SafeHtml(text);
}

function toText(value: Value | undefined): string {
  if (value === undefined) return '';
  if (value instanceof SafeHtml) return value.text;
  if (typeof value === 'object') return value.map(toText).join('');
  return escapeHtml(String(value));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for HTML, also for attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}

export interface TableContent {
  readonly caption: string;
  readonly head: readonly string[];
  /** The first cell of a row is its heading. */
  readonly rows: readonly (readonly (string | SafeHtml)[])[];
}

/**
 * A table that scrolls on its own where it is wider than the page, with the keyboard too. Its caption stands outside, where it
 * breaks at the page's width and not at the table's; a second one inside is for screen readers.
 */
export function htmlTable({ caption, head, rows }: TableContent): SafeHtml {
  return html`<p class="caption" aria-hidden="true">${caption}</p>
<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption class="spoken">${caption}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(rowHtml)}</tbody>
</table></div>`;
}

/** Longer headings are broken, so that the figures beside them fit on a phone. */
const LONG_HEADING = 16;

function rowHtml([heading = '', ...cells]: readonly (string | SafeHtml)[]): SafeHtml {
  const isLong = typeof heading === 'string' && heading.length > LONG_HEADING;
  return html`<tr><th scope="row"${isLong ? trusted(' class="long"') : ''}>${heading}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}

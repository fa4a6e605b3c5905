export type Provider = 'sqlite' | 'postgresql' | 'mysql';

/** How a product writes the names of its columns: `createdAt`, `created_at`, or the first over the second. */
export type Spelling = 'camel' | 'snake' | 'mapped';

/** A column: its name in camelCase, and what stands behind it, such as `Int @default(0)`. */
export type Column = readonly [name: string, type: string];

/** A model that is being written. */
export interface ModelDraft {
  readonly name: string;
  /** The columns of its key, as they are written, with their types. */
  readonly key: readonly Column[];
  readonly lines: Map<string, string>;
  /** `@@` lines. */
  readonly attributes: string[];
}

interface RelationOptions {
  /** The name of the relation in the child; those of its columns begin with it. */
  readonly as: string;
  readonly optional?: boolean;
  /** Columns of the child that the parent's key is found in already, such as that of the tenant. */
  readonly shared?: readonly string[];
}

interface DraftOptions {
  readonly provider: Provider;
  readonly spelling: Spelling;
  /** The name of a model's table, where it is not the model's. */
  readonly table?: (model: string) => string;
  /** Lines of the datasource. */
  readonly datasource?: string;
}

const VIEWS = 'generator client {\n  provider = "prisma-client-js"\n  previewFeatures = ["views"]\n}';

/** A schema that is being written: both ends of a relation at once, and every column as the product spells it. */
export class SchemaDraft {
  private readonly models = new Map<string, ModelDraft>();
  private readonly blocks: string[] = [];

  constructor(readonly options: DraftOptions) {}

  get size(): number {
    return this.models.size;
  }

  /** Adds a model with its key: one column has `@id`, several have `@@id`. */
  model(name: string, key: readonly Column[], comment = ''): ModelDraft {
    if (this.models.has(name)) throw new Error(`two models ${name}`);
    const written = key.map(([column, type]): Column => [this.spelled(column), type]);
    const draft: ModelDraft = { name, key: written, lines: new Map(), attributes: [] };
    this.models.set(name, draft);
    if (comment !== '') draft.lines.set('', comment);
    for (const [column, type] of key) this.column(draft, [column, key.length === 1 ? withId(type) : type]);
    if (key.length > 1) draft.attributes.push(`@@id([${written.map(([column]) => column).join(', ')}])`);
    const table = this.options.table?.(name);
    if (table !== undefined && table !== name) draft.attributes.push(`@@map("${table}")`);
    return draft;
  }

  /** Adds a column, unless the model has one of that name. */
  column({ lines }: ModelDraft, [name, type]: Column): void {
    const spelled = this.spelled(name);
    if (lines.has(spelled)) return;
    const snake = snakeOf(name);
    const map =
      this.options.spelling === 'mapped' && snake !== name && !type.includes('@map(') ? ` @map("${snake}")` : '';
    lines.set(spelled, `${spelled} ${this.natively(type)}${map}`);
  }

  /** Adds a foreign key to a parent, and the list of children there. */
  relate(child: ModelDraft, parent: ModelDraft, { as, optional = false, shared = [] }: RelationOptions): void {
    const mark = optional ? '?' : '';
    const spelledShared = shared.map((column) => this.spelled(column));
    const columns = parent.key.map(([column, type]) => {
      if (spelledShared.includes(column)) return column;
      const own = `${as}${capitalized(camelOf(column))}`;
      this.column(child, [own, type.replace(/^(\w+)/, `$1${mark}`).replace(/ @default\(.*?\)(?= @|$)/, '')]);
      return this.spelled(own);
    });
    const name = `${child.name}_${as}`;
    const field = this.spelled(as);
    const references = parent.key.map(([column]) => column).join(', ');
    const loop =
      child === parent || this.options.provider === 'mysql' ? ', onDelete: NoAction, onUpdate: NoAction' : '';
    child.lines.set(
      `${field} relation`,
      `${field} ${parent.name}${mark} @relation("${name}", fields: [${columns.join(', ')}], references: [${references}]${loop})`,
    );
    const back = this.spelled(`${child.name.charAt(0).toLowerCase()}${child.name.slice(1)}By${capitalized(as)}`);
    parent.lines.set(back, `${back} ${child.name}[] @relation("${name}")`);
    child.attributes.push(`@@index([${columns.join(', ')}])`);
  }

  enumeration(name: string, values: readonly string[], comment = ''): string {
    const lines = values.map((value) => `  ${value}`);
    this.blocks.push([...(comment === '' ? [] : [comment]), `enum ${name} {`, ...lines, '}'].join('\n'));
    return name;
  }

  /** Adds blocks that are written by hand. */
  text(blocks: string): void {
    this.blocks.push(blocks.trim());
  }

  spelled(name: string): string {
    return this.options.spelling === 'snake' ? snakeOf(name) : name;
  }

  toString(): string {
    const { provider, datasource = '' } = this.options;
    const models = [...this.models.values()].map(({ name, lines, attributes }) => {
      const comment = lines.get('') ?? '';
      const body = [...lines].filter(([key]) => key !== '').map(([, line]) => `  ${line}`);
      const ends = [...new Set(attributes)].map((attribute) => `  ${attribute}`);
      return [...(comment === '' ? [] : [comment]), `model ${name} {`, ...body, ...ends, '}'].join('\n');
    });
    const head = this.blocks.some((block) => /^view /m.test(block)) ? [VIEWS] : [];
    return [...head, `datasource db {\n  provider = "${provider}"${datasource}\n}`, ...this.blocks, ...models].join(
      '\n\n',
    );
  }

  /** Native types are PostgreSQL's in the vocabularies; lists exist there only. */
  private natively(type: string): string {
    if (this.options.provider === 'postgresql') return type;
    return type.replace(/ @db\.\w+(?:\([\d, ]*\))?/g, '').replace(/^(\w+)\[\]/, 'Json?');
  }
}

function withId(type: string): string {
  const [word = '', ...rest] = type.split(' ');
  return [word, '@id', ...rest].join(' ');
}

function camelOf(name: string): string {
  return name.replace(/_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}

export function snakeOf(name: string): string {
  return name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
}

export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

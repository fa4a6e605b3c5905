/** How many of its models, in turn, have what: every kind of column, key and relation comes up. */
const KEYS = [
  'Int @id @default(autoincrement())',
  'BigInt @id @default(autoincrement())',
  'String @id @default(uuid()) @db.Uuid',
];
const COLUMNS = [
  'name String @db.VarChar(120)',
  'note String?',
  'active Boolean @default(true)',
  'count Int @default(0)',
  'total BigInt?',
  'ratio Float?',
  'price Decimal @db.Decimal(18, 4)',
  'createdAt DateTime @default(now())',
  'day DateTime? @db.Date',
  'settings Json?',
  'blob Bytes?',
  'labels String[]',
  'scores Int[]',
  'status STATUS',
];
const AREAS = [
  'Account',
  'Billing',
  'Catalogue',
  'Delivery',
  'Element',
  'Finance',
  'Garage',
  'Hiring',
  'Insurance',
  'Journal',
];

/** A schema as large as large products have: the same text for the same number, in ten areas with an enum each. */
export function largeSchema(models: number): string {
  const names = Array.from({ length: models }, (_, index) => nameOf(index));
  return [
    'datasource db {\n  provider = "postgresql"\n}',
    ...AREAS.map(
      (area) =>
        `/// Where a row of ${area} stands.\nenum ${area}Status {\n  OPEN\n  /// Nothing may change.\n  CLOSED\n}`,
    ),
    ...names.map((name, index) => modelText(name, index, models)),
  ].join('\n\n');
}

function nameOf(index: number): string {
  return `${AREAS[index % AREAS.length]}Item${Math.floor(index / AREAS.length)}`;
}

function modelText(name: string, index: number, models: number): string {
  const area = AREAS[index % AREAS.length] ?? '';
  const columns = COLUMNS.filter((_, column) => (index * 7 + column * 5) % 4 !== 0);
  // Each points to one of the first in its area, in a key of the same type.
  const parent = index % (AREAS.length * KEYS.length);
  const points = parent !== index ? [`parentId ${columnLike(parent)}`, relationTo(nameOf(parent))] : [];
  const children = childrenOf(index, models).map(
    (child) => `of${child} ${nameOf(child)}[] @relation("${nameOf(child)}")`,
  );
  const lines = [
    `id ${keyOf(index)}`,
    ...columns,
    ...points.map((line) => line.replace('RELATION', name)),
    ...children,
  ];
  const body = lines.map((line) => `  ${line.replace('STATUS', `${area}Status @default(OPEN)`)}`);
  return [
    `/// The ${index}th thing.`,
    `model ${name} {`,
    ...body,
    ...(points.length > 0 ? ['  @@index([parentId])'] : []),
    '}',
  ].join('\n');
}

function relationTo(parent: string): string {
  return `parent ${parent}? @relation("RELATION", fields: [parentId], references: [id])`;
}

function childrenOf(index: number, models: number): number[] {
  const step = AREAS.length * KEYS.length;
  if (index >= step) return [];
  return Array.from({ length: models }, (_, child) => child).filter(
    (child) => child !== index && child % step === index,
  );
}

function keyOf(index: number): string {
  return KEYS[index % KEYS.length] ?? '';
}

/** A nullable column of the type that a model's key has. */
function columnLike(index: number): string {
  const [type = '', ...attributes] = keyOf(index).split(' ');
  return [`${type}?`, ...attributes.filter((attribute) => attribute.startsWith('@db.'))].join(' ');
}

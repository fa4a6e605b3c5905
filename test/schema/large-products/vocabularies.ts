import type { Vocabulary } from './shapes.js';

const COMMON = `
  createdAt DateTime @default(now())
  updatedAt DateTime @updatedAt
  note String?
  isActive Boolean @default(true)
  settings Json?
  sortKey Int?`;

const STATES = 'draft open active paused closed archived deleted';

export const marketplace: Vocabulary = {
  things: `Seller Buyer Listing Offer Basket Checkout Payment Payout Refund Dispute Review Rating Category Brand Variant Sku Warehouse
    Shipment Carrier Parcel Address Coupon Promotion Campaign Wishlist Message Thread Notification Report Moderation Subscription Invoice
    Tax Currency ExchangeRate Commission Fee Wallet Ledger Badge`,
  parts: 'Tag History Note Attachment Translation Metric',
  states: `${STATES} pending_approval PARTIALLY_REFUNDED onHold`,
  columns: `${COMMON}
  title String @db.VarChar(200)
  slug String? @unique
  price Decimal? @db.Decimal(19, 4)
  currencyCode String @default("EUR") @db.Char(3)
  quantity Int @default(1)
  weightInGrams BigInt?
  labels String[]
  score Float?
  thumbnail Bytes?`,
};

export const erp: Vocabulary = {
  things: `Company Plant CostCenter ProfitCenter GlAccount JournalHeader JournalLine Vendor Customer Material BillOfMaterial Routing WorkCenter
    ProductionOrder PurchaseOrder PurchaseRequisition GoodsReceipt SalesOrder Delivery BillingDocument Employee Payroll Asset Depreciation
    Budget Forecast Warehouse StorageBin Batch QualityLot Inspection MaintenanceOrder Equipments TaxCode PaymentTerm Incoterm`,
  parts: 'Item Text Status Change Partner',
  states: `${STATES} 
    blocked released technically_complete`,
  columns: `${COMMON}
  documentNumber String @db.VarChar(10)
  fiscalYear Int @db.SmallInt
  postingDate DateTime @db.Date
  amountInLocalCurrency Decimal @db.Decimal(23, 2)
  exchangeRate Decimal? @db.Decimal(9, 5)
  debitCredit String? @db.Char(1)
  quantity3 Float? @db.DoublePrecision
  uoM String @default("EA")`,
};

export const cms: Vocabulary = {
  things: 'Page Article Menu Block Gallery Form Landing Snippet Layout Theme Redirect Widget Product Author Event Faq',
  parts: 'Translation Revision Preview Permission',
  states: STATES,
  columns: `${COMMON}
  path String
  publishedAt DateTime?
  html String
  views BigInt @default(0)
  hero Bytes?`,
};

/** Two database schemas with tables of the same names. */
export function hospitalBlocks(): string {
  const nouns =
    `patient stay bed nurse doctor diagnosis procedure medication dose allergy lab_order lab_result image referral discharge
    consent vital_sign diet visitor incident`.split(/\s+/);
  const models = nouns.flatMap((noun, number) =>
    ['ward', 'billing'].map((place) => {
      const name = `${place}_${noun}`;
      return `model ${name} {
  id ${number % 2 === 0 ? 'Int @id @default(autoincrement())' : 'String @id @default(uuid()) @db.Uuid'}
  code String @db.VarChar(20)
  taken_at DateTime @db.Timestamptz(3)
  value Decimal? @db.Decimal(12, 4)
  level ${place}_level?
  @@index([taken_at, code])
  @@map("${noun}s")
  @@schema("${place}")
}`;
    }),
  );
  const levels = ['ward', 'billing'].map(
    (place) => `enum ${place}_level {\n  low\n  high @map("HIGH!")\n  @@map("level")\n  @@schema("${place}")\n}`,
  );
  return [...levels, ...models].join('\n\n');
}

export const bank: Vocabulary = {
  things: `Account Holder Branch Card Transaction Transfer StandingOrder DirectDebit Loan Mortgage Deposit InterestRate Statement Limit
    Mandate Beneficiary Currency Position Trade Settlement Counterparty`,
  parts: 'Entry Audit',
  states: `${STATES} frozen`,
  columns: `${COMMON}
  iban String? @db.VarChar(34)
  amount Decimal @db.Decimal(38, 18)
  minorUnits BigInt
  valueDate DateTime @db.Date
  bookedAt DateTime @db.Timestamptz(6)
  rate Float?`,
};

export const bankBlocks = `
/// Two entries of one booking, and never one alone.
model LedgerEntry {
  booking BigInt
  side    Side
  amount  Decimal @db.Decimal(38, 18)
  hash    Bytes
  @@id([booking, side])
  @@unique([hash])
}
enum Side {
  DEBIT
  CREDIT
}
model EndOfDay {
  day DateTime @id @db.Date
  balance Decimal
  correctsDay DateTime? @db.Date
  corrects EndOfDay? @relation("Correction", fields: [correctsDay], references: [day], onDelete: NoAction, onUpdate: NoAction)
  correctedBy EndOfDay[] @relation("Correction")
}
view Balances {
  accountId BigInt @unique
  balance Decimal
}`;

export const game: Vocabulary = {
  things: `Player Guild Character Item Quest Achievement Match Round Map Server Season Loot Shop Friend Chat Replay Tournament Bracket Team
    Skin Weapon Armour Spell`,
  parts: 'Stats',
  states: `${STATES} afk RANKED_5v5`,
  columns: `${COMMON}
  level Int @default(1)
  xp BigInt @default(0)
  position Float[]
  inventory Json @default("[]")
  hp2 Int?
  mmr Decimal?`,
};

export const gameBlocks = `
model Model3D {
  id Int @id
  kind MeshLOD
  lod0 Bytes
  lod1 Bytes?
}
enum MeshLOD {
  LOD_0
  LOD_1
  lod_2
}
model PlanB {
  id Int @id
  constructor String
  toString Int?
}
model users {
  id Int @id
}
model Equipment {
  valueOf Int @id
}
model constructor {
  toString Int @id
  constructor String?
  @@index([constructor])
}
model X {
  x Int @id
  y Int
  @@index([y, x])
}`;

export const forum: Vocabulary = {
  things: 'Category Topic Post Poll Attachment users groups Badge',
  parts: 'Text Watcher Vote',
  states: STATES,
  columns: `${COMMON}
  postCount Int @default(0)
  lastPostAt DateTime?
  bodyHtml String
  ipAddress String?
  fingerprint Bytes?`,
};

export const school: Vocabulary = {
  things: 'Students Teachers Courses Classes Rooms Terms Grades Exams Absences Parents',
  parts: 'log archive list',
  states: STATES,
  columns: `${COMMON}
  firstName String
  lastName String
  birthDate DateTime?
  mark Decimal?
  hours Float?
  photo Bytes?`,
};

export const analytics: Vocabulary = {
  things: 'Date Visitor Page Campaign Device Country Product Referrer Browser Experiment Session Language',
  parts: 'Visits Sales Clicks Signups Errors Refunds Searches Shares Downloads Renewals Churn Exits Scrolls Plays',
  states: STATES,
  columns: `${COMMON}
  label String
  validFrom DateTime @db.Timestamptz(3)
  validTo DateTime? @db.Timestamptz(3)
  weight Float
  hash BigInt`,
};

export const saas: Vocabulary = {
  things: `User Role Team Project Task Board Sprint Comment File Folder Webhook ApiKey Plan Invoice Usage Feature Flag Audit Integration
    Workflow Trigger Template Report`,
  parts: 'Member Setting Event',
  states: STATES,
  columns: `${COMMON}
  name String
  externalId String?
  rank Float?
  limits Json
  tokenHash String?`,
};

export const shop: Vocabulary = {
  things: `Product Order OrderLine Customer Cart Payment Return Stock Supplier Voucher Shelf Label Season Colour Size Material Bundle Gift
    Newsletter Banner Review Question Answer Store Till Shift Courier Route Zone Slot`,
  parts: 'Log',
  states: `${STATES} inTransit LOST lost_and_found`,
  columns: `${COMMON}
  title String
  price Decimal
  stock Int
  ean String? @unique`,
};

/** Many enums, some of whose values would have the same name in protobuf, where the values of all enums share a scope. */
export function enumBlocks(count: number): string {
  const enums = Array.from({ length: count }, (_, index) => {
    const values = ['UNSPECIFIED', 'NONE', 'a', 'B', 'c_d', 'E1', `Only${index}`].filter(
      (_, at) => (at + index) % 3 !== 1,
    );
    return `enum ${index % 2 === 0 ? `Option${index}` : `Option${index - 1}_C`} {\n${values.map((value) => `  ${value}`).join('\n')}\n}`;
  });
  const fields = enums.map((block, index) => `  o${index} ${block.split(' ')[1]}${['', '?', '[]'][index % 3]}`);
  return `${enums.join('\n\n')}\n\nmodel Options {\n  id Int @id\n${fields.join('\n')}\n}`;
}

export const geo: Vocabulary = {
  things: 'Country Region City Street Building Parcel River Peak Route Station',
  parts: 'alias shape',
  states: STATES,
  columns: `${COMMON}
  name String
  latitude Float @db.DoublePrecision
  longitude Float @db.DoublePrecision
  height Float? @db.Real
  population BigInt?
  names Json`,
};

export const geoBlocks = `
model Place {
  id       Int @id
  position Unsupported("geometry(Point, 4326)")
  outline  Unsupported("geometry(Polygon, 4326)")?
  name     String
  @@index([position], type: Gist)
}
model Tile {
  z Int?
  bytes Bytes
  hash DateTime @id @db.Timetz(6)
}
model Trail {
  country Int
  number  String @db.VarChar(8)
  points  Json
  @@id([country, number])
  @@index([number(sort: Desc)])
}`;

export const iot: Vocabulary = {
  things:
    'Device Gateway Sensor Reading Alert Rule Firmware Site Room Meter Actuator Command Calibration Battery Signal',
  parts: 'Sample',
  states: `${STATES} offline`,
  columns: `${COMMON}
  serial String @unique
  value Float @db.Real
  raw Bytes
  counts Int[]
  voltage Decimal? @db.Decimal(6, 3)
  seenAt DateTime? @db.Timestamp(6)
  localTime DateTime? @db.Time(3)`,
};

export const iotBlocks = `
model Measurement {
  deviceId BigInt
  channel  Int @db.SmallInt
  at       DateTime @db.Timestamptz(6)
  value    Float @db.DoublePrecision
  quality  Int @db.Oid
  @@id([deviceId, channel, at])
  @@index([at], type: Brin)
}
model Counter {
  id BigInt @id
  bits String @db.Bit(8)
  address String @db.Inet
  doc String @db.Xml
}`;

export const audit: Vocabulary = {
  things: 'Account Order Payment User Document Access',
  parts: 'Event Snapshot Command Outbox Projection Failure',
  states: STATES,
  columns: `
  actor String?
  correlationId String? @db.Uuid
  causationId String? @db.Uuid
  metadata Json?
  checksum Bytes
  ip String? @db.Inet`,
};

export const crm: Vocabulary = {
  things: `Lead Contact Account Opportunity Quote Contract Case Campaign Activity Call Email Meeting Note Pipeline Stage Product PriceBook
    Territory Goal Survey Segment Consent Partner Asset Entitlement`,
  parts: 'CustomField Share',
  states: STATES,
  columns: `${COMMON}
  name String
  emailAddress String?
  phoneNumbers String[]
  annualRevenue Decimal?
  probability Float?
  customData Json
  ownerId String?`,
};

export const logistics: Vocabulary = {
  things: `Depot Vehicle Driver Route Stop Parcel Pallet Container Manifest Customs Scan Label Tariff Zone Booking Vessel Voyage Port Berth
    Crane Claim Weighing Seal Permit Fuel`,
  parts: 'Log',
  states: STATES,
  columns: `${COMMON}
  trackingCode String @unique
  weight Decimal
  volume Float?
  departedAt DateTime?
  arrivedAt DateTime?
  signature Bytes?`,
};

export const people: Vocabulary = {
  things:
    'Employee Position Department Contract Absence Payslip Review Goal Training Applicant Interview Offer Benefit Expense Shift Holiday',
  parts: 'History Approval Document',
  states: STATES,
  columns: `${COMMON}
  validFrom DateTime
  salary Decimal
  hoursPerWeek Float
  socialSecurityNumber String?`,
};

export const calendar: Vocabulary = {
  things:
    'Calendar Event Attendee Reminder Availability Booking Room Resource Timezone Holiday Feed Invite Slot Poll Share',
  parts: 'Exception',
  states: `${STATES} tentative`,
  columns: `${COMMON}
  startsAt DateTime
  endsAt DateTime?
  rrule String?
  duration Int @default(30)
  uid String @default(cuid())`,
};

export const calendarBlocks = `
/// Rule of RFC 5545, such as \`FREQ=DAILY\`; @see {@link Event}
/// { "json": "in a comment" } // and more /* of it */
model Rrule {
  id Int @id
  /// @zod.string.min(1).max(5)
  text String
  hidden String? @ignore
}
model Legacy {
  id Int @id
  @@ignore
}
model Webhook_v2 {
  id Int @id
  v2 String @map("v-2")
  V2 String @map("V 2")
  active Boolean @map("active?")
}`;

export const documents: Vocabulary = {
  things: 'Folder Contract Clause Letter Signature Party Template Field Deadline Matter Court',
  parts: 'Version Comment',
  states: STATES,
  columns: `${COMMON}
  title String
  body String
  sha256 Bytes
  pages Int
  dueOn DateTime? @db.Date`,
};

export const documentBlocks = `
/// A note.
///
/// message Fake { string x = 1; } // \${notCode} \`ticks\` */ /* "quotes" 'single' \\\\ backslash 👩‍👩‍👧 ‏עברית
///   option (google.api.http) = { get: "/v1/x" };
model Memo {
  /// */ }
  id Int @id
  /// syntax = "proto2";
  text String
}
model Seal {
  id Int @id @map("key \\"of\\" it")
  /// ends with a backslash \\
  wax String @map("a\\nb")
  @@map("the 'seals' \`of\` it")
}`;

export const insurance: Vocabulary = {
  things: `Policy Holder Insured Coverage Premium Claim Payment Assessor Damage Reserve Reinsurance Treaty Broker Commission Product Tariff
    Rider Exclusion Renewal Cancellation Quote Risk Object Vehicle Building Person Event Letter Task Dunning Invoice Refund Fraud Recourse
    Portfolio`,
  parts: 'Version Text',
  states: `${STATES} in_force lapsed`,
  columns: `${COMMON}
  validFrom DateTime @db.Date
  validTo DateTime? @db.Date
  sum_insured Decimal @db.Decimal(15, 2)
  deductible Decimal?
  object_count Int @default(1)`,
};

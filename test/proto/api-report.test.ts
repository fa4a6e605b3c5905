import { describe, expect, it } from 'vitest';
import { apiChanges, describeApiChange, emptyLock, schemaToProto } from '../../src/proto/index.js';
import { parseSchema } from '../../src/schema/index.js';

const PROFILE = 'model UserProfile {\n id Int @id\n title String\n at DateTime\n @@index([title])\n}';

describe('the report of what changes for clients tells each change once', () => {
  it.each([
    ['nothing changed', PROFILE, PROFILE, []],
    [
      'the type of the key changed: its columns are the same',
      PROFILE,
      PROFILE.replace('id Int', 'id String'),
      [
        'breaking UserProfile.id changed from int32 to string; it moved from number 1, which stays reserved, to 4',
        '  existing clients read it as absent or empty, and so do new clients of an old server; a client cannot resume a stream with a key that it kept',
        '  → to give clients time, add another column, and drop the old one when no client reads it',
      ],
    ],
    [
      'the key is another column',
      PROFILE,
      'model UserProfile {\n id Int\n title String @id\n at DateTime\n @@index([title])\n}',
      [
        'breaking UserProfileKey changed from (id) to (title)',
        '  a client cannot resume a stream with a key that it kept; it must start from the beginning',
        '  → deploy while no stream is running',
        'breaking UserProfileSortOrder.ID_ASC was removed; number 1 and the name stay reserved',
        '  clients that ask for this order get INVALID_ARGUMENT',
        '  → keep the index until no client needs it',
        'breaking UserProfileSortOrder.ID_DESC was removed; number 2 and the name stay reserved',
        '  clients that ask for this order get INVALID_ARGUMENT',
        '  → keep the index until no client needs it',
      ],
    ],
    [
      'a field was renamed and so were its orders',
      PROFILE,
      PROFILE.replace('title String', 'headline String @map("title")').replace('[title]', '[headline]'),
      [
        'breaking UserProfile.title was renamed to headline, and keeps number 2',
        '  JSON clients must use the new name, also in filters and orders; binary clients keep working',
        '  → if JSON clients matter, keep the name with /// @grpc.name(…), or rename only the column with @map',
      ],
    ],
    [
      'a field was renamed with another type',
      PROFILE,
      PROFILE.replace('at DateTime', 'since Int @map("at")'),
      [
        'breaking UserProfile.at was renamed to since and changed from google.protobuf.Timestamp to int32; it moved from number 3, which stays reserved, to 4',
        '  existing clients read it as absent or empty, and so do new clients of an old server',
        '  → to give clients time, add another column, and drop the old one when no client reads it',
      ],
    ],
    [
      'a field was renamed and can be absent',
      PROFILE,
      PROFILE.replace('title String', 'headline String? @map("title")').replace('[title]', '[headline]'),
      [
        'breaking UserProfile.title was renamed to headline, and can be absent now',
        '  JSON clients must use the new name, also in filters and orders; binary clients keep working; existing clients read absent as 0, false or an empty text',
        '  → if JSON clients matter, keep the name with /// @grpc.name(…), or rename only the column with @map',
      ],
    ],
    [
      'a model was renamed, and not its table',
      PROFILE,
      PROFILE.replace('model UserProfile', 'model Profile').replace('@@index([title])', '@@map("UserProfile")'),
      [
        'breaking UserProfile was renamed to Profile, and keeps its numbers',
        '  callers of UserProfileStreamService get UNIMPLEMENTED; its new name is ProfileStreamService',
        "  → keep the model's name in Prisma, and rename only the table with @@map, or rebuild every client",
        'breaking ProfileSortOrder.TITLE_ASC was removed; number 3 and the name stay reserved',
        '  clients that ask for this order get INVALID_ARGUMENT',
        '  → keep the index until no client needs it',
        'breaking ProfileSortOrder.TITLE_DESC was removed; number 4 and the name stay reserved',
        '  clients that ask for this order get INVALID_ARGUMENT',
        '  → keep the index until no client needs it',
      ],
    ],
    [
      'a value of an enum was renamed',
      'model M {\n id Int @id\n s S\n}\nenum S {\n A\n B\n}',
      'model M {\n id Int @id\n s S\n}\nenum S {\n A\n C @map("B")\n}',
      [
        'breaking S.B was renamed to C, and keeps number 2',
        '  JSON clients must use the new name; binary clients keep working',
      ],
    ],
  ])('when %s', (_what, before, after, expected) => {
    const { lock } = schemaToProto(schemaOf(before), 'demo', emptyLock);
    const { lock: next } = schemaToProto(schemaOf(after), 'demo', lock);
    expect(apiChanges(lock, next).flatMap(describeApiChange)).toEqual(expected);
    expect(apiChanges(next, next)).toEqual([]);
  });
});

function schemaOf(blocks: string) {
  return parseSchema([{ path: 's.prisma', content: `datasource db {\n provider = "postgresql"\n}\n${blocks}` }]);
}

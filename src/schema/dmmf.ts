import type { getDMMF } from '@prisma/get-dmmf';

/** Prisma's description of a schema's models and enums. */
export type Datamodel = Extract<ReturnType<typeof getDMMF>, { datamodel: unknown }>['datamodel'];
/** A model as Prisma's DMMF has it. */
export type DmmfModel = Datamodel['models'][number];
export type DmmfField = DmmfModel['fields'][number];

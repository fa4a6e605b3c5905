import type { HookableReader } from '../rows/hookable-reader.js';
import type { ServiceHooks } from './hooks.js';

/**
 * Hooks whose `mapRow` returns no field that its model does not have. TypeScript takes `{ ...row, titel: 'x' }` for a row, because it checks
 * the names in an object only where nothing is spread into it; here that is an error, which names the field.
 *
 * @typeParam Models The generated `StreamedModels`.
 *
 * @example
 * export const hooks = defineHooks<StreamedModels>()({
 *   book: { mapRow: (row) => ({ ...row, title: row.title.trim() }), changes: ['title'] },
 * });
 */
export function defineHooks<Models>(): <Hooks extends ServiceHooks<Models>>(
  hooks: Hooks & KnownFields<Models, Hooks>,
) => ServiceHooks<Models> {
  return (hooks) => hooks;
}

/** Nothing more for hooks that return fields of their models; for others a `mapRow` that none can be, whose type says why. */
type KnownFields<Models, Hooks> = {
  readonly [Model in keyof Hooks]: Model extends keyof Models
    ? Hooks[Model] extends { mapRow: (...args: never) => infer Returned }
      ? [OtherFields<Returned, AllFields<Models[Model]>>] extends [never]
        ? unknown
        : {
            readonly mapRow: `mapRow returns ${OtherFields<Returned, AllFields<Models[Model]>>}, which ${Model & string} does not have`;
          }
      : unknown
    : unknown;
};

type AllFields<Reader> = Reader extends HookableReader<infer Field, unknown, infer Key> ? Field | Key : string;

/** Of each type that a function may return; rows of unknown types may have any field. */
type OtherFields<Returned, Field> = Returned extends object
  ? string extends keyof Returned
    ? never
    : Exclude<keyof Returned & string, Field>
  : never;

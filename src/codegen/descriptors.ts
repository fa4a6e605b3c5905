import { createHash } from 'node:crypto';
import { toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from '@bufbuild/protobuf/wkt';
import { InternalError } from '../errors/index.js';
import { GENERATED_HEADER } from '../proto/index.js';

/** Every file of `google.protobuf` that a generated proto may import. */
export const wellKnownFiles: readonly FileDescriptorProto[] = [
  file_google_protobuf_field_mask.proto,
  file_google_protobuf_struct.proto,
  file_google_protobuf_timestamp.proto,
];

/** The generated file that server reflection answers from: the `.proto` files without their comments. */
export function descriptorsFile(files: readonly FileDescriptorProto[]): string {
  const imported = wellKnownFiles.filter(({ name }) => files.some(({ dependency }) => dependency.includes(name)));
  return `${GENERATED_HEADER}

/** Every file of the protos as a serialised \`FileDescriptorProto\` in base64, for server reflection. */
export const descriptors: readonly string[] = [
${[...imported, ...files].map(entry).join('\n')}
];
`;
}

function entry({ sourceCodeInfo: _, ...file }: FileDescriptorProto): string {
  const bytes = toBinary(FileDescriptorProtoSchema, file);
  return `  // ${file.name}\n  '${Buffer.from(bytes).toString('base64')}',`;
}

/** Proto files and their imports. */
export class DescriptorGraph {
  private readonly files: ReadonlyMap<string, FileDescriptorProto>;
  private readonly digests = new Map<string, string>();

  constructor(files: readonly FileDescriptorProto[]) {
    this.files = new Map(files.map((file) => [file.name, file]));
  }

  file(name: string): FileDescriptorProto {
    const file = this.files.get(name);
    if (!file) throw new InternalError(`no proto file ${name}`);
    return file;
  }

  /** The files and everything that they import, each once and after its own imports. */
  withImports(names: readonly string[]): string[] {
    const found = new Set<string>();
    const entered = new Set<string>();
    const visit = (name: string) => {
      if (entered.has(name)) return;
      entered.add(name);
      for (const dependency of this.file(name).dependency) visit(dependency);
      found.add(name);
    };
    for (const name of names) visit(name);
    return [...found];
  }

  /** Identifies the content of a file and of everything that it imports: equal contents have equal code. */
  contentOf(name: string): string {
    return this.withImports([name])
      .map((file) => this.digestOf(file))
      .join();
  }

  private digestOf(name: string): string {
    const known = this.digests.get(name);
    if (known !== undefined) return known;
    const digest = createHash('sha256')
      .update(toBinary(FileDescriptorProtoSchema, this.file(name)))
      .digest('base64');
    this.digests.set(name, digest);
    return digest;
  }
}

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

/** Proto files and what they import. */
export class ProtoGraph {
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

  /** The files and all that they import, each once, what is imported in front. */
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

  /** What a file says, and all that it imports: two that are equal have the same code. */
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

/** Every file of Google's that a generated proto may import. */
export const wellKnownFiles: readonly FileDescriptorProto[] = [
  file_google_protobuf_field_mask.proto,
  file_google_protobuf_struct.proto,
  file_google_protobuf_timestamp.proto,
];
